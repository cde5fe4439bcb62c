package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

func TestFilesAndTheNullDeviceAreNoTerminals(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Close()
	defer writer.Close()
	for name, f := range map[string]*os.File{
		"a file": file, "the null device": null, "a pipe": writer,
	} {
		if isTerminal(f) {
			t.Errorf("%s is taken for a terminal", name)
		}
	}
}

func TestATerminalIsOne(t *testing.T) {
	terminal, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Skip("no terminal to be had")
	}
	defer terminal.Close()
	if !isTerminal(terminal) {
		t.Error("a terminal is taken for something else")
	}
}

// A result that could not be written is a failure, not a success that nobody saw.
func TestAFailedWriteIsAFailure(t *testing.T) {
	for _, args := range [][]string{
		{"help"}, {"help", "call"}, {"version"}, {"inspect", "--value"},
		{"encode"}, {"encode", "--hex"}, {"encode", "--raw"},
	} {
		var stderr bytes.Buffer
		w := &world{stdin: strings.NewReader("7"), stdout: failing{}, stderr: &stderr}
		if args[0] == "inspect" {
			w.stdin = strings.NewReader("07")
		}
		if status := run(t.Context(), args, w); status != statusFailed {
			t.Errorf("%v: got status %d, want %d", args, status, statusFailed)
		}
		if !strings.Contains(stderr.String(), errFull.Error()) {
			t.Errorf("%v: got %q without %q", args, stderr.String(), errFull)
		}
	}
}

func TestAFailedReadNamesTheInput(t *testing.T) {
	var stderr bytes.Buffer
	w := &world{stdin: iotest.ErrReader(errFull), stdout: io.Discard, stderr: &stderr}
	if status := run(t.Context(), []string{"encode"}, w); status != statusFailed {
		t.Errorf("got status %d, want %d", status, statusFailed)
	}
	if want := "lever encode: stdin: no space left\n"; stderr.String() != want {
		t.Errorf("got %q, want %q", stderr.String(), want)
	}
}

func TestInputHasALimit(t *testing.T) {
	const limit = 10
	for size, want := range map[int]string{
		limit:     "<nil>",
		limit + 1: "stdin: more than 10 bytes",
	} {
		_, err := readAll(bytes.NewReader(make([]byte, size)), "stdin", limit)
		if got := fmt.Sprint(err); got != want {
			t.Errorf("%d bytes: got %v, want %v", size, got, want)
		}
	}
}

var errFull = errors.New("no space left")

// failing writes nothing.
type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errFull }
