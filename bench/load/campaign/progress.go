package campaign

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// progress is a line that is written over and over while something is measured.
type progress struct {
	w     io.Writer
	quiet bool
	what  string
	done  uint64
	at    time.Time
	width int
}

// show tells what is measured and how fast it goes, from the units done since the last time.
func (p *progress) show(what string, done uint64) {
	if p.quiet {
		return
	}
	now := time.Now()
	line := what
	if what == p.what && done > p.done {
		line += fmt.Sprintf(", %.0f/s", float64(done-p.done)/now.Sub(p.at).Seconds())
	}
	p.what, p.done, p.at = what, done, now
	p.write(line)
}

// clear leaves an empty line.
func (p *progress) clear() {
	if p.width > 0 {
		p.write("")
		fmt.Fprint(p.w, "\r")
	}
}

// write replaces the line.
func (p *progress) write(line string) {
	n := len([]rune(line))
	fmt.Fprint(p.w, "\r", line, strings.Repeat(" ", max(p.width-n, 0)))
	p.width = n
}
