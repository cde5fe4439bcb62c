package mutants

import (
	"encoding/json"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

var (
	all     = flag.Bool("all", false, "plant every bug and run the tests that must find it")
	against = flag.String("against", "", "with -all: run the tests of this package instead")
)

// mutant is one planted bug.
type mutant struct {
	name     string
	file     string // relative to the module
	old, new string // old stands in the file exactly once
	tests    string // the package whose tests must fail
}

const root = "../.."

// TestListOfBugsFitsTheCode fails when the code has moved on and a bug can no longer be planted.
func TestListOfBugsFitsTheCode(t *testing.T) {
	mutants := load(t)
	if len(mutants) < 30 {
		t.Errorf("the list has %d bugs, want 30 at least", len(mutants))
	}
	for _, m := range mutants {
		m.plant(t)
	}
}

// TestEveryBugIsFound plants the bugs, each in a copy of its file that only the compiler sees.
func TestEveryBugIsFound(t *testing.T) {
	if !*all {
		t.Skip("runs with -all: it takes some minutes")
	}
	for _, m := range load(t) {
		t.Run(m.name, func(t *testing.T) {
			if *against != "" {
				m.tests = *against
			}
			out, err := m.run(t)
			switch {
			case err == nil:
				t.Errorf("%s: the tests of %s do not find it", m.file, m.tests)
			case !strings.Contains(out, "FAIL") || strings.Contains(out, "[build failed]"):
				t.Errorf("the tests did not run:\n%s", out)
			}
		})
	}
}

// run tests the package with the bug in it.
func (m mutant) run(t *testing.T) (string, error) {
	t.Helper()
	dir := t.TempDir()
	source, err := filepath.Abs(filepath.Join(root, m.file))
	if err != nil {
		t.Fatal(err)
	}
	copied, overlay := filepath.Join(dir, "mutant.go"), filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(copied, []byte(m.plant(t)), 0o600); err != nil {
		t.Fatal(err)
	}
	list, err := json.Marshal(map[string]any{"Replace": map[string]string{source: copied}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(overlay, list, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "test", "-short", "-timeout", "60s", "-overlay", overlay, m.tests)
	cmd.Dir = root
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// plant returns the text of the file with the bug in it.
func (m mutant) plant(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, m.file))
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), m.old); n != 1 {
		t.Errorf("%s: %q stands %d times in %s, want once", m.name, m.old, n, m.file)
	}
	return strings.Replace(string(text), m.old, m.new, 1)
}

// load reads the list: a line with the name, then file, tests, and lines of old and new text
// behind - and +.
func load(t *testing.T) (list []mutant) {
	t.Helper()
	text, err := os.ReadFile("mutants.txt")
	if err != nil {
		t.Fatal(err)
	}
	for block := range strings.SplitSeq(string(text), "\n\n") {
		lines := strings.Split(strings.TrimSpace(block), "\n")
		if strings.HasPrefix(lines[0], "#") {
			continue
		}
		m := mutant{name: lines[0]}
		for _, line := range lines[1:] {
			switch key, rest, _ := strings.Cut(line, " "); key {
			case "file":
				m.file = rest
			case "tests":
				m.tests = rest
			case "-":
				m.old = strings.ReplaceAll(rest, `\n`, "\n")
			case "+":
				m.new = strings.ReplaceAll(rest, `\n`, "\n")
			default:
				t.Fatalf("mutants.txt: %q: unknown word %q", m.name, key)
			}
		}
		if m.file == "" || m.tests == "" || m.old == "" || m.old == m.new {
			t.Fatalf("mutants.txt: %q is not complete", m.name)
		}
		list = append(list, m)
	}
	return list
}
