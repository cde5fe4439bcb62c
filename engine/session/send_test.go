package session

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/leverrpc/lever/frame"
)

// headers lists the frames in b.
func headers(t *testing.T, b []byte) (list []frame.Header) {
	t.Helper()
	for len(b) > 0 {
		h, n := frame.ConsumeHeader(b)
		if n == 0 {
			t.Fatalf("cut header: % x", b)
		}
		list = append(list, h)
		b = b[n+int(h.Length):]
	}
	return list
}

func TestLargeMessagesTakeTurnsAndSmallOnesPass(t *testing.T) {
	plenty := frame.Params{StreamBytes: 1 << 20, ConnBytes: 4 << 20}
	p := openPair(t, Config{}, Config{Params: plenty})
	big := strings.Repeat("x", 300_000)
	p.open(Open{Name: "bank/a", Flags: frame.Bulk}, big)
	p.open(Open{Name: "bank/b"}, big)
	p.open(Open{Name: "bank/c"}, big)
	p.open(Open{Name: "bank/d", Flags: frame.Urgent}, big)
	p.open(Open{Name: "bank/e"}, "small")
	p.c.sent = nil
	p.drive()
	list := headers(t, p.c.sent)
	if list[0].Length > 100 {
		t.Errorf("the small call waited behind %v", list[0])
	}
	var classes []frame.Flags
	for _, h := range list {
		if h.Type == frame.Call {
			classes = append(classes, h.Flags&frame.ClassMask)
		}
	}
	if want := []frame.Flags{0, frame.Urgent, 0, 0, frame.Bulk}; !slices.Equal(classes, want) {
		t.Errorf("classes began in the order %v, want %v", classes, want)
	}
	// Classes go by urgency, each class in turns, and nobody makes the others wait for more than
	// a fair fragment.
	left := map[uint32]bool{3: true, 5: true, 7: true, 9: true}
	for i, h := range list {
		if len(left) > 1 && h.Length > frame.FairFragment {
			t.Errorf("frame %d is %v while %d calls have something to send", i, h, len(left))
		}
		if (h.Type == frame.Call || h.Type == frame.Msg) && h.Flags&frame.More == 0 {
			delete(left, h.ID)
		}
	}
	if len(p.s.calls) < 5 {
		t.Fatalf("%d calls arrived, want 5", len(p.s.calls))
	}
}

func TestSmallCreditIsSavedUp(t *testing.T) {
	p := openPair(t, Config{}, Config{Params: frame.Params{StreamBytes: 65536}})
	c := p.open(Open{Name: "bank/a", Flags: frame.Stream}, "\x01")
	p.drive()
	for p.c.send(c) {
	}
	p.c.TakeOutput(nil)
	before := p.c.framesSent
	for range 2000 { // a peer that drips its credit
		p.c.HandleInput(p.now, raw(frame.Credit, 0, 0, 1, 1, ""))
		p.c.pump()
		p.c.TakeOutput(nil)
		if p.c.Closed() {
			break
		}
	}
	if got := p.c.framesSent - before; got > 3 {
		t.Errorf("2000 bytes of credit in drops made %d frames", got)
	}
}

// send pushes another message; false: the stream is stopped.
func (d *side) send(c *Call) bool {
	ok := d.Message(d.now, c, true, make([]byte, 5000))
	d.TakeOutput(nil)
	return ok
}

func TestPortionNeverMakesAFragmentThatIsTooSmall(t *testing.T) {
	for rest := range 3000 {
		for room := int64(0); room < 3000; room += 7 {
			n := portion(rest, frame.MinFragment, room)
			switch {
			case n == rest && int64(rest) <= room:
			case n == int(room) && n >= frame.MinFragment && n < rest:
			case n == -1 && int64(rest) > room && room < frame.MinFragment:
			default:
				t.Fatalf("portion(%d, %d) = %d", rest, room, n)
			}
		}
	}
}

