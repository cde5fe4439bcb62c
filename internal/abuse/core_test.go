package abuse

import (
	"errors"
	"testing"
	"time"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/frame"
)

// Some attacks are shown on a session alone: what they do to time or to single frames cannot be
// seen through a socket.

// core is a session, and the calls that it was told of.
type core struct {
	*session.Session
	calls []*session.Call
}

// newCore makes a session that has read the HELLO of a peer.
func newCore(cfg session.Config, role session.Role, peer frame.Params) *core {
	s := &core{Session: session.New(cfg, role, 0)}
	if role == session.Server {
		s.feed(0, hello(peer))
	} else {
		s.feed(0, raw(frame.Hello, 0, 1, frame.Magic, 0, string(frame.AppendParams(nil, peer, 1))))
	}
	s.output()
	return s
}

// feed gives it frames and returns the kinds of the events that they made.
func (s *core) feed(now time.Duration, frames ...[]byte) (kinds []session.Kind) {
	s.HandleInput(now, join(frames...))
	return s.events()
}

// events takes what has happened.
func (s *core) events() (kinds []session.Kind) {
	for ev := s.Next(); ev != nil; ev = s.Next() {
		if ev.Kind == session.Called {
			s.calls = append(s.calls, ev.Call)
		}
		kinds = append(kinds, ev.Kind)
	}
	return kinds
}

// at lets time pass.
func (s *core) at(now time.Duration) []session.Kind {
	s.HandleTime(now)
	return s.events()
}

// output is all that it has to send now.
func (s *core) output() (all []byte) {
	for out := s.TakeOutput(nil); out != nil; out = s.TakeOutput(nil) {
		all = append(all, out...)
	}
	return all
}

// headers are those of the frames in b, which must be whole.
func headers(t testing.TB, b []byte) (all []frame.Header) {
	t.Helper()
	all, whole := cut(b)
	if !whole {
		t.Fatalf("the output ends inside a frame")
	}
	return all
}

// cut takes the headers of the frames in b.
func cut(b []byte) (all []frame.Header, whole bool) {
	for len(b) > 0 {
		h, n := frame.ConsumeHeader(b)
		if n == 0 || len(b) < n+int(h.Length) {
			return all, false
		}
		all, b = append(all, h), b[n+int(h.Length):]
	}
	return all, true
}

// wantFault checks that a session found a violation of the peer's.
func wantFault(t testing.TB, err error, want frame.Reason) {
	t.Helper()
	var f *session.Fault
	if !errors.As(err, &f) || f.Reason != want {
		t.Errorf("ended with %v, want %v", err, want)
	}
}
