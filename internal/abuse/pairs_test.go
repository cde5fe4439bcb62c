package abuse

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/frame"
)

// The worst attacks were two: one that makes much of little, and one that holds on to it.

// amplifiers write a burst on a connection that has said HELLO, and give the id of the next call.
// They stay within what is allowed, so that the hold comes to its turn.
var amplifiers = map[string]func(p *peer) uint32{
	"A1 resets": func(p *peer) uint32 {
		return inTurn(p, 200, func(id uint32) []byte { return join(call(id, 0, "slow", ""), cancel(id)) })
	},
	"A4 questions": func(p *peer) uint32 {
		var all []byte
		for i := range 900 {
			all = append(all, ping(i)...)
		}
		p.send(all)
		return 1
	},
	"A6 empty messages": func(p *peer) uint32 {
		all := stream(1, "readChan")
		for range 900 {
			all = append(all, raw(frame.Msg, frame.Bytes, 0, 1, 0, "")...)
		}
		p.send(all)
		return 3
	},
	"A7 small messages and fragments": func(p *peer) uint32 {
		all := stream(1, "idleChan")
		for range 3000 {
			all = append(all, raw(frame.Msg, frame.Bytes, 0, 1, 0, "x")...)
		}
		for range 50 {
			all = append(all, raw(frame.Msg, frame.More, 0, 1, 0, string(make([]byte, 1024)))...)
		}
		p.send(all)
		return 3
	},
	"A14 names": func(p *peer) uint32 {
		for i := range 1000 {
			p.send(bind(uint16(i+1), fmt.Sprintf("%0250d", i)))
		}
		return 1
	},
	"A15 extensions": func(p *peer) uint32 {
		var block []byte
		for i := range 1300 {
			block = append(block, byte(0x80|i%127), 0, 0)
		}
		return inTurn(p, 100, func(id uint32) []byte { return callExt(id, 0, "echo", block, "") })
	},
	"A18 lengths": func(p *peer) uint32 {
		p.send(headerOnly(frame.Call, 0, 1, 64<<10))
		return 3
	},
	"A20 compression": func(p *peer) uint32 {
		block := frame.AppendExtension(nil, frame.ExtCompression, []byte{1, 0, 0, 0, 0x40})
		body := string(make([]byte, 200))
		return inTurn(p, 100, func(id uint32) []byte { return callExt(id, 0, "echo", block, body) })
	},
	"A41 unfinished bodies": func(p *peer) uint32 {
		part := string(make([]byte, 8000))
		return inTurn(p, 50, func(id uint32) []byte { return call(id, frame.More, "echo", part) })
	},
}

// inTurn sends n calls and gives the id of the next.
func inTurn(p *peer, n int, make func(id uint32) []byte) uint32 {
	id := uint32(1)
	for range n {
		p.send(make(id))
		id += 2
	}
	return id
}

// holds keep a connection as it is, each in its way, until the server ends it.
var holds = map[string]struct {
	params frame.Params // what the peer grants
	begin  func(p *peer, id uint32)
}{
	// It asks for more than all buffers take, and reads nothing.
	"A12 does not read": {wide, func(p *peer, id uint32) {
		p.nc.(*net.TCPConn).SetReadBuffer(32 << 10)
		for range 2 {
			p.send(call(id, 0, "big", size(4<<20)))
			id += 2
		}
	}},
	// It reads, grants no credit for the result, and shows that it lives.
	"A13 grants nothing": {frame.MinParams, func(p *peer, id uint32) {
		p.send(call(id, 0, "big", size(100_000)))
		p.discard()
		for p.send(ping(1)) == nil {
			time.Sleep(100 * time.Millisecond)
		}
	}},
	// It reads, and leaves a frame unfinished.
	"A26 stops in a frame": {wide, func(p *peer, id uint32) {
		p.discard()
		p.send(call(id, 0, "echo", "never whole")[:20])
	}},
	// It says nothing more while a call is in flight.
	"A27 falls silent": {wide, func(p *peer, id uint32) { p.send(call(id, 0, "wait", "")) }},
}

// TestAbuseA53Pairs combines each amplifier with each hold, all at once. The server must end them
// all by itself, and what they hold is bounded.
func TestAbuseA53Pairs(t *testing.T) {
	eachDriver(t, func(t *testing.T, d transport.Driver) {
		o := order{
			Driver: d, Stall: 500 * time.Millisecond, Params: frame.Params{IdleMS: 500},
			Limits: session.Limits{
				FrameTimeout: 500 * time.Millisecond, CreditTimeout: 300 * time.Millisecond,
			},
		}
		each := times(1, 3)
		// What does not read has asked for two results of 4 MiB, and the collector may lag behind.
		bound := each * len(amplifiers) * (20 << 20)
		siege(t, o, bound, func(c *child) {
			files := c.files()
			peers, begin := map[*peer]string{}, map[*peer]func(){}
			var all sync.WaitGroup
			for a, amplify := range amplifiers {
				for h, hold := range holds {
					for range each {
						p := greetPeer(t, c.addr, hold.params)
						peers[p] = a + " × " + h
						begin[p] = func() { hold.begin(p, amplify(p)) }
					}
				}
			}
			for p := range peers {
				p.await(frame.Hello) // before that, a late server has no descriptor to count
			}
			for _, f := range begin {
				all.Go(f)
			}
			end := time.Now().Add(10 * time.Second)
			for ; c.files() > files && time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
			}
			if n := c.files() - files; n > 0 {
				t.Errorf("%d of %d connections are still there:%s", n, len(peers), survivors(peers))
			}
			for p := range peers {
				p.nc.Close()
			}
			all.Wait()
		})
	})
}

// survivors names the peers that the server has not ended.
func survivors(peers map[*peer]string) (names string) {
	for p, name := range peers {
		p.nc.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
		for {
			_, _, err := p.next()
			var timeout net.Error
			if errors.As(err, &timeout) && timeout.Timeout() {
				names += "\n" + name
			}
			if err != nil {
				break
			}
		}
	}
	return names
}
