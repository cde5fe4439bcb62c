package spectest

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/frame"
)

// violation is what a peer may do wrong, and the reason with which the reference must close.
type violation struct {
	req  string
	side session.Role // the side that sees it
	want frame.Reason
	do   func(d *side)
}

// head feeds a header without the payload that it may announce.
func (d *side) head(h frame.Header) { d.s.HandleInput(0, frame.AppendHeader(nil, h)); d.events() }

// started is a side in OPEN, in the state that the minimum gives.
func started(t *testing.T, role session.Role) *side {
	d := newSide(t, role, session.Config{Params: frame.MinParams})
	d.hello()
	return d
}

const (
	server = session.Server
	client = session.Client
)

func call(id uint32, flags frame.Flags, code uint16) frame.Header {
	return frame.Header{Type: frame.Call, Flags: flags, Code: code, ID: id}
}

func msg(id uint32, flags frame.Flags) frame.Header {
	return frame.Header{Type: frame.Msg, Flags: flags, ID: id}
}

// framed is a whole frame.
func framed(h frame.Header, payload []byte) []byte {
	h.Length = uint32(len(payload))
	return append(frame.AppendHeader(nil, h), payload...)
}

// unary is a payload of a CALL, padded to n bytes.
func unary(n int) []byte {
	b := append(frame.AppendCallHead(nil, 0, "abc/d", nil), 0x80)
	return append(b, make([]byte, max(n-len(b), 0))...)
}