func TestOversizeFailsItsCallAlone(t *testing.T) {
	huge := strings.Repeat("x", 5<<20)
	cfg := Config{Params: frame.Params{MaxMessage: 8 << 20}}
	t.Run("arguments", func(t *testing.T) {
		p := openPair(t, Config{}, Config{})
		c := p.open(Open{Name: "bank/a", Flags: frame.Bytes}, huge)
		p.drive()
		p.s.want(t)
		if e := p.c.events[0]; e.Status != frame.TooLarge || e.Effect != NotExecuted {
			t.Errorf("ended with %s", short(&e))
		}
		p.c.Forget(c)
		p.quiet()
	})
	t.Run("arguments by their last byte", func(t *testing.T) {
		p := openPair(t, Config{}, Config{})
		max := int(p.s.local.MaxMessage)
		p.open(Open{Name: "bank/a", Flags: frame.Bytes}, huge[:max])
		p.open(Open{Name: "bank/b", Flags: frame.Bytes}, huge[:max+maxHead])
		p.drive()
		p.s.want(t, fmt.Sprintf("Called bank/a %d bytes", max))
		if e := p.c.events[0]; e.Status != frame.TooLarge || e.Effect != NotExecuted {
			t.Errorf("ended with %s", short(&e))
		}
	})
	t.Run("a message to the server", func(t *testing.T) {
		p := openPair(t, Config{}, Config{})
		c := p.open(Open{Name: "bank/aChan", Flags: frame.Stream}, "\x01")
		p.c.Message(p.now, c, true, []byte(huge))
		p.drive()
		p.s.want(t, `Called bank/aChan "\x01"`, "Cancelled TOO_LARGE")
		p.result(p.s.calls[0], "fine")
		p.drive()
		if e := p.c.events[0]; e.Status != frame.TooLarge || e.Effect != Executed {
			t.Errorf("ended with %s", short(&e))
		}
		p.c.Forget(c)
		p.quiet()
	})
	t.Run("a message to the client", func(t *testing.T) {
		p := openPair(t, Config{}, cfg)
		c := p.open(Open{Name: "bank/aChan", Flags: frame.Stream}, "\x01")
		p.drive()
		p.s.Message(p.now, p.s.calls[0], true, []byte(huge))
		p.drive()
		p.c.want(t, "Resulted TOO_LARGE MaybeExecuted")
		p.c.Forget(c)
		p.s.want(t, `Called bank/aChan "\x01"`, "Cancelled CANCELLED")
		p.result(p.s.calls[0], "late")
		p.drive()
		p.c.want(t)
		p.quiet()
	})
	t.Run("a result", func(t *testing.T) {
		p := openPair(t, Config{}, Config{})
		c := p.open(Open{Name: "bank/a"}, "\x01")
		p.drive()
		p.result(p.s.calls[0], huge)
		p.drive()
		if e := p.c.events[0]; e.Status != frame.TooLarge || e.Effect != Executed {
			t.Errorf("ended with %s", short(&e))
		}
		p.c.Forget(c)
		p.quiet()
	})
}

func TestUnfinishedMessagesAreBounded(t *testing.T) {
	p := openPair(t, Config{}, Config{Params: frame.Params{ConnBytes: 1 << 30}})
	part := strings.Repeat("x", 60_000)
	var in []byte
	for i := range uint32(500) {
		in = append(in, call(1+2*i, frame.Stream, "\x01")...)
		in = append(in, raw(frame.Msg, frame.More, 0, 1+2*i, 0, part)...)
	}
	p.s.HandleInput(p.now, in)
	refused := 0
	for ev := p.s.Next(); ev != nil; ev = p.s.Next() {
		if ev.Kind == Cancelled && ev.Status == frame.ResourceExhausted {
			refused++
		}
		if p.s.assembled > p.s.limits.AssemblyBytes {
			t.Fatalf("%d bytes are being assembled", p.s.assembled)
		}
	}
	if want := 500 - DefaultLimits.AssemblyBytes/60_000; refused != want {
		t.Errorf("%d of 500 messages were refused, want %d", refused, want)
	}
}

func TestFewLargeBodiesAreUnderWayAtATime(t *testing.T) {
	plenty := frame.Params{StreamBytes: 1 << 20, ConnBytes: 1 << 24}
	p := openPair(t, Config{}, Config{Params: plenty})
	for range 64 {
		p.open(Open{Name: "bank/a", Flags: frame.Bytes}, strings.Repeat("x", 1<<20))
	}
	p.drive()
	open := map[uint32]bool{}
	for _, h := range headers(t, p.c.sent) {
		if h.Type == frame.Call || h.Type == frame.Msg {
			open[h.ID] = true
			if h.Flags&frame.More == 0 {
				delete(open, h.ID)
			}
		}
		if len(open) > maxWide {
			t.Fatalf("%d bodies are under way at %v, want at most %d", len(open), h, maxWide)
		}
	}
	p.s.pump()
	if got := len(p.s.calls); got != 64 {
		t.Fatalf("%d of 64 calls arrived", got)
	}
	for _, c := range p.s.calls {
		p.result(c, strings.Repeat("y", 1<<20))
	}
	p.drive()
	for _, e := range p.c.events {
		if e.Kind == Resulted && (e.Status != frame.OK || len(e.Payload) != 1<<20) {
			t.Fatalf("a call ended with %s", short(&e))
		}
		p.c.Forget(e.Call)
	}
	p.quiet()
	if p.c.wide != [3]uint8{} || p.s.wide != [3]uint8{} {
		t.Errorf("%v and %v large bodies are still counted", p.c.wide, p.s.wide)
	}
}
