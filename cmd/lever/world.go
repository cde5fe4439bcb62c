package main

import (
	"fmt"
	"io"
	"os"
)

// maxInput is how much a command reads of one file or of standard input.
const maxInput = 256 << 20

// world is all that a command sees outside itself. Immutable once run has begun.
type world struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	// stdoutTerminal is true where a person reads: bytes are then printed as hex.
	stdoutTerminal bool
	getenv         func(string) string
}

// isTerminal tells a terminal from a file, a pipe and the null device. The null device is a
// character device too, and the only other one that people commonly write to.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull)
	return err != nil || !os.SameFile(info, null)
}

// read gives the content of the file that args name, or of standard input, and the name that errors
// use for it.
func (w *world) read(args []string) (content []byte, name string, err error) {
	switch {
	case len(args) > 1:
		return nil, "", misuse("at most one file, not %d", len(args))
	case len(args) == 0 || args[0] == "-":
		content, err = readAll(w.stdin, "stdin", maxInput)
		return content, "stdin", err
	}
	f, err := os.Open(args[0])
	if err != nil {
		return nil, "", err
	}
	defer f.Close()
	content, err = readAll(f, args[0], maxInput)
	return content, args[0], err
}

// print writes to standard output.
func (w *world) print(format string, args ...any) error {
	_, err := fmt.Fprintf(w.stdout, format, args...)
	return err
}

// note tells the person something that is no result. Where nobody listens nothing is lost.
func (w *world) note(format string, args ...any) {
	fmt.Fprintf(w.stderr, format+"\n", args...)
}

// bytes writes bytes: as they are on a pipe, as a dump where a person reads.
func (w *world) bytes(b []byte) error {
	if w.stdoutTerminal {
		b = appendDump(nil, b)
	}
	_, err := w.stdout.Write(b)
	return err
}

// readAll reads to the end, at most limit bytes.
func readAll(r io.Reader, name string, limit int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if int64(len(b)) > limit {
		return nil, fmt.Errorf("%s: more than %d bytes", name, limit)
	}
	return b, nil
}
