package meter

import (
	"runtime"
	"testing"
)

var usageSink []byte

func TestUsageGrowsWithUse(t *testing.T) {
	before := ReadUsage()
	for range 1000 {
		usageSink = make([]byte, 4096)
	}
	used := ReadUsage().Sub(before)
	// What lies in the span that a processor is filling is counted when the span is full, so some
	// of the last objects may be missing.
	if used.Allocs < 900 || used.AllocBytes < 4096*900 {
		t.Errorf("1000 pages count as %d objects and %d bytes", used.Allocs, used.AllocBytes)
	}
	if runtime.GOOS == "linux" && (used.Resident < 1<<20 || before.CPU() <= 0) {
		t.Errorf("resident %d bytes, processor time %v", used.Resident, before.CPU())
	}
}
