package abuse

import (
	"slices"
	"testing"

	"github.com/leverrpc/lever/engine"
	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/frame"
)

// TestAbuseA2ServerMadeToReset breaks each rule on a call in flight. A server that answered by
// ending the call would free its slot while the handler still runs, again and again; so there is
// no such answer: the connection ends.
func TestAbuseA2ServerMadeToReset(t *testing.T) {
	const limit = 64
	cfg := transport.Config{}
	cfg.Session.Params.Calls = limit
	addr, g := serve(t, cfg)
	big := string(make([]byte, 2048))
	tests := []struct {
		name string
		bad  [][]byte
		want frame.Reason
	}{
		{"a message for a call without a stream",
			[][]byte{raw(frame.Msg, 0, 0, 1, 0, "x")}, frame.ReasonProtocol},
		{"the end of messages for one",
			[][]byte{raw(frame.Finish, 0, 0, 1, 0, "")}, frame.ReasonProtocol},
		{"a credit of nothing", [][]byte{credit(1, 0)}, frame.ReasonFlow},
		{"too much credit", [][]byte{credit(1, 1<<31-1)}, frame.ReasonFlow},
		{"slots for a call", [][]byte{raw(frame.Credit, 0, 1, 1, 1, "")}, frame.ReasonProtocol},
		{"a result from a client", [][]byte{raw(frame.Result, 0, 0, 1, 0, "")}, frame.ReasonProtocol},
		{"the same id again", [][]byte{call(1, 0, "wait", "")}, frame.ReasonProtocol},
		{"credit in a message beyond 2^31-1",
			[][]byte{raw(frame.Msg, 0, 0, 1, 1<<31, "x")}, frame.ReasonFlow},
		{"a cancel with a payload", [][]byte{raw(frame.Cancel, 0, 0, 1, 0, "x")}, frame.ReasonProtocol},
		{"a cancel with flags", [][]byte{raw(frame.Cancel, 1, 0, 1, 0, "")}, frame.ReasonProtocol},
		{"an unknown critical type", [][]byte{raw(0x0B, 0, 0, 1, 0, "")}, frame.ReasonProtocol},
		{"a frame larger than allowed",
			[][]byte{headerOnly(frame.Msg, 0, 1, 1<<24-1)}, frame.ReasonFrameTooLarge},
		{"a continuation that says BYTES", [][]byte{call(3, frame.More, "wait", big),
			raw(frame.Msg, frame.Bytes, 0, 3, 0, "x")}, frame.ReasonProtocol},
		{"two bodies in one", [][]byte{stream(3, "idleChan"),
			raw(frame.Msg, frame.More, 0, 3, 0, big), raw(frame.Finish, 0, 0, 3, 0, "")},
			frame.ReasonProtocol},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			for range times(2, 200) {
				p := greetPeer(t, addr, frame.MinParams)
				p.send(call(1, 0, "wait", ""), join(tt.bad...))
				p.wantClosed(tt.want)
			}
			eventually(t, "the handlers were told", func() bool { return g.running.Load() == 0 })
			if most := g.most.Load(); most > limit {
				t.Errorf("%d handlers ran at once, want at most %d", most, limit)
			}
		})
	}
}

// TestAbuseA5HelloFlood says HELLO again.
func TestAbuseA5HelloFlood(t *testing.T) {
	addr, _ := serve(t, transport.Config{})
	p := greetPeer(t, addr, wide)
	p.flood(1000, hello(wide))
	p.wantClosed(frame.ReasonProtocol)
}

// TestAbuseA9CreditOverflow brings each counter to the limit and beyond.
func TestAbuseA9CreditOverflow(t *testing.T) {
	addr, _ := serve(t, transport.Config{})
	const most, small = 1<<31 - 1, 65536 // what HELLO grants
	tests := []struct {
		name  string
		grant uint32
		over  bool
	}{
		{"to 2^31-2", most - 1 - small, false},
		{"to 2^31-1", most - small, false},
		{"to 2^31", most + 1 - small, true},
		{"by 2^31-1", most, true},
		{"by 2^32-1", 1<<32 - 1, true},
	}
	for _, tt := range tests {
		for _, id := range []uint32{0, 1} {
			p := greetPeer(t, addr, frame.MinParams)
			p.send(stream(1, "idleChan"), credit(id, tt.grant))
			if tt.over {
				p.wantClosed(frame.ReasonFlow)
			} else {
				p.wantOpen()
			}
		}
		p := greetPeer(t, addr, frame.MinParams) // the same in a message
		p.send(stream(1, "readChan"), raw(frame.Msg, frame.Bytes, 0, 1, tt.grant, "x"))
		if tt.over {
			p.wantClosed(frame.ReasonFlow)
		} else {
			p.wantOpen()
		}
	}
}

