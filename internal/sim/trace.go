package sim

import (
	"fmt"
	"hash/crc32"
	"io"
	"strings"
	"time"
)

// trace is the memory of a run. It always keeps a hash of all that happened; words it makes only
// for a writer, because a run that goes well is never read.
type trace struct {
	hash uint64
	out  io.Writer
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// mark adds numbers to the hash.
func (t *trace) mark(numbers ...uint64) {
	for _, n := range numbers {
		t.hash = (t.hash ^ n) * 0x9E3779B97F4A7C15
		t.hash ^= t.hash >> 29
	}
}

// bytes adds what went over the wire to the hash.
func (t *trace) bytes(p []byte) {
	t.mark(uint64(len(p)), uint64(crc32.Checksum(p, castagnoli)))
}

// on reports whether words are wanted.
func (t *trace) on() bool { return t.out != nil }

// say writes one line.
func (t *trace) say(step int, now time.Duration, format string, args ...any) {
	if t.out != nil {
		fmt.Fprintf(t.out, "%6d %12v  %s\n", step, now, fmt.Sprintf(format, args...))
	}
}

// tail is a writer that remembers the last lines.
type tail struct {
	lines []string
	next  int
}

// tailLines is how many lines a failure shows.
const tailLines = 60

func (t *tail) Write(p []byte) (int, error) {
	if len(t.lines) < tailLines {
		t.lines = append(t.lines, string(p))
	} else {
		t.lines[t.next] = string(p)
		t.next = (t.next + 1) % tailLines
	}
	return len(p), nil
}

func (t *tail) String() string {
	return strings.Join(append(t.lines[t.next:len(t.lines):len(t.lines)], t.lines[:t.next]...), "")
}