var violations = []violation{
	{"F-201", server, frame.ReasonFrameTooLarge, func(d *side) {
		d.head(frame.Header{Length: 65537, Type: frame.Call, ID: 1})
	}},
	{"F-202", server, frame.ReasonProtocol, func(d *side) { d.head(frame.Header{Type: 0x7F}) }},
	{"F-204", server, frame.ReasonProtocol, func(d *side) { d.feed(call(1, frame.ClassMask, 0), unary(0)) }},
	{"F-204", server, frame.ReasonProtocol, func(d *side) { d.feed(call(1, frame.Stream|frame.Oneway, 0), unary(0)) }},
	{"F-204", client, frame.ReasonProtocol, func(d *side) {
		d.open(client)
		d.feed(frame.Header{Type: frame.Result, Flags: frame.Unprocessed, ID: 1}, nil)
	}},
	{"F-204", server, frame.ReasonFlow, func(d *side) { d.head(frame.Header{Type: frame.Credit, Code: 1, Aux: 1 << 31}) }},
	{"F-205", server, frame.ReasonProtocol, func(d *side) { d.feed(call(1, frame.More, 0), unary(1023)) }},
	{"F-206", server, frame.ReasonTimeout, func(d *side) {
		d.s.HandleInput(0, []byte{0})
		d.events()
		d.s.HandleTime(10 * time.Second)
	}},
	{"F-207", server, frame.ReasonProtocol, func(d *side) { d.feed(sample("RESULT", 1)) }},
	{"F-212", client, frame.ReasonProtocol, func(d *side) { d.hello() }},
	{"F-221", server, frame.ReasonProtocol, func(d *side) { d.feed(call(2, 0, 0), unary(0)) }},
	{"F-221", server, frame.ReasonProtocol, func(d *side) {
		d.feed(call(5, 0, 0), unary(0))
		d.feed(call(9, 0, 0), unary(0))
	}},
	{"F-221", server, frame.ReasonProtocol, func(d *side) {
		d.feed(call(5, 0, 0), unary(0))
		d.feed(call(3, 0, 0), unary(0))
	}},
	{"F-222", server, frame.ReasonIDsExhausted, func(d *side) { d.feed(call(0xFFFFFF03, 0, 0), unary(0)) }},
	{"F-223", server, frame.ReasonFlow, func(d *side) {
		for id := uint32(1); id <= 129; id += 2 {
			d.feed(call(id, 0, 0), unary(0))
		}
	}},
	{"F-224", server, frame.ReasonProtocol, func(d *side) { d.feed(call(1, 0, 1), nil) }},
	{"F-225", client, frame.ReasonProtocol, func(d *side) { d.feed(call(2, 0, 0), unary(0)) }},
	{"F-232", client, frame.ReasonProtocol, func(d *side) { d.feed(sample("RESULT", 1)) }},
	{"F-234", client, frame.ReasonProtocol, func(d *side) {
		d.open(client)
		d.feed(msg(1, frame.More), make([]byte, 1024))
		d.feed(sample("RESULT", 1))
	}},
	{"F-235", server, frame.ReasonProtocol, func(d *side) { d.feed(sample("RESULT", 1)) }},
	{"F-241", server, frame.ReasonProtocol, func(d *side) {
		d.feed(call(1, frame.More|frame.Bytes, 0), unary(1024))
		d.feed(msg(1, frame.Bytes), nil)
	}},
	{"F-242", server, frame.ReasonProtocol, func(d *side) {
		d.feed(call(1, 0, 0), unary(0))
		d.feed(sample("MSG", 1))
	}},
	{"F-243", server, frame.ReasonProtocol, func(d *side) {
		d.open(server)
		d.feed(sample("FINISH", 1))
		d.feed(sample("MSG", 1))
	}},
	{"F-244", server, frame.ReasonFlow, func(d *side) {
		d.open(server)
		for range 5 {
			d.feed(msg(1, frame.Bytes), make([]byte, 16384))
		}
	}},
	{"F-251", server, frame.ReasonProtocol, func(d *side) {
		d.feed(call(1, 0, 0), unary(0))
		d.feed(sample("FINISH", 1))
	}},
	{"F-251", server, frame.ReasonProtocol, func(d *side) {
		d.open(server)
		d.feed(sample("FINISH", 1))
		d.feed(sample("FINISH", 1))
	}},
	{"F-261", server, frame.ReasonProtocol, func(d *side) { d.feed(sample("CANCEL", 1)) }},
	{"F-271", server, frame.ReasonFlow, func(d *side) { d.head(frame.Header{Type: frame.Credit}) }},
	{"F-272", server, frame.ReasonFlow, func(d *side) {
		d.head(frame.Header{Type: frame.Credit, Aux: 1<<31 - 1})
	}},
	{"F-273", server, frame.ReasonProtocol, func(d *side) {
		d.open(server)
		d.head(frame.Header{Type: frame.Credit, Code: 1, ID: 1, Aux: 1})
	}},
	{"F-273", server, frame.ReasonProtocol, func(d *side) { d.feed(sample("CREDIT", 1)) }},
	{"F-291", client, frame.ReasonProtocol, func(d *side) {
		d.open(client)
		d.head(frame.Header{Type: frame.GoAway, Aux: 1})
		d.head(frame.Header{Type: frame.GoAway, Aux: 3})
	}},
	{"F-301", server, frame.ReasonProtocol, func(d *side) {
		d.feed(frame.Header{Type: frame.Bind, Code: 2}, []byte("abc/d"))
	}},
	{"F-302", server, frame.ReasonProtocol, func(d *side) {
		d.feed(frame.Header{Type: frame.Bind, Code: 1}, []byte("a/bcd"))
	}},
	{"F-303", client, frame.ReasonProtocol, func(d *side) {
		d.feed(frame.Header{Type: frame.Bind, Code: 1}, []byte("abc/d"))
	}},
	{"F-401", server, frame.ReasonFlow, func(d *side) { // five calls are within theirs
		var b []byte
		for id := uint32(1); id <= 9; id += 2 {
			b = append(b, framed(call(id, frame.More, 0), unary(16384))...)
		}
		d.s.HandleInput(0, b)
		d.events()
	}},
	{"F-402", client, frame.ReasonFlow, func(d *side) {
		d.open(client)
		d.head(frame.Header{Type: frame.Credit, ID: 1, Aux: 1<<31 - 1})
	}},
	{"F-403", server, frame.ReasonFlow, func(d *side) {
		d.open(server)
		d.s.Result(0, d.call, session.Result{}, nil)
		d.s.HandleInput(0, bytes.Repeat(framed(msg(1, 0), make([]byte, 16384)), 5))
		d.events()
	}},
	{"F-411", server, frame.ReasonProtocol, func(d *side) {
		d.open(server)
		d.feed(msg(1, frame.More), make([]byte, 1023))
	}},
	{"F-431", server, frame.ReasonProtocol, func(d *side) {
		d.open(server)
		d.feed(msg(1, frame.More), make([]byte, 1024))
		d.feed(sample("FINISH", 1))
	}},
	{"F-721", client, frame.ReasonTimeout, func(d *side) {
		d.open(client)
		for i := range time.Duration(3) {
			d.s.HandleTime((i + 1) * 30 * time.Second)
		}
	}},
	{"F-731", server, frame.ReasonCalm, func(d *side) {
		for range 1001 {
			d.feed(sample("PING", 0))
		}
	}},
}

