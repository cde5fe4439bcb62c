//go:build linux

package utf8scan

import (
	"strings"
	"syscall"
	"testing"
)

// TestNothingOutsideOfATextIsRead has texts of all lengths touch memory that must not be read, at
// either end.
func TestNothingOutsideOfATextIsRead(t *testing.T) {
	page := syscall.Getpagesize()
	all, err := syscall.Mmap(-1, 0, 3*page, syscall.PROT_READ|syscall.PROT_WRITE,
		syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Munmap(all)
	for _, guard := range [][]byte{all[:page], all[2*page:]} {
		if err := syscall.Mprotect(guard, syscall.PROT_NONE); err != nil {
			t.Fatal(err)
		}
	}
	inside := all[page : 2*page]
	for _, filler := range []string{"a", "日"} {
		for size := range 300 {
			text := strings.Repeat(filler, size)[:size/len(filler)*len(filler)]
			for _, place := range [][]byte{inside[:len(text)], inside[page-len(text):]} {
				copy(place, text)
				check(t, place)
			}
		}
	}
	for size := range 130 { // at every alignment
		for at := range 64 {
			check(t, inside[at:at+size])
		}
	}
}
