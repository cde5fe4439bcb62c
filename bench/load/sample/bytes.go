package sample

import "fmt"

// Bytes gives n bytes of a pattern that shows when they were shifted.
func Bytes(n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(i + i>>8)
	}
	return p
}

// CheckBytes says whether an echo is that of sent. It looks at the length and at both ends, so
// that it costs nothing beside the echo of a large message.
func CheckBytes(sent, got []byte) error {
	if len(got) != len(sent) {
		return fmt.Errorf("the echo of %d bytes has %d", len(sent), len(got))
	}
	n := len(sent)
	if n == 0 || got[0] == sent[0] && got[n/2] == sent[n/2] && got[n-1] == sent[n-1] {
		return nil
	}
	return fmt.Errorf("the echo of %d bytes has other bytes", n)
}
