//go:build unix

package ordeal

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"
	"time"
)

// event is one line of the journal.
type event struct {
	Begins   bool // a handler begins; otherwise it ends
	Call     string
	Instance string
	Resource string    `json:",omitempty"`
	Fence    uint64    `json:",omitempty"`
	At       time.Time // when the handler began
	Until    time.Time // the end of the instance's lease, as it knew it then
}

// journal is the file in which instances write down what they run. Each line is one write to a file
// that is open for appending: lines are whole, and in the order in which they were written.
type journal struct{ file *os.File }

// openJournal opens the journal at path, which is there.
func openJournal(path string) (*journal, error) {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		return nil, err
	}
	return &journal{f}, nil
}

// note writes an event down. What cannot be written down must not happen.
func (j *journal) note(e event) {
	line, err := json.Marshal(e)
	if err == nil {
		_, err = j.file.Write(append(line, '\n'))
	}
	if err != nil {
		panic(err)
	}
}

// readJournal gives what the instances have written, in order.
func readJournal(t *testing.T, path string) (all []event) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range bytes.Lines(text) {
		var e event
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		all = append(all, e)
	}
	return all
}
