package pool

import (
	"bytes"
	"testing"
)

func TestPiecesHoldWhatWasAdded(t *testing.T) {
	before, _ := Live()
	var p Pieces
	var want []byte
	for i := range 100 {
		b := bytes.Repeat([]byte{byte(i)}, i*37)
		p.Append(b, 1000)
		want = append(want, b...)
		if len(p)*1024-p.Len() >= 1024 {
			t.Fatalf("%d pieces of 1024 bytes hold %d bytes", len(p), p.Len())
		}
	}
	again := p.Retain()
	if got := p.MoveTo([]byte("head")); string(got) != "head"+string(want) || p.Len() != 0 {
		t.Errorf("%d bytes were moved, %d are left, want %d and none", len(got), p.Len(), 4+len(want))
	}
	if again.Len() != len(want) || !bytes.Equal(again.MoveTo(nil), want) {
		t.Errorf("what was retained has changed")
	}
	p.Append([]byte("x"), 1)
	p.Release()
	p.Release()
	if n, ok := Live(); ok && n != before || p != nil {
		t.Errorf("%d buffers were not released", n-before)
	}
}
