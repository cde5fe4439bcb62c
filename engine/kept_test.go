package engine

import (
	"bytes"
	"context"
	"testing"
)

// TestResultsOfBytesAreTheCallers asks for raw bytes in one frame and in several, and has the memory
// of later results overwrite whatever is not theirs.
func TestResultsOfBytesAreTheCallers(t *testing.T) {
	s := NewServer(ServerConfig{Service: "bank"})
	err := s.Handle("fill", Bytes(func(_ context.Context, dst, in []byte) ([]byte, error) {
		return append(dst, in...), nil
	}))
	if err != nil {
		t.Fatal(err)
	}
	svc := dialPipe(t, s, ClientConfig{})
	for _, size := range []int{0, 1, 1000, 300_000, 3 << 20} {
		var sent, got [3][]byte
		for i := range got {
			sent[i] = bytes.Repeat([]byte{byte('a' + i)}, size)
			if got[i], err = Call[[]byte](t.Context(), svc.Method("fill"), sent[i]); err != nil {
				t.Fatal(err)
			}
		}
		for i := range got {
			if !bytes.Equal(got[i], sent[i]) || got[i] == nil {
				t.Errorf("result %d of %d bytes has changed", i, size)
			}
		}
	}
}
