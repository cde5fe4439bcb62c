package main

import (
	"io"
	"strings"
	"testing"
)

func TestLinesThatNeverEndAreRefused(t *testing.T) {
	l := newLines(io.MultiReader(strings.NewReader("1\n"), endless{}))
	if _, err := l.next(); err != nil {
		t.Fatal(err)
	}
	_, err := l.next()
	if err == nil || err.Error() != "stdin: message on line 2 has 67108864 bytes or more, want fewer" {
		t.Errorf("a line without end gives %v", err)
	}
}

// endless is zeros.
type endless struct{}

func (endless) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