// TestAbuseA10ZeroCredit grants nothing.
func TestAbuseA10ZeroCredit(t *testing.T) {
	addr, _ := serve(t, transport.Config{})
	for _, id := range []uint32{0, 1, 3} {
		p := greetPeer(t, addr, frame.MinParams)
		p.send(stream(1, "idleChan"), credit(id, 0))
		p.wantClosed(frame.ReasonFlow)
	}
}

// TestAbuseA11CreditViolation sends all that was granted, to the byte, and then one byte more.
func TestAbuseA11CreditViolation(t *testing.T) {
	for _, params := range []frame.Params{
		frame.MinParams, // both credits are equal
		{ConnBytes: 1 << 20, StreamBytes: 65536},
		{ConnBytes: 65536, StreamBytes: 1 << 20},
	} {
		s := newCore(session.Config{
			Params: params, Limits: session.Limits{UnreadBytes: 1},
		}, session.Server, wide)
		s.feed(0, stream(1, "idleChan"))
		sent := len(stream(1, "idleChan")) - frame.HeaderSize
		granted := map[uint32]int{0: int(params.ConnBytes), 1: int(params.StreamBytes)}
		for rest := 65536 - sent; rest > 0; rest = min(granted[0], granted[1]) - sent {
			n := min(rest, 16384)
			s.feed(0, raw(frame.Msg, frame.Bytes, 0, 1, 0, string(make([]byte, n))))
			sent += n
			for _, h := range headers(t, s.output()) {
				if h.Type == frame.Credit {
					granted[h.ID] += int(h.Aux)
				}
			}
		}
		// Nobody reads, so little more than the call's own frame was granted again.
		if s.Closed() || sent > 65536+100 {
			t.Fatalf("%+v: %v after %d bytes", params, s.Err(), sent)
		}
		s.feed(0, raw(frame.Msg, frame.Bytes, 0, 1, 0, "x"))
		wantFault(t, s.Err(), frame.ReasonFlow)
	}
}

// TestAbuseA11CreditOfClosedCalls counts what is sent to calls that are over, on a session of which
// nothing is granted anew: the accounting is exact.
func TestAbuseA11CreditOfClosedCalls(t *testing.T) {
	cfg := session.Config{Params: frame.MinParams}
	s := newCore(cfg, session.Server, wide)
	s.feed(0, stream(1, "echoChan"))
	s.Result(0, s.calls[0], session.Result{}, nil)
	granted, sent := 65536, len(stream(1, "echoChan"))-frame.HeaderSize
	late := raw(frame.Msg, 0, 0, 1, 0, string(make([]byte, 4096)))
	for range 100 {
		s.feed(0, late)
		sent += 4096
		for _, h := range headers(t, s.output()) {
			if h.Type == frame.Credit && h.ID == 0 {
				granted += int(h.Aux)
			}
		}
	}
	if s.Closed() || granted > 65536+sent {
		t.Fatalf("%v; %d bytes sent, %d granted", s.Err(), sent, granted)
	}
	s.HandleInput(0, join(slices.Repeat([][]byte{late}, 40)...)) // 160 KiB without a look at credit
	s.events()
	wantFault(t, s.Err(), frame.ReasonFlow)
}

// TestAbuseA22ReusedIDs breaks the order of call ids.
func TestAbuseA22ReusedIDs(t *testing.T) {
	addr, g := serve(t, transport.Config{})
	other := newClient(t, addr, engine.ClientConfig{})
	for name, bad := range map[string]uint32{
		"the same": 101, "the one before": 99, "one that was skipped": 105, "an even one": 102,
		"zero": 0, "far ahead": 0x7FFFFFFF, "a lower one": 1,
	} {
		t.Run(name, func(t *testing.T) {
			p := greetPeer(t, addr, frame.MinParams)
			p.send(call(101, 0, "wait", ""))
			eventually(t, "the call runs", func() bool { return g.running.Load() == 1 })
			p.send(call(bad, 0, "echo", "x"))
			p.wantClosed(frame.ReasonProtocol)
			eventually(t, "the call was told", func() bool { return g.running.Load() == 0 })
			wantEcho(t, other, "not concerned")
		})
	}
}
