package session

import (
	"slices"
	"strings"
	"testing"

	"github.com/leverrpc/lever/frame"
)

// TestWhatComesBeforeTheVerdictWaits cuts what a client sends everywhere, and admits it then.
func TestWhatComesBeforeTheVerdictWaits(t *testing.T) {
	in := slices.Concat(hello(t), call(1, frame.Bytes, "first"), call(3, frame.Bytes, "second"))
	for cut := range len(in) + 1 {
		s := &server{Session: New(Config{Vet: true}, Server, 0)}
		s.give(in[:cut])
		s.give(in[cut:])
		if out := s.take(); len(out) > 0 || len(s.calls) > 0 || s.HasEvents() {
			t.Fatalf("cut at %d: %d calls and %d bytes before the verdict", cut, len(s.calls), len(out))
		}
		s.Admit(0)
		if !s.HasEvents() {
			t.Fatalf("cut at %d: nobody is told that input waits", cut)
		}
		s.give(call(5, 0, "")) // a driver that has input before it looks for events
		if got := types(t, s.take()); len(s.calls) != 3 || !slices.Equal(got, []string{"HELLO"}) {
			t.Fatalf("cut at %d: %d calls, sent %v", cut, len(s.calls), got)
		}
		if s.HasEvents() || s.in.lent != nil {
			t.Errorf("cut at %d: input is kept", cut)
		}
	}
}

func TestCredentialsAreForgottenAtTheVerdict(t *testing.T) {
	client := Config{Params: frame.Params{Auth: []byte("secret"), Peer: "cli"}}
	p := newPair(t, client, Config{Vet: true})
	p.drive()
	p.s.want(t, "Hello")
	p.c.want(t)
	if r := p.s.Remote(); string(r.Auth) != "secret" || r.Peer != "cli" {
		t.Errorf("the server is shown %q of %q", r.Auth, r.Peer)
	}
	p.s.Admit(p.now)
	p.s.Admit(p.now) // a second time means nothing
	p.drive()
	p.c.want(t, "Hello")
	if r := p.s.Remote(); r.Auth != nil || r.Peer != "cli" {
		t.Errorf("the server keeps %q of %q", r.Auth, r.Peer)
	}
}

func TestARefusedClientIsToldWhy(t *testing.T) {
	p := newPair(t, Config{}, Config{Vet: true})
	p.open(Open{Name: "bank/transfer"}, "\x01")
	p.drive()
	why := strings.Repeat("because ", 20)
	p.s.Close(frame.ReasonRefused, why)
	p.s.Admit(p.now) // too late
	p.drive()
	p.s.want(t, "Hello", "Ended")
	p.c.want(t, "Resulted UNAUTHENTICATED NotExecuted", "Ended")
	if g, ok := p.c.Err().(*Goodbye); !ok || g.Reason != frame.ReasonRefused || g.Text != why {
		t.Errorf("the client was told %v", p.c.Err())
	}
}

func TestAVerdictHasATimeLimit(t *testing.T) {
	p := newPair(t, Config{Limits: Limits{HelloTimeout: 2 * DefaultLimits.HelloTimeout}}, Config{Vet: true})
	p.drive()
	p.advance(DefaultLimits.HelloTimeout - 1)
	if p.s.Closed() {
		t.Fatal("closed too early")
	}
	p.advance(1)
	if err := p.s.Err(); err == nil || !strings.Contains(err.Error(), "not admitted within 5s") {
		t.Errorf("ended with %v", err)
	}
}

func TestWhatWaitsForTheVerdictIsBounded(t *testing.T) {
	s := &server{Session: New(Config{Vet: true}, Server, 0)}
	s.give(hello(t), call(1, 0, zeros(65_000)), zeros(mostHeld-65_000-100))
	if s.Closed() {
		t.Fatal("what the minimum allows was too much")
	}
	if s.give(zeros(100)); !s.Closed() {
		t.Error("there is no bound")
	}
}
