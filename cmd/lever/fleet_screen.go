package main

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
)

// screen shows a table that changes, and lines about what happens. On a terminal the table stays
// below the lines; elsewhere each one is printed, in between. Safe for concurrent use.
type screen struct {
	w     *world
	begun time.Time

	mu    sync.Mutex // guards what follows
	table string     // the last one; on a terminal it is the last thing there
	err   error      // of the first write that failed
}

// tell prints a line about what happens.
func (s *screen) tell(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	line := fmt.Sprintf("%6.1f s  %s\n", time.Since(s.begun).Seconds(), fmt.Sprintf(format, args...))
	if s.w.stdoutTerminal {
		line = s.erased() + line + s.table
	}
	s.print(line)
}

// show prints a table.
func (s *screen) show(table string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	text := "\n" + table + "\n"
	if s.w.stdoutTerminal {
		erased := s.erased()
		s.table = text
		text = erased + text
	}
	s.print(text)
}

// erased is what takes the last table off a terminal: up to its first line, and clear from there.
func (s *screen) erased() string {
	n := strings.Count(s.table, "\n")
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("\x1b[%dA\x1b[J", n)
}

// print writes. mu is held.
func (s *screen) print(text string) {
	if err := s.w.print("%s", text); s.err == nil {
		s.err = err
	}
}

// failure gives the error of the first write that failed.
func (s *screen) failure() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.err
}

// row is a line of the table: an instance, or all of them.
type row struct {
	name, state         string
	took                []time.Duration // of the calls since the last table
	inFlight, documents int
}

// table draws the rows. all is how many calls there were.
func table(rows []row, all int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%9s %-9s %7s %8s %9s %10s %10s\n",
		"", "", "share", "p50", "p99", "in flight", "documents")
	for _, r := range rows {
		share, half, most := "-", "-", "-"
		if n := len(r.took); n > 0 {
			slices.Sort(r.took)
			share = fmt.Sprintf("%d %%", (100*n+all/2)/all)
			half, most = rounded(r.took[n/2]), rounded(r.took[n*99/100])
		}
		fmt.Fprintf(&b, "%9s %-9s %7s %8s %9s %10d %10d\n",
			r.name, r.state, share, half, most, r.inFlight, r.documents)
	}
	return strings.TrimSuffix(b.String(), "\n")
}
