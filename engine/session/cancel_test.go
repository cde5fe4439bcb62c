package session

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/leverrpc/lever/frame"
)

// TestCancelTellsTheEffectOfACallWhoseEventWaits: what ended it has been told the session, and its
// Resulted event has not been handled when the caller gives up.
func TestCancelTellsTheEffectOfACallWhoseEventWaits(t *testing.T) {
	result := raw(frame.Result, 0, 0, 1, 0, "")
	tests := []struct {
		name string
		end  func(p *pair)
		want Effect
	}{
		{"its deadline has come", func(p *pair) { p.c.HandleTime(p.now + time.Minute) }, MaybeExecuted},
		{"its deadline has come, and then its RESULT", func(p *pair) {
			p.c.HandleTime(p.now + time.Minute)
			h, _ := frame.ConsumeHeader(result)
			p.c.onResult(&h, nil)
		}, MaybeExecuted},
		{"its RESULT is too large, and still comes", func(p *pair) {
			p.c.local.MaxMessage = 10
			p.c.HandleInput(p.now, raw(frame.Result, frame.More, 0, 1, 0, strings.Repeat("x", 5000)))
			p.c.pump()
		}, Executed},
		{"its RESULT is too large, and the connection is lost", func(p *pair) {
			p.c.local.MaxMessage = 10
			p.c.HandleInput(p.now, raw(frame.Result, frame.More, 0, 1, 0, strings.Repeat("x", 5000)))
			p.c.pump()
			p.c.HandleEnd(errors.New("reset"))
		}, Executed},
		{"the connection is lost", func(p *pair) { p.c.HandleEnd(errors.New("reset")) }, MaybeExecuted},
		{"the peer says that it came too late",
			func(p *pair) { p.c.onGoAway(&frame.Header{Type: frame.GoAway}, nil) }, NotExecuted},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := openPair(t, Config{}, Config{})
			c := p.open(Open{Name: "bank/transfer", Deadline: p.now + time.Minute}, "")
			tt.end(p)
			if got := p.c.Cancel(p.now, c, frame.Caller); got != tt.want {
				t.Errorf("effect %v, want %v", got, tt.want)
			}
		})
	}
}

// TestAResultMayEndAMessageOfACancelledCall: the responder that was told may stop inside of it. SPEC:
// bodies in several frames.
func TestAResultMayEndAMessageOfACancelledCall(t *testing.T) {
	p := openPair(t, Config{}, Config{})
	c := p.open(Open{Name: "bank/tailChan", Flags: frame.Stream}, "")
	part := raw(frame.Msg, frame.More, 0, 1, 0, strings.Repeat("x", 2000))
	p.c.HandleInput(p.now, part)
	p.c.pump()
	p.c.Cancel(p.now, c, frame.Caller)
	p.c.HandleInput(p.now, raw(frame.Result, 0, uint16(frame.Cancelled), 1, 0, ""))
	p.c.want(t)
	if p.c.Err() != nil || p.c.Live() != 0 || p.c.assembled != 0 {
		t.Errorf("%v, %d calls, %d bytes kept", p.c.Err(), p.c.Live(), p.c.assembled)
	}
}

// TestAStreamThatLosesMessagesDoesNotEndWell: the deadline has come at the side that answers, and the
// caller's timer is late. SPEC F-603.
func TestAStreamThatLosesMessagesDoesNotEndWell(t *testing.T) {
	message := func(p *pair) bool { return p.s.Message(p.now, p.s.calls[0], true, make([]byte, 1000)) }
	tests := []struct {
		name          string
		before, after func(p *pair) // the deadline
		want          frame.Status
	}{
		{"one waited for credit", func(p *pair) {
			for message(p) {
				p.drive()
			}
		}, func(*pair) {}, frame.DeadlineExceeded},
		{"one came later", func(*pair) {}, func(p *pair) { message(p) }, frame.DeadlineExceeded},
		{"all were sent", func(p *pair) { message(p) }, func(*pair) {}, frame.OK},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := openPair(t, Config{Params: frame.Params{StreamBytes: 65536}}, Config{})
			c := p.open(Open{Name: "bank/tailChan", Flags: frame.Stream, Deadline: p.now + time.Second}, "")
			p.drive()
			tt.before(p)
			p.now += time.Second
			p.s.HandleTime(p.now)
			tt.after(p)
			p.s.Finish(p.s.calls[0])
			p.result(p.s.calls[0], "\xD0")
			p.c.Release(p.now, c, 1<<20)
			p.drive()
			if last := p.c.events[len(p.c.events)-1]; last.Kind != Resulted || last.Status != tt.want {
				t.Errorf("the stream ended with %s, want %v", short(&last), tt.want)
			}
		})
	}
}
