package session

import (
	"bytes"
	"testing"

	"github.com/leverrpc/lever/frame"
	"github.com/leverrpc/lever/pool"
)

func TestOutputInPartsIsTheSame(t *testing.T) {
	before, _ := pool.Live()
	payload, large := bytes.Repeat([]byte("0123456789"), 10_000), 0
	fill := func() *pair {
		p := openPair(t, Config{}, Config{})
		for i := range 5 {
			o := Open{Name: "bank/put", Flags: frame.Bytes, Lent: i%2 == 0}
			if i == 2 {
				o.Ext = frame.AppendExtension(nil, frame.ExtMetadata, make([]byte, 3000))
			}
			p.open(o, string(payload[:20_000*(i+1)]))
			p.open(Open{Name: "bank/get"}, "small")
		}
		c := p.open(Open{Name: "bank/aChan", Flags: frame.Stream}, "")
		p.c.Message(p.now, c, true, payload[:30_000])
		return p
	}
	a, b := fill(), fill()
	for {
		want := bytes.Clone(a.c.TakeOutput(nil))
		var parts Parts
		buf := b.c.TakeParts(nil, &parts)
		var got []byte
		from := 0
		for _, part := range parts.List {
			got = append(append(got, buf[from:part.At]...), part.Data...)
			from = part.At
		}
		large += len(parts.List)
		parts.Release()
		if got = append(got, buf[from:]...); !bytes.Equal(got, want) {
			t.Fatalf("%d bytes with %d parts, want the %d that are copied", len(got), len(parts.List), len(want))
		}
		if want == nil {
			break
		}
		if len(got) > DefaultLimits.OutputBytes+outputSlack {
			t.Errorf("%d bytes at once", len(got))
		}
		for _, p := range []*pair{a, b} {
			p.s.HandleInput(p.now, want)
			p.s.pump()
			p.c.HandleInput(p.now, p.s.TakeOutput(nil))
			p.c.pump()
		}
	}
	a.c.HandleEnd(nil)
	b.c.HandleEnd(nil)
	a.c.pump()
	b.c.pump()
	if large < 10 {
		t.Errorf("%d parts in all", large)
	}
	if n, ok := pool.Live(); ok && n != before {
		t.Errorf("%d buffers were not released", n-before)
	}
}

func TestAPartSaysWhoseMemoryItIs(t *testing.T) {
	p := openPair(t, Config{}, Config{})
	payload := bytes.Repeat([]byte("x"), 40_000)
	c, err := p.c.Open(p.now, &Open{Name: "bank/put", Flags: frame.Bytes, Lent: true}, payload)
	if err != nil {
		t.Fatal(err)
	}
	var parts Parts
	p.c.TakeParts(nil, &parts)
	if l := parts.List; len(l) == 0 || !l[0].Lent || &l[0].Data[0] != &payload[0] {
		t.Errorf("%d parts of memory that is lent", len(l))
	}
	parts.Release()
	p.c.Cancel(p.now, c, frame.Caller)

	body := pool.Copy(payload)
	p.s.HandleInput(p.now, call(1, 0, ""))
	p.s.pump()
	p.s.Result(p.now, p.s.calls[0], Result{Flags: frame.Bytes, Body: body}, body.B)
	p.s.TakeParts(nil, &parts)
	l := parts.List
	if len(l) == 0 || l[0].Lent || &l[0].Data[0] != &body.B[0] {
		t.Fatalf("%d parts of memory that was given", len(l))
	}
	if l[0].Data[0] != 'x' { // a reference holds it, though all is taken
		t.Error("the memory was used again before it was sent")
	}
	parts.Release()
}
