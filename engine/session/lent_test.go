package session

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/leverrpc/lever/frame"
)

// lend opens a call whose payload is lent, and gives that.
func (p *pair) lend(t *testing.T, o Open, size int) (*Call, []byte) {
	t.Helper()
	payload := bytes.Repeat([]byte{'x'}, size)
	o.Lent = true
	c, err := p.c.Open(p.now, &o, payload)
	if err != nil {
		t.Fatal(err)
	}
	return c, payload
}

// TestLentPayloadArrivesWhole: also where the name stands before it, and where it leaves in parts.
func TestLentPayloadArrivesWhole(t *testing.T) {
	ext := frame.AppendExtension(nil, frame.ExtResource, []byte("7"))
	for _, size := range []int{0, 1, frame.FairFragment, frame.FairFragment + 1, 300_000} {
		p := openPair(t, Config{}, Config{Params: frame.Params{MaxBindings: 1}})
		for _, name := range []string{"bank/bound", "bank/named"} {
			_, payload := p.lend(t, Open{Name: name, Flags: frame.Bytes, Ext: ext}, size)
			p.s.events = nil
			p.drive()
			if n := len(p.s.events); n != 1 || !bytes.Equal(p.s.events[0].Payload, payload) {
				t.Errorf("%s with %d bytes: %d events, or other bytes", name, size, n)
			}
		}
	}
}

// TestLentPayloadIsFreeWhenTheCallIsOver: whatever ends a call, nothing of a payload that was lent
// is read any more once its caller has been told.
func TestLentPayloadIsFreeWhenTheCallIsOver(t *testing.T) {
	soon := 50 * time.Millisecond
	for _, tt := range []struct {
		name  string
		timed bool
		end   func(p *pair, c *Call)
		told  bool // a Resulted event tells, and not Cancel's return
	}{
		{"cancelled", false, func(p *pair, c *Call) { p.c.Cancel(p.now, c, frame.Caller) }, false},
		{"out of time", true, func(p *pair, c *Call) {
			p.now += 2 * soon
			p.c.HandleTime(p.now)
		}, true},
		{"answered before it was read", false, func(p *pair, c *Call) {
			p.c.HandleInput(p.now, raw(frame.Result, 0, uint16(frame.Internal), c.ID(), 0, ""))
		}, true},
		{"the answer begins", false, func(p *pair, c *Call) {
			p.c.HandleInput(p.now, raw(frame.Result, frame.More, 0, c.ID(), 0, "part"))
			p.c.pump()
			p.c.HandleInput(p.now, raw(frame.Msg, 0, 0, c.ID(), 0, "whole"))
		}, true},
		{"the connection is lost", false, func(p *pair, c *Call) {
			p.c.HandleEnd(errors.New("gone"))
		}, true},
		{"closed by this side", false, func(p *pair, c *Call) {
			p.c.Close(frame.ReasonNone, "")
		}, true},
	} {
		for _, size := range []int{20_000, 1 << 20} {
			p := openPair(t, Config{}, Config{})
			o := Open{Name: "bank/take"}
			if tt.timed {
				o.Deadline = p.now + soon
			}
			c, payload := p.lend(t, o, size)
			p.c.TakeOutput(nil) // what one buffer and the credit allow
			p.c.events = nil
			tt.end(p, c)
			p.c.pump()
			if tt.told && len(p.c.events) == 0 {
				t.Errorf("%s, %d bytes: its caller was not told", tt.name, size)
			}
			for i := range payload {
				payload[i] = 0xEE
			}
			grant := raw(frame.Credit, 0, 0, 0, 1<<20, "")
			if !p.c.Closed() {
				p.c.HandleInput(p.now, grant)
				p.c.pump()
			}
			for out := p.c.TakeOutput(nil); out != nil; out = p.c.TakeOutput(nil) {
				if bytes.Contains(out, []byte{0xEE, 0xEE}) {
					t.Errorf("%s, %d bytes: lent memory was read afterwards", tt.name, size)
					break
				}
			}
		}
	}
}
