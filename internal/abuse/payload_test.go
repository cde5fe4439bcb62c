package abuse

import (
	"encoding/binary"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/frame"
	"github.com/leverrpc/lever/wire"
)

// callExt is a CALL with an extension block.
func callExt(id uint32, flags frame.Flags, method string, block []byte, body string) []byte {
	head := frame.AppendCallHead(nil, 0, service+"/"+method, block)
	return raw(frame.Call, flags|frame.Ext|frame.Bytes, 0, id, 0, string(head)+body)
}

// callArgs is a CALL whose body is said to be a value.
func callArgs(id uint32, method, body string) []byte {
	head := frame.AppendCallHead(nil, 0, service+"/"+method, nil)
	return raw(frame.Call, 0, 0, id, 0, string(head)+body)
}

// wantRefused checks that a call is refused before its handler runs, and that the connection lives.
func wantRefused(t *testing.T, p *peer, id uint32, want frame.Status) {
	t.Helper()
	h, text := p.awaitResult(id)
	if frame.Status(h.Code) != want || h.Flags&frame.Unprocessed == 0 {
		t.Errorf("the call got %v %q, want %v and UNPROCESSED", h, text, want)
	}
	p.wantOpen()
}

// allocated is how many bytes f allocates.
func allocated(f func()) int {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return int(after.TotalAlloc - before.TotalAlloc)
}

// TestAbuseA15TinyExtensions fills a frame with the smallest entries that there are.
func TestAbuseA15TinyExtensions(t *testing.T) {
	addr, _ := serve(t, transport.Config{})
	for _, n := range []int{65, 1365, 21_000} {
		var block []byte
		for i := range n {
			block = append(block, byte(0x80|i%127), 0, 0)
		}
		p := greetPeer(t, addr, wide)
		p.send(callExt(1, 0, "echo", block, ""))
		wantRefused(t, p, 1, frame.InvalidArgument)

		s := newCore(session.Config{}, session.Server, wide)
		bytes := callExt(1, 0, "echo", block, "")
		if got := allocated(func() { s.feed(0, bytes) }); got > 2*len(bytes)+4096 {
			t.Errorf("%d bytes of entries made the session allocate %d", len(bytes), got)
		}
	}
}

// TestAbuseA17HeaderContinuation tries to say the head of a call in many frames.
func TestAbuseA17HeaderContinuation(t *testing.T) {
	name := service + "/echo"
	head := string(binary.LittleEndian.AppendUint16(nil, uint16(len(name)))) + name
	// A block that ends in the second frame: the first holds 1,024 bytes.
	block := string(frame.AppendExtension(nil, frame.ExtMetadata, make([]byte, 3000)))
	head += string(binary.LittleEndian.AppendUint16(nil, uint16(len(block)))) + block
	s := newCore(session.Config{}, session.Server, wide)
	kinds := s.feed(0,
		raw(frame.Call, frame.Ext|frame.More|frame.Bytes, 0, 1, 0, head[:1024]),
		raw(frame.Msg, frame.More, 0, 1, 0, head[1024:2048]),
		raw(frame.Msg, 0, 0, 1, 0, head[2048:]))
	if len(kinds) != 0 {
		t.Errorf("a call whose head came in three frames made the events %v", kinds)
	}
	wantInvalid(t, s, 1)

	// And one that never ends: the call is refused at its first frame, the rest is not kept.
	s = newCore(session.Config{}, session.Server, wide)
	s.feed(0, raw(frame.Call, frame.Ext|frame.More|frame.Bytes, 0, 1, 0, head[:1024]))
	wantInvalid(t, s, 1)
	more := raw(frame.Msg, frame.More, 0, 1, 0, string(make([]byte, 32<<10)))
	got := allocated(func() {
		for range 100 {
			s.feed(0, more)
		}
	})
	if got > 64<<10 {
		t.Errorf("continuations of a refused call made the session allocate %d bytes", got)
	}
	if s.Closed() {
		t.Error(s.Err())
	}
}

