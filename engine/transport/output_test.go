package transport

import "testing"

// TestOutputsSuitTheWritesOfLate has large writes and small ones in turns, and then small ones alone.
func TestOutputsSuitTheWritesOfLate(t *testing.T) {
	var d need
	for range 3 {
		d = d.after(largeOutput)
		for range 10 {
			d = d.after(100)
		}
		if got := cap(takeOutput(d).buf); got < largeOutput {
			t.Errorf("a buffer of %d bytes, ten small writes after one of %d", got, largeOutput)
		}
	}
	for range 30 {
		d = d.after(100)
	}
	if got := cap(takeOutput(d).buf); got >= largeOutput {
		t.Errorf("a buffer of %d bytes after nothing but small writes", got)
	}
}
