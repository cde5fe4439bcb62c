package spectest

import (
	"bytes"
	"slices"
	"testing"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/frame"
)

// replay plays the client of a worked session to a real server, whose application does what the
// session's server does, and collects what that server says about calls and its own end.
type replay struct {
	t     *testing.T
	s     *session.Session
	calls map[uint32]*session.Call
	said  []told
}

// params are what the server of the session announces.
func params(t *testing.T, frames []told) frame.Params {
	for _, f := range frames {
		if f.who == "S" && f.h.Type == frame.Hello {
			p, err := frame.ConsumeParams(f.raw[frame.HeaderSize:])
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
	}
	return frame.MinParams
}

// collect takes the server's events and output.
func (r *replay) collect() {
	for ev := r.s.Next(); ev != nil; ev = r.s.Next() {
		switch ev.Kind {
		case session.Called:
			r.calls[ev.Call.ID()] = ev.Call
		case session.Message:
			r.s.Release(0, ev.Call, len(ev.Payload))
		}
	}
	for out := r.s.TakeOutput(nil); out != nil; out = r.s.TakeOutput(nil) {
		for len(out) > 0 {
			h, n := frame.ConsumeHeader(out)
			n += int(h.Length)
			if isAnswer(h) {
				r.said = append(r.said, told{h: h, raw: out[:n]})
			}
			out = out[n:]
		}
	}
}

// isAnswer leaves out what depends on the state of buffers, and grease.
func isAnswer(h frame.Header) bool {
	return slices.Contains([]frame.Type{frame.Result, frame.Msg, frame.Finish, frame.GoAway}, h.Type)
}

// act does what the server's application does to send f.
func (r *replay) act(f told) {
	p := f.raw[frame.HeaderSize:]
	switch c := r.calls[f.h.ID]; {
	case f.h.Type == frame.GoAway && f.h.Code == 0 && f.h.Aux == frame.NoLastID:
		r.s.Drain()
	case f.h.Type == frame.Msg && c != nil:
		r.s.Message(0, c, f.h.Flags&frame.Bytes != 0, p)
	case f.h.Type == frame.Result && c != nil:
		delete(r.calls, f.h.ID)
		r.s.Result(0, c, session.Result{Status: frame.Status(f.h.Code), Flags: f.h.Flags}, p)
	}
}

func TestReferenceServesTheWorkedSessions(t *testing.T) {
	for _, b := range blocks(t, "session") {
		frames := b.frames(t)
		r := &replay{t: t, calls: map[uint32]*session.Call{},
			s: session.New(session.Config{Params: params(t, frames)}, session.Server, 0)}
		var want []told
		for _, f := range frames {
			if f.who == "C" {
				r.s.HandleInput(0, f.raw)
			} else {
				r.act(f)
			}
			r.collect()
			if f.who == "S" && isAnswer(f.h) {
				want = append(want, f)
			}
		}
		r.compare(b, want)
	}
}

// compare looks at headers and payloads, but for the time that a handler took and the words of a
// goodbye.
func (r *replay) compare(b block, want []told) {
	for i := range max(len(r.said), len(want)) {
		if i >= len(r.said) || i >= len(want) {
			r.t.Errorf("SPEC.md:%d: the reference said %d things, the session has %d", b.line, len(r.said), len(want))
			return
		}
		got, w := r.said[i], want[i]
		if w.h.Type == frame.Result && w.h.Code == 0 {
			got.h.Aux = w.h.Aux
		}
		same := bytes.Equal(got.raw[frame.HeaderSize:], w.raw[frame.HeaderSize:])
		if w.h.Type == frame.GoAway || w.h.Flags&frame.Unprocessed != 0 {
			got.h.Length, same = w.h.Length, true
		}
		if got.h != w.h || !same {
			r.t.Errorf("SPEC.md:%d: the reference said %v, the session has %v", b.line, got.h, w.h)
		}
	}
}
