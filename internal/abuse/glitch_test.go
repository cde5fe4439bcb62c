package abuse

import (
	"testing"
	"time"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/frame"
)

// TestAbuseA4PingFlood asks and never reads the answers.
func TestAbuseA4PingFlood(t *testing.T) {
	eachDriver(t, func(t *testing.T, d transport.Driver) {
		siege(t, order{Driver: d}, 1<<20, func(c *child) {
			p := greetPeer(t, c.addr, wide)
			var chunk []byte
			for i := range 1000 {
				chunk = append(chunk, ping(i)...)
			}
			p.flood(times(20, 1000), chunk)
			p.wantClosed(frame.ReasonCalm)
		})
	})
}

// TestAbuseA6EmptyMessages sends messages without content.
func TestAbuseA6EmptyMessages(t *testing.T) {
	siege(t, order{}, 1<<20, func(c *child) {
		p := greetPeer(t, c.addr, wide)
		p.send(stream(1, "readChan"))
		chunk := []byte{}
		for range 1000 {
			chunk = append(chunk, raw(frame.Msg, frame.Bytes, 0, 1, 0, "")...)
		}
		p.flood(times(10, 100), chunk)
		p.wantClosed(frame.ReasonCalm)
	})
}

// TestAbuseA6EmptyFragment sends a part of nothing.
func TestAbuseA6EmptyFragment(t *testing.T) {
	addr, _ := serve(t, transport.Config{})
	p := greetPeer(t, addr, wide)
	p.send(stream(1, "readChan"), raw(frame.Msg, frame.More, 0, 1, 0, ""))
	p.wantClosed(frame.ReasonProtocol)
}

// TestAbuseA28KeepaliveAbuse asks each millisecond, and each second.
func TestAbuseA28KeepaliveAbuse(t *testing.T) {
	tests := []struct {
		name  string
		every time.Duration
		calm  bool
	}{
		{"a question each ms", time.Millisecond, true},
		{"a question each 25 ms", 25 * time.Millisecond, true},
		{"a question each 100 ms", 100 * time.Millisecond, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := newCore(session.Config{}, session.Server, wide)
			now := time.Duration(0)
			for i := 0; i < 20_000 && !s.Closed(); i++ {
				now += tt.every
				s.feed(now, ping(i))
				s.output()
			}
			if s.Closed() != tt.calm {
				t.Fatalf("closed: %v after %v (%v), want %v", s.Closed(), now, s.Err(), tt.calm)
			}
			if tt.calm {
				wantFault(t, s.Err(), frame.ReasonCalm)
			}
		})
	}
}

// TestAbuseA31UnknownFrameFlood sends frames that mean nothing, as large as they may be.
func TestAbuseA31UnknownFrameFlood(t *testing.T) {
	eachDriver(t, func(t *testing.T, d transport.Driver) {
		siege(t, order{Driver: d}, 1<<20, func(c *child) {
			p := greetPeer(t, c.addr, wide)
			junk := raw(0x9A, 0xFF, 1, 2, 3, string(make([]byte, 64<<10)))
			sent := p.flood(times(2000, 16<<10), junk)
			if sent < 900 {
				t.Errorf("closed after %d frames, want about 1,000", sent)
			}
			p.wantClosed(frame.ReasonCalm)
		})
	})
}

// TestAbuseA8CreditMicroUpdates grants one byte at a time.
func TestAbuseA8CreditMicroUpdates(t *testing.T) {
	for _, id := range []uint32{0, 1} {
		addr, _ := serve(t, transport.Config{})
		params := wide
		params.ConnBytes, params.StreamBytes = 1<<20, 1<<20
		p := greetPeer(t, addr, params)
		p.send(stream(1, "idleChan"))
		var chunk []byte
		for range 500 {
			chunk = append(chunk, credit(id, 1)...)
		}
		if n := p.flood(20, chunk); n < 2 {
			t.Errorf("closed after %d credits, want a thousand or so", n*500)
		}
		p.wantClosed(frame.ReasonCalm)
	}
}

// TestAbuseA7DribbledCredit grants one byte at a time to a sender that has much to send: it must
// not answer each with a frame of one byte.
func TestAbuseA7DribbledCredit(t *testing.T) {
	params := frame.MinParams
	params.ConnBytes = 1 << 30
	s := newCore(session.Config{}, session.Server, params)
	defer s.HandleEnd(nil) // what is not sent is released
	s.feed(0, call(1, 0, "big", ""))
	s.Result(0, s.calls[0], session.Result{Flags: frame.Bytes}, make([]byte, 200<<10))
	s.output()
	frames, granted := 0, 0
	for ; granted < 4096 && !s.Closed(); granted++ {
		s.feed(time.Duration(granted)*100*time.Millisecond, credit(1, 1))
		frames += len(headers(t, s.output()))
	}
	if s.Closed() {
		t.Fatal(s.Err())
	}
	if most := granted / frame.MinFragment; frames > most || frames == 0 {
		t.Errorf("%d bytes of credit made %d frames, want 1 to %d", granted, frames, most)
	}
}

// TestAbuseA7TinyFragments sends a message in parts of a byte.
func TestAbuseA7TinyFragments(t *testing.T) {
	addr, _ := serve(t, transport.Config{})
	for _, n := range []int{1, 1023} {
		for _, first := range []bool{true, false} {
			p := greetPeer(t, addr, wide)
			part := string(make([]byte, n))
			if first {
				p.send(call(1, frame.More, "echo", part[:n/2]))
			} else {
				p.send(stream(1, "readChan"), raw(frame.Msg, frame.More, 0, 1, 0, part))
			}
			p.wantClosed(frame.ReasonProtocol)
		}
	}
}
