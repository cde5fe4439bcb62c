// Package fuzz holds the fuzz targets of all packages, each with the laws it asserts.
package fuzz

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"

	"github.com/leverrpc/lever/frame"
)

// FuzzHeader: 16 bytes and a Header are the same thing; Check never contradicts itself.
func FuzzHeader(f *testing.F) {
	f.Add(frame.AppendHeader(nil, frame.Header{Type: frame.Hello, Code: 1, ID: frame.Magic, Aux: 1}))
	f.Add(frame.AppendHeader(nil, frame.Header{Type: frame.Call, Flags: 0xFF, ID: 1}))
	f.Add([]byte("GET / HTTP/1.1\r\n\r\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		h, n := frame.ConsumeHeader(b)
		if len(b) < frame.HeaderSize {
			if n != 0 {
				t.Fatalf("took %d of %d bytes", n, len(b))
			}
			return
		}
		if got := frame.AppendHeader(nil, h); n != frame.HeaderSize || !bytes.Equal(got, b[:n]) {
			t.Fatalf("%x came back as %x", b[:n], got)
		}
		err := h.Check()
		if err != nil && (err.Reason == frame.ReasonNone || err.Text == "") {
			t.Fatalf("%v: refused without a reason or words", h)
		}
		if err == nil && (h.Length > frame.MaxLength || !h.Type.Known() && !h.Type.Ignorable()) {
			t.Fatalf("%v: allowed", h)
		}
		if strings.ContainsAny(h.String(), "\r\n") {
			t.Fatalf("not one line: %q", h.String())
		}
	})
}

// FuzzHelloParams: what was accepted can be announced again and reads the same; the order of the
// parameters and unknown ones change nothing.
func FuzzHelloParams(f *testing.F) {
	f.Add(frame.AppendParams(nil, frame.MinParams, 1))
	f.Add(frame.AppendParams(nil, frame.Params{Calls: 100, Features: 1, Auth: []byte("a"), Peer: "p"}, 9))
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := frame.ConsumeParams(b)
		if err != nil {
			return
		}
		q, err := frame.ConsumeParams(frame.AppendParams(nil, p, uint64(len(b))))
		if err != nil || fmt.Sprintf("%#v", canonical(p)) != fmt.Sprintf("%#v", canonical(q)) {
			t.Fatalf("%+v came back as %+v, %v", p, q, err)
		}
		back, err := frame.ConsumeParams(reversed(b))
		if err != nil || fmt.Sprintf("%#v", p) != fmt.Sprintf("%#v", back) {
			t.Fatalf("in the other order %+v is %+v, %v", p, back, err)
		}
	})
}

// canonical makes an empty Auth equal to an absent one.
func canonical(p frame.Params) frame.Params {
	p.Auth = append([]byte{}, p.Auth...)
	return p
}

// reversed gives the parameters of a well-formed HELLO payload in the other order.
func reversed(b []byte) []byte {
	var out []byte
	for len(b) > 0 {
		n := 4 + int(binary.LittleEndian.Uint16(b[2:]))
		out = append(bytes.Clone(b[:n]), out...)
		b = b[n:]
	}
	return out
}

// FuzzExt: a block is the list of its entries; the checks agree with a plain count; FindExtension
// agrees with the list.
func FuzzExt(f *testing.F) {
	f.Add(frame.AppendExtension(nil, frame.ExtResource, []byte("acct-42")))
	f.Add([]byte{0x81, 0, 0, 0x81, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		var rebuilt []byte
		values := map[uint8][]byte{}
		entries, counted, twice, critical := 0, 0, false, false
		rest := b
		for {
			e, n := frame.ConsumeExtension(rest)
			if n <= 0 {
				break
			}
			if _, ok := values[e.ID]; ok {
				twice = true
			} else {
				values[e.ID] = e.Value
			}
			entries++
			counted += len(e.Value) + frame.ExtOverhead
			critical = critical || e.ID < 0x80 && e.ID != frame.ExtResource && e.ID != frame.ExtView
			rebuilt = frame.AppendExtension(rebuilt, e.ID, e.Value)
			rest = rest[n:]
		}
		want := len(rest) == 0 && len(b) <= 4096 && entries <= 64 && counted <= 4096 && !twice && !critical
		if err := frame.CheckExtensions(b); (err == nil) != want {
			t.Fatalf("%x: got %v, want accepted=%v", b, err, want)
		}
		if !bytes.Equal(append(rebuilt, rest...), b) {
			t.Fatalf("%x came back as %x", b, rebuilt)
		}
		for id := range 256 {
			v, ok := frame.FindExtension(b, uint8(id))
			if w, there := values[uint8(id)]; ok != there || !bytes.Equal(v, w) {
				t.Fatalf("%x: found %x, %v under %#x, want %x, %v", b, v, ok, id, w, there)
			}
		}
	})
}

// FuzzCallHead: what was read can be written again to the same bytes, and no part of it suffices.
func FuzzCallHead(f *testing.F) {
	f.Add(uint16(0), true, frame.AppendCallHead(nil, 0, "bank/get", []byte{0x81, 0, 0}))
	f.Add(uint16(4), true, frame.AppendCallHead(nil, 4, "", []byte{0x81, 0, 0}))
	f.Fuzz(func(t *testing.T, code uint16, ext bool, p []byte) {
		h := frame.Header{Type: frame.Call, Code: code, ID: 1}
		if ext {
			h.Flags = frame.Ext
		}
		head, n, err := frame.ConsumeCallHead(h, p)
		if err != nil {
			if n != 0 {
				t.Fatalf("took %d bytes with %v", n, err)
			}
			return
		}
		if emptyBlock := ext && len(head.Ext) == 0; !emptyBlock {
			if got := frame.AppendCallHead(nil, code, string(head.Name), head.Ext); !bytes.Equal(got, p[:n]) {
				t.Fatalf("%x came back as %x", p[:n], got)
			}
		}
		for i := range n {
			if _, _, err := frame.ConsumeCallHead(h, p[:i]); err == nil {
				t.Fatalf("%x: %d of %d bytes suffice", p, i, n)
			}
		}
	})
}

// FuzzExplain: each line is one line; what comes after a frame does not change its line, and any cut
// of a frame is told as incomplete.
func FuzzExplain(f *testing.F) {
	hello := frame.AppendParams(nil, frame.MinParams, 3)
	f.Add(append(frame.AppendHeader(nil, frame.Header{
		Length: uint32(len(hello)), Type: frame.Hello, Code: 1, ID: frame.Magic, Aux: 1}), hello...))
	f.Add(append(frame.AppendHeader(nil, frame.Header{Length: 10, Type: frame.Call, ID: 1}),
		frame.AppendCallHead(nil, 0, "bank/get", nil)...))
	f.Fuzz(func(t *testing.T, b []byte) {
		for len(b) > 0 {
			line, n := frame.Explain(b)
			if strings.ContainsAny(line, "\r\n") {
				t.Fatalf("not one line: %q", line)
			}
			if n == 0 {
				return
			}
			if alone, m := frame.Explain(b[:n]); alone != line || m != n {
				t.Fatalf("alone: %d %s\nin the stream: %d %s", m, alone, n, line)
			}
			if cut, m := frame.Explain(b[:n-1]); m != 0 || !strings.Contains(cut, "incomplete") {
				t.Fatalf("a byte short: %d %s", m, cut)
			}
			b = b[n:]
		}
	})
}
