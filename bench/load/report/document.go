package report

import (
	"encoding/json"
	"io"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// Document is everything about a campaign, for programs.
type Document struct {
	Machine   Machine   `json:"machine"`
	Command   string    `json:"command"`
	Begun     time.Time `json:"begun"`
	Base      string    `json:"base"`
	Rows      []Row     `json:"rows"`
	Summaries []Summary `json:"summaries"`
	Fair      []Fair    `json:"fair,omitempty"`
}

// Machine is where it ran.
type Machine struct {
	OS         string `json:"os"`
	Arch       string `json:"arch"`
	Model      string `json:"model,omitempty"`
	CPUs       int    `json:"cpus"`
	GoMaxProcs int    `json:"gomaxprocs"`
	Go         string `json:"go"`
}

// Write writes the document as JSON text.
func (d *Document) Write(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "\t")
	return e.Encode(d)
}

// ThisMachine describes the machine this runs on.
func ThisMachine() Machine {
	return Machine{
		OS: runtime.GOOS, Arch: runtime.GOARCH, Model: model(),
		CPUs: runtime.NumCPU(), GoMaxProcs: runtime.GOMAXPROCS(0), Go: runtime.Version(),
	}
}

// String gives a line for people.
func (m Machine) String() string {
	parts := []string{m.OS + "/" + m.Arch}
	if m.Model != "" {
		parts = append(parts, m.Model)
	}
	unit := " CPUs"
	if m.CPUs == 1 {
		unit = " CPU"
	}
	parts = append(parts, strconv.Itoa(m.CPUs)+unit, "GOMAXPROCS "+strconv.Itoa(m.GoMaxProcs), m.Go)
	return strings.Join(parts, ", ")
}

// model is the name of the processor, where the system has it in a file.
func model() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
