package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/leverrpc/lever/wire"
	"github.com/leverrpc/lever/wire/wirejson"
)

// maxLine is the length of one line of input.
const maxLine = 64 << 20

// chunkSize is how much of standard input one raw message carries at most.
const chunkSize = 32 << 10

// lines reads JSON texts, one a line. Empty lines are stepped over.
type lines struct {
	scanner *bufio.Scanner
	number  int
}

// newLines reads from r.
func newLines(r io.Reader) *lines {
	s := bufio.NewScanner(r)
	s.Buffer(nil, maxLine)
	return &lines{scanner: s}
}

// next gives the value of the next line, or io.EOF behind the last one.
func (l *lines) next() (wire.Raw, error) {
	for l.scanner.Scan() {
		l.number++
		text := bytes.TrimSpace(l.scanner.Bytes())
		if len(text) == 0 {
			continue
		}
		value, err := wirejson.AppendWire(nil, text)
		if err != nil {
			return nil, within(fmt.Sprintf("stdin: message on line %d", l.number), err)
		}
		return value, nil
	}
	if err := l.scanner.Err(); errors.Is(err, bufio.ErrTooLong) {
		return nil, fmt.Errorf("stdin: message on line %d has %d bytes or more, want fewer", l.number+1, maxLine)
	} else if err != nil {
		return nil, fmt.Errorf("stdin: message on line %d: %w", l.number+1, err)
	}
	return nil, io.EOF
}

// chunks reads raw bytes as they come.
type chunks struct{ r io.Reader }

// next gives the bytes of one read, or io.EOF at the end.
func (c chunks) next() ([]byte, error) {
	chunk := make([]byte, chunkSize)
	for {
		n, err := c.r.Read(chunk)
		if n > 0 {
			return chunk[:n], nil // an error comes again at the next read
		}
		if err != nil {
			return nil, err
		}
	}
}
