package session

import (
	"bytes"
	"testing"

	"github.com/leverrpc/lever/frame"
)

// largeMessage is the frames of a stream and of a message on it.
func largeMessage(sizes ...int) (in, payload []byte) {
	in = call(1, frame.Stream, "")
	for i, n := range sizes {
		part := bytes.Repeat([]byte{byte(i + 1)}, n)
		flags := frame.More
		if i == len(sizes)-1 {
			flags = 0
		}
		in = append(in, raw(frame.Msg, flags, 0, 1, 0, string(part))...)
		payload = append(payload, part...)
	}
	return in, payload
}

func TestALargePayloadIsTheSameHoweverItWasCut(t *testing.T) {
	in, payload := largeMessage(5_000, 60_000, 20_000, leastAhead-1, leastAhead, 30_000, 2_000)
	for _, chunk := range []int{1, 16, 17, 1447, 20_032, 65_536, len(in)} {
		s := greeted(t, Config{Limits: Limits{PieceBytes: 30_000}})
		told := 0
		for from := 0; from < len(in); from += chunk {
			s.HandleInput(0, in[from:min(from+chunk, len(in))])
			for ev := s.Next(); ev != nil; ev = s.Next() {
				if ev.Kind == Message && bytes.Equal(ev.Whole(), payload) {
					told++
				}
			}
		}
		if told != 1 || s.Err() != nil || s.assembled != 0 || s.in.ahead != 0 {
			t.Errorf("reads of %d bytes: told %d times, %v", chunk, told, s.Err())
		}
		if got, want := s.bytes.open+s.bytes.owed, int64(s.local.ConnBytes); got != want {
			t.Errorf("reads of %d bytes: connection window %d, want %d", chunk, got, want)
		}
	}
}

// TestAFrameGoesOnWhenItsPayloadIsDropped: what has come of the frame is gone, the rest is skipped.
func TestAFrameGoesOnWhenItsPayloadIsDropped(t *testing.T) {
	for _, at := range []int{17, 10_000, 20_015} {
		s := greeted(t, Config{})
		in, _ := largeMessage(20_000, 20_000, 20_000)
		begun := len(in) - 2*20_016 + at
		s.give(in[:begun])
		if got, want := int(s.in.ahead), at-frame.HeaderSize; got != want {
			t.Fatalf("%d bytes went ahead, want %d", got, want)
		}
		c := s.calls[0]
		s.Result(0, c, Result{}, nil)
		s.give(in[begun:], call(3, 0, "after it"))
		if s.Err() != nil || s.assembled != 0 || c.recv.held.body != nil || len(s.calls) != 2 {
			t.Errorf("cut at %d: %v, %d bytes kept, %d calls", at, s.Err(), s.assembled, len(s.calls))
		}
		if got, want := s.bytes.open+s.bytes.owed, int64(s.local.ConnBytes); got != want {
			t.Errorf("cut at %d: connection window %d, want %d", at, got, want)
		}
	}
}

// TestAnyFrameMayComeInTwoReads: of whatever type, and large.
func TestAnyFrameMayComeInTwoReads(t *testing.T) {
	for typ := range 256 {
		s := greeted(t, Config{})
		s.give(call(1, 0, ""))
		p := raw(frame.Type(typ), 0, 0, 1, 0, string(make([]byte, leastAhead)))
		for _, at := range []int{frame.HeaderSize, frame.HeaderSize + 1, len(p) - 1} {
			s.give(p[:at])
			s.give(p[at:])
		}
	}
}