// strangers are violations before OPEN: by what is fed first.
var strangers = []violation{
	{"F-211", server, frame.ReasonProtocol, func(d *side) { d.feed(call(1, 0, 0), unary(0)) }},
	{"F-211", client, frame.ReasonProtocol, func(d *side) { d.feed(sample("RESULT", 1)) }},
	{"F-213", server, frame.ReasonBadVersion, func(d *side) {
		d.head(frame.Header{Type: frame.Hello, Code: 3, ID: frame.Magic, Aux: 2})
	}},
	{"F-213", client, frame.ReasonBadVersion, func(d *side) {
		d.head(frame.Header{Type: frame.Hello, Code: 2, ID: frame.Magic})
	}},
	{"F-214", server, frame.ReasonTimeout, func(d *side) { d.s.HandleTime(5 * time.Second) }},
	{"F-214", client, frame.ReasonTimeout, func(d *side) { d.s.HandleTime(5 * time.Second) }},
	{"F-215", server, frame.ReasonProtocol, func(d *side) {
		d.feed(helloOf(frame.Header{Aux: 1}), param(1, []byte{0, 0, 0, 0}))
	}},
}

// byOthers are requirements about a whole endpoint: it alone can accept credentials, and knows
// whether it has room.
var byOthers = []string{"F-217", "F-218"}

func TestReferenceClosesAsRequired(t *testing.T) {
	tried := slices.Clone(byOthers)
	run := func(v violation, d *side) {
		v.do(d)
		var fault *session.Fault
		if !errors.As(d.s.Err(), &fault) || fault.Reason != v.want {
			t.Errorf("%s: ended with %v, want %v", v.req, d.s.Err(), v.want)
		}
		tried = append(tried, v.req)
		var last frame.Header
		for out := d.s.TakeOutput(nil); len(out) > 0; {
			last, _ = frame.ConsumeHeader(out)
			out = out[frame.HeaderSize+int(last.Length):]
		}
		if last.Type != frame.GoAway || last.Code != uint16(v.want) {
			t.Errorf("%s: the last frame is %v, want GOAWAY %v (F-711)", v.req, last, v.want)
		}
	}
	for _, v := range violations {
		run(v, started(t, v.side))
	}
	for _, v := range strangers {
		run(v, newSide(t, v.side, session.Config{Params: frame.MinParams}))
	}
	for _, r := range requirements(t) {
		if r.Closes != nil && !slices.Contains(tried, r.Req) {
			t.Errorf("%s closes with %v, and no case tries it", r.Req, r.Closes)
		}
		for _, v := range append(slices.Clone(violations), strangers...) {
			if v.req == r.Req && !slices.Contains(r.Closes, v.want.String()) {
				t.Errorf("%s: the case wants %v, SPEC.md says %v", r.Req, v.want, r.Closes)
			}
		}
	}
}

// TestReferenceFailsCallsAsRequired: what is wrong with a payload ends its call, unprocessed, and
// the next call is served.
func TestReferenceFailsCallsAsRequired(t *testing.T) {
	ext := func(block ...byte) []byte {
		return append(frame.AppendResultHead(nil, block), 0x80)
	}
	var many []byte
	for id := range 65 {
		many = frame.AppendExtension(many, uint8(0x80+id), nil)
	}
	for _, c := range []struct {
		req, what string
		flags     frame.Flags
		payload   []byte
	}{
		{"F-501", "a name of another alphabet", 0, append(frame.AppendCallHead(nil, 0, "a b/c", nil), 0x80)},
		{"F-511", "no head", 0, nil},
		{"F-511", "a short name", 0, []byte{4, 0, 'a', '/', 'b', 'c'}},
		{"F-511", "a name that is cut", 0, []byte{9, 0, 'a'}},
		{"F-521", "an extension twice", frame.Ext, named(ext(0x81, 0, 0, 0x81, 0, 0))},
		{"F-521", "an extension that is cut", frame.Ext, named(ext(0x81, 1, 0))},
		{"F-521", "65 extensions", frame.Ext, named(ext(many...))},
		{"F-522", "a critical extension", frame.Ext, named(ext(0x07, 0, 0))},
	} {
		d := started(t, server)
		d.s.TakeOutput(nil)
		d.feed(call(1, c.flags, 0), c.payload)
		h, _ := frame.ConsumeHeader(d.s.TakeOutput(nil))
		got := fmt.Sprint(h.Type, h.ID, frame.Status(h.Code), h.Flags&frame.Unprocessed)
		if want := fmt.Sprint(frame.Result, 1, frame.InvalidArgument, frame.Unprocessed); got != want {
			t.Errorf("%s, %s: got %s, want %s", c.req, c.what, got, want)
		}
		d.kinds = nil
		if d.feed(call(3, 0, 0), unary(0)); !slices.Contains(d.kinds, session.Called) {
			t.Errorf("%s, %s: the next call is not served: %v", c.req, c.what, d.s.Err())
		}
	}
}

// named puts a name in front of an extension block and arguments.
func named(rest []byte) []byte { return append(frame.AppendCallHead(nil, 0, "abc/d", nil), rest...) }