// wantInvalid checks that a session has refused a call because of its payload.
func wantInvalid(t *testing.T, s *core, id uint32) {
	t.Helper()
	for _, h := range headers(t, s.output()) {
		if h.Type == frame.Result && h.ID == id && h.Code == uint16(frame.InvalidArgument) &&
			h.Flags&frame.Unprocessed != 0 {
			return
		}
	}
	t.Errorf("call %d was not refused with INVALID_ARGUMENT and UNPROCESSED (%v)", id, s.Err())
}

// TestAbuseA19NestedCounts claims counts that nothing stands behind, and depths that no stack has.
func TestAbuseA19NestedCounts(t *testing.T) {
	deep := func(n int) string { // containers inside each other, sizes all right
		b := []byte{0x80}
		for range n {
			b = append(append([]byte{0x81}, appendSize(len(b))...), b...)
		}
		return string(b)
	}
	bombs := map[string]string{
		"an array of 2^32-1 items":    "\x8f\xf9\xff\xff\xff\xff\x01\x00",
		"an object of 2^32-1 members": "\x9f\xf9\xff\xff\xff\xff\x01\x00",
		"a vector of 2^32-1 items":    "\xd9\x03\xf9\xff\xff\xff\xff\x00",
		"a string of 2^32-1 bytes":    "\x81\x06\xd7\xf9\xff\xff\xff\xff",
		"bytes of 2^31-1":             "\x81\x06\xd8\xf9\xff\xff\xff\x7f",
		"arrays of arrays of many":    "\x8f\xf8\xff\xff\xf8\xff\xff\x8f\xf8\xff\xff\xf8\xff\xff",
		"130 arrays in each other":    deep(129),
		"20,000 arrays in each other": deep(20_000)[:60_000],
		"nothing but array headers":   string(fill(0x81, 60_000)),
		"nothing but object headers":  string(fill(0x91, 60_000)),
	}
	addr, _ := serve(t, transport.Config{})
	for name, bomb := range bombs {
		t.Run(name, func(t *testing.T) {
			p := greetPeer(t, addr, wide)
			p.send(callArgs(1, "any", bomb))
			wantRefused(t, p, 1, frame.InvalidArgument)
			const slack = 64 << 10 // the path in the error, and what package testing does meanwhile
			var v any
			got := allocated(func() {
				if wire.Unmarshal([]byte(bomb), &v) == nil || wire.Validate([]byte(bomb)) == nil {
					t.Error("was taken for a value")
				}
			})
			if got > 4*len(bomb)+slack {
				t.Errorf("%d bytes made the decoder allocate %d", len(bomb), got)
			}
		})
	}
}

// TestAbuseA19DepthOfTheList sends one container more than there may be inside each other. The
// argument list is the outermost.
func TestAbuseA19DepthOfTheList(t *testing.T) {
	addr, _ := serve(t, transport.Config{})
	p := greetPeer(t, addr, wide)
	body := []byte{0x80}
	for range 128 {
		body = append(append([]byte{0x81}, appendSize(len(body))...), body...)
	}
	p.send(callArgs(1, "any", string(body)))
	wantRefused(t, p, 1, frame.InvalidArgument)
}

// appendSize is n as a varint of a value.
func appendSize(n int) []byte {
	switch {
	case n < 240:
		return []byte{byte(n)}
	case n < 2288:
		return []byte{byte(0xF0 + (n-240)>>8), byte(n - 240)}
	case n < 65536:
		return []byte{0xF8, byte(n), byte(n >> 8)}
	}
	return []byte{0xF9, byte(n), byte(n >> 8), byte(n >> 16), byte(n >> 24)}
}

// fill is c, n times.
func fill(c byte, n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = c
	}
	return b
}

