package session

import (
	"bytes"
	"testing"

	"github.com/leverrpc/lever/frame"
)

// resultIn is the frames of a RESULT of raw bytes to call 1.
func resultIn(sizes ...int) (in, payload []byte) {
	for i, n := range sizes {
		typ, flags := frame.Msg, frame.More
		if i == 0 {
			typ, flags = frame.Result, flags|frame.Bytes
		}
		if i == len(sizes)-1 {
			flags &^= frame.More
		}
		part := bytes.Repeat([]byte{byte(i + 1)}, n)
		in = append(in, raw(typ, flags, 0, 1, 0, string(part))...)
		payload = append(payload, part...)
	}
	return in, payload
}

func TestAResultIsPutIntoTheMemoryOfItsCaller(t *testing.T) {
	for _, sizes := range [][]int{{10_000}, {leastAhead - 1}, {5_000, 60_000}, {60_000, 2_000, 9_000}} {
		in, payload := resultIn(sizes...)
		for _, room := range []int{1, 3_000, 30_000, 100_000} {
			for _, chunk := range []int{17, 1447, 20_032} {
				p := openPair(t, Config{}, Config{})
				into := make([]byte, 0, room)
				p.open(Open{Name: "bank/get", Into: into}, "")
				p.c.TakeOutput(nil)
				for from := 0; from < len(in); from += chunk {
					p.c.HandleInput(p.now, in[from:min(from+chunk, len(in))])
					p.c.pump()
				}
				if len(p.c.events) != 1 || !bytes.Equal(p.c.events[0].Payload, payload) {
					t.Fatalf("%v, reads of %d bytes, room for %d: %d events", sizes, chunk, room,
						len(p.c.events))
				}
				n := min(room, len(payload))
				if ev := &p.c.events[0]; ev.Placed != bytes.Equal(into[:n], payload[:n]) ||
					!ev.Placed && payload[0] != payload[len(payload)-1] {
					t.Errorf("%v, reads of %d bytes, room for %d: placed is %v", sizes, chunk, room,
						ev.Placed)
				}
			}
		}
	}
}

func TestMemoryForAResultIsLeftAloneOnceTheCallIsOver(t *testing.T) {
	in, _ := resultIn(20_000, 20_000)
	for _, at := range []int{10_000, 20_016, 30_000} {
		for name, end := range map[string]func(*pair, *Call){
			"a cancelled call": func(p *pair, c *Call) { p.c.Cancel(p.now, c, frame.Caller) },
			"the connection":   func(p *pair, c *Call) { p.c.HandleEnd(nil) },
		} {
			p := openPair(t, Config{}, Config{})
			into := make([]byte, 0, 30_000)
			c := p.open(Open{Name: "bank/get", Into: into}, "")
			p.c.TakeOutput(nil)
			p.c.HandleInput(p.now, in[:at])
			p.c.pump()
			end(p, c)
			after := into[:cap(into)]
			clear(after)
			last := len(in) - 1
			p.c.HandleInput(p.now, in[at:last])
			p.c.pump()
			if c.recv.held.body != nil {
				t.Errorf("%s, cut at %d: what nobody wants was kept", name, at)
			}
			p.c.HandleInput(p.now, in[last:])
			p.c.pump()
			if !bytes.Equal(after, make([]byte, len(after))) {
				t.Errorf("%s, cut at %d: memory was written after the end", name, at)
			}
			if name == "a cancelled call" && (p.c.Err() != nil || p.c.Live() != 0 || p.c.assembled != 0) {
				t.Errorf("%s, cut at %d: %v, %d calls, %d bytes", name, at, p.c.Err(), p.c.Live(),
					p.c.assembled)
			}
		}
	}
}
