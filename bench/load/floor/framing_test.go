package floor

import (
	"bytes"
	"testing"
)

// messages are four in a row, one of them empty.
func messages() []byte {
	var p []byte
	for _, n := range []int{3, 0, 70, 1} {
		p = append(appendHead(p, n), bytes.Repeat([]byte{byte(n)}, n)...)
	}
	return p
}

func TestHoldersGiveEveryByteOnceInWholeMessages(t *testing.T) {
	p := messages()
	for i := range len(p) + 1 {
		for j := i; j <= len(p); j++ {
			var h holder
			var got []byte
			for _, part := range [][]byte{p[:i], p[i:j], p[j:]} {
				whole, err := h.take(bytes.Clone(part))
				if err != nil {
					t.Fatalf("cut at %d and %d: %v", i, j, err)
				}
				if n, _, _ := wholeMessages(whole); n != len(whole) {
					t.Fatalf("cut at %d and %d: %d bytes are no whole messages", i, j, len(whole))
				}
				got = append(got, whole...)
			}
			if !bytes.Equal(got, p) || len(h.held) != 0 {
				t.Fatalf("cut at %d and %d: got %x, held %x", i, j, got, h.held)
			}
		}
	}
}

func TestHoldersTakeSingleBytes(t *testing.T) {
	var h holder
	var got []byte
	for _, b := range messages() {
		whole, err := h.take([]byte{b})
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, whole...)
	}
	if !bytes.Equal(got, messages()) {
		t.Errorf("got %x", got)
	}
}

func TestHoldersReadIntoTheirOwnRoom(t *testing.T) {
	for _, step := range []int{1, 5, 1000} {
		var h holder
		var got []byte
		for p, buf := messages(), make([]byte, 9); len(p) > 0; {
			room := h.room(buf)
			n := copy(room[:min(step, len(room))], p)
			whole, err := h.take(room[:n])
			if err != nil {
				t.Fatal(err)
			}
			got, p = append(got, whole...), p[n:]
		}
		if !bytes.Equal(got, messages()) {
			t.Errorf("%d bytes at a time: got %x", step, got)
		}
	}
}

func TestHoldersDoNotAllocateForLong(t *testing.T) {
	var h holder
	p := append(appendHead(nil, 70<<10), make([]byte, 70<<10)...)
	p = append(p, p...)
	round := func() {
		for rest := p; len(rest) > 0; {
			n := min(len(rest), 50_000)
			if _, err := h.take(rest[:n]); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
	}
	round()
	if n := testing.AllocsPerRun(20, round); n != 0 {
		t.Errorf("%v allocations for two messages", n)
	}
}

func TestMessagesThatClaimTooMuchAreRefused(t *testing.T) {
	var h holder
	whole, err := h.take(append(messages(), 1, 0, 0, 1))
	if err == nil || !bytes.Equal(whole, messages()) {
		t.Errorf("got %x and %v, want the messages before and an error", whole, err)
	}
}
