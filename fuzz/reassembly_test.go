package fuzz

import (
	"fmt"
	"testing"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/frame"
)

// FuzzReassembly: messages of several streams, in parts that lie between each other, arrive as a
// dumb model puts them together, or end as it says: each call that sends too much, alone; and the
// connection at the first part that no sender may send.
//
// An operation is two bytes: stream (2 bits), MORE, BYTES, FINISH, CANCEL; and the size.
func FuzzReassembly(f *testing.F) {
	f.Add([]byte{0x04, 0x40, 0x05, 0x41, 0x00, 0x40, 0x01, 0x03, 0x10, 0})
	f.Add([]byte{0x0C, 0xF0, 0x04, 0xFF, 0x00, 0xFF, 0x08, 5, 0x01, 5, 0x21, 0})
	f.Add([]byte{0x04, 0x40, 0x08, 0x40})
	f.Add([]byte{0x04, 0x40, 0x10, 0})
	f.Add([]byte{0x04, 0x02})
	full := make([]byte, 0, 400)
	for i := range 200 {
		full = append(full, 0x04|byte(i&3), 0xFF)
	}
	f.Add(full)
	f.Fuzz(func(t *testing.T, ops []byte) {
		if len(ops) > 600 {
			t.Skip("enough to exceed every limit")
		}
		got, want := newReader(), newModel()
		for ; len(ops) >= 2 && want.fault == ""; ops = ops[2:] {
			h := part(ops[0], ops[1])
			want.take(h)
			got.take(h)
			if g, w := fmt.Sprint(got.events), fmt.Sprint(want.events); g != w || got.fault() != want.fault {
				t.Fatalf("%v:\n got %s %s\nwant %s %s", h, g, got.fault(), w, want.fault)
			}
		}
	})
}

// streams is how many streams are open, with the ids 1, 3, 5 and 7.
const streams = 4

// part makes a frame of an operation.
func part(bits, size byte) frame.Header {
	h := frame.Header{Type: frame.Msg, ID: uint32(bits&3)*2 + 1}
	switch {
	case bits&0x30 == 0x10:
		h.Type = frame.Finish
		return h
	case bits&0x30 == 0x20:
		h.Type = frame.Cancel
		return h
	}
	h.Flags = frame.More*frame.Flags(bits>>2&1) | frame.Bytes*frame.Flags(bits>>3&1)
	if h.Length = uint32(size); size >= 0x40 {
		h.Length = uint32(size-0x3F) * 512
	}
	return h
}

// assemblyLimits make both limits small: one message, and two that are unfinished.
const maxMessage, assemblyBytes = 4 << 20, 6 << 20

// reader is a server session whose application reads at once and never answers.
type reader struct {
	*session.Session
	events []string
	seen   [streams]int // bytes that have come on each stream
}

func newReader() *reader {
	r := &reader{Session: session.New(session.Config{
		Params: frame.Params{MaxFrame: 1 << 17, ConnBytes: 1 << 30, StreamBytes: 1 << 30},
		Limits: session.Limits{AssemblyBytes: assemblyBytes, Glitches: 1 << 20, PieceBytes: 1 << 18},
	}, session.Server, 0)}
	in := session.New(session.Config{}, session.Client, 0).TakeOutput(nil)
	for i := range streams {
		head := frame.AppendCallHead(nil, 0, "bank/aChan", nil)
		in = frame.AppendHeader(in, frame.Header{
			Length: uint32(len(head)), Type: frame.Call, Flags: frame.Stream, ID: uint32(i)*2 + 1,
		})
		in = append(in, head...)
	}
	r.feed(in)
	r.events = nil
	return r
}

func (r *reader) feed(in []byte) {
	r.HandleInput(0, in)
	for ev := r.Next(); ev != nil; ev = r.Next() {
		ev.Payload = ev.Whole()
		switch ev.Kind {
		case session.Message:
			r.events = append(r.events, told(ev.Call.ID(), ev.Flags, ev.Payload))
			r.Release(0, ev.Call, len(ev.Payload))
		case session.Finished:
			r.events = append(r.events, fmt.Sprint(ev.Call.ID(), " finished"))
		case session.Cancelled:
			if !r.Closed() {
				r.events = append(r.events, fmt.Sprint(ev.Call.ID(), " ", ev.Status))
			}
		}
	}
	r.TakeOutput(nil)
}

// take feeds a frame whose bytes count up from what its stream has had before.
func (r *reader) take(h frame.Header) {
	in := frame.AppendHeader(nil, h)
	n := &r.seen[h.ID/2]
	for range h.Length {
		in = append(in, byte(*n*7))
		*n++
	}
	r.feed(in)
}

func (r *reader) fault() string {
	if f, ok := r.Err().(*session.Fault); ok {
		return f.Reason.String()
	}
	return ""
}

// told is a message in few words, its bytes as a sum.
func told(id uint32, f frame.Flags, p []byte) string {
	sum := uint32(1)
	for _, b := range p {
		sum = sum*31 + uint32(b)
	}
	return fmt.Sprint(id, " ", f, " ", len(p), " bytes ", sum)
}
