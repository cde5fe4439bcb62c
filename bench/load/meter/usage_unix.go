//go:build unix

package meter

import (
	"bytes"
	"os"
	"strconv"
	"syscall"
	"time"
)

// readSystem asks the kernel.
func (u *Usage) readSystem() {
	var r syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &r) != nil {
		return
	}
	u.User, u.System = span(r.Utime), span(r.Stime)
	u.Switches = uint64(r.Nvcsw) + uint64(r.Nivcsw)
	u.Resident = resident()
}

func span(t syscall.Timeval) time.Duration { return time.Duration(t.Nano()) }

// resident is the resident set. Only Linux tells the present one, in pages.
func resident() uint64 {
	text, err := os.ReadFile("/proc/self/statm")
	if err != nil {
		return 0
	}
	fields := bytes.Fields(text)
	if len(fields) < 2 {
		return 0
	}
	pages, err := strconv.ParseUint(string(fields[1]), 10, 64)
	if err != nil {
		return 0
	}
	return pages * uint64(os.Getpagesize())
}