// TestAbuseA20DecompressionBomb sends compressed arguments. Compression is reserved and refused,
// so there is nothing that could inflate.
func TestAbuseA20DecompressionBomb(t *testing.T) {
	siege(t, order{}, 1<<20, func(c *child) {
		bomb := binary.LittleEndian.AppendUint32([]byte{1}, 1<<30) // an algorithm, and a raw size
		block := frame.AppendExtension(nil, frame.ExtCompression, bomb)
		p := greetPeer(t, c.addr, wide)
		for id := uint32(1); id < 200; id += 2 {
			p.send(callExt(id, 0, "echo", block, string(make([]byte, 1024))))
			wantRefused(t, p, id, frame.InvalidArgument)
		}
		p.nc.Close()
	})
}

// TestAbuseA21LengthOverflow claims lengths at the edges of signed and unsigned numbers.
func TestAbuseA21LengthOverflow(t *testing.T) {
	for _, params := range []frame.Params{{}, {MaxFrame: 1<<24 - 1}} {
		cfg := transport.Config{}
		cfg.Session.Params = params
		addr, _ := serve(t, cfg)
		for _, n := range []uint32{1 << 24, 0x7FFFFFFF, 0x80000000, 0xFFFFFFEF, 0xFFFFFFF0, 0xFFFFFFFF} {
			for _, typ := range []frame.Type{frame.Call, frame.Msg, frame.Bind, frame.GoAway, 0x9A} {
				p := greetPeer(t, addr, wide)
				p.send(headerOnly(typ, 0, 1, n))
				if got := p.drain(); got != frame.ReasonFrameTooLarge && got != frame.ReasonProtocol {
					t.Errorf("%v of %d bytes: closed for %v", typ, n, got)
				}
			}
			p := dialPeer(t, addr)
			p.send(headerOnly(frame.Hello, 0, frame.Magic, n))
			if got := p.drain(); got == frame.ReasonNone {
				t.Errorf("a HELLO of %d bytes: closed without a reason", n)
			}
		}
	}
	for _, b := range []string{ // lengths inside of values
		"\xd7\xf9\xff\xff\xff\x7f", "\xd7\xf9\x00\x00\x00\x80", "\xd8\xf9\xff\xff\xff\xff",
		"\xe0\xf9\xff\xff\xff\xff", "\x8f\xf9\xff\xff\xff\x7f\xf9\xff\xff\xff\x7f",
		"\xd9\x05\xf9\x00\x00\x00\x20", "\xd9\x05\xf9\x01\x00\x00\x20\x00\x00\x00\x00\x00\x00\xf0\x3f",
		"\x91\xf9\xff\xff\xff\xff\xf9\xff\xff\xff\xff",
	} {
		if wire.Validate([]byte(b)) == nil {
			t.Errorf("% x is taken for a value", b)
		}
		if n, err := wire.Skip([]byte(b)); err == nil {
			t.Errorf("Skip of % x gives %d", b, n)
		}
	}
}

// TestAbuseA52HashFlooding sends objects with many keys that are alike, and resources that are: the
// work grows as the number of keys does, not as its square.
func TestAbuseA52HashFlooding(t *testing.T) {
	object := func(n int) []byte {
		members := map[string]int{}
		for i := range n {
			members[fmt.Sprintf("%024b%s", i, "the same ending of all the keys")] = i & 1
		}
		b, err := wire.Append(nil, members)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	few, many := object(1_000), object(64_000)
	cost := func(b []byte) time.Duration {
		best := time.Hour
		for range 9 {
			begin := time.Now()
			if err := wire.Validate(b); err != nil {
				t.Fatal(err)
			}
			best = min(best, time.Since(begin))
		}
		return best
	}
	// By the square it would be 4,096 times, in every measurement.
	var a, b time.Duration
	for range 5 {
		if a, b = cost(few), cost(many); b <= 800*a {
			return
		}
	}
	t.Errorf("64 times the keys took %v instead of %v", b, a)
}
