package abuse

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/leverrpc/lever/engine"
	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/frame"
)

// bind is a BIND of a method of the test server.
func bind(number uint16, method string) []byte {
	return raw(frame.Bind, 0, number, 0, 0, service+"/"+method)
}

// TestAbuseA14Interning binds all the names that it may, and calls them often: nothing is kept for
// a call but its number.
func TestAbuseA14Interning(t *testing.T) {
	const names = 1024
	siege(t, order{Params: frame.Params{MaxBindings: names}}, 1<<20, func(c *child) {
		s := openSlots(t, c.addr)
		for i := range names - 1 {
			name := fmt.Sprintf("%0*d", frame.MaxMethod, i)
			if i%2 == 0 {
				name = name[:200] // of no use to anybody
			}
			s.p.send(bind(uint16(i+1), name))
		}
		s.p.send(bind(names, "echo"))
		for i := range times(5_000, 1_000_000) {
			id, ok := s.take()
			if !ok {
				t.Fatal("the connection ended")
			}
			number := uint16(names)
			if i%2 == 0 {
				number = uint16(1 + i%names)
			}
			s.p.send(raw(frame.Call, frame.Bytes, number, id, 0, "x"))
		}
		s.p.wantOpen()
		s.p.send(bind(names+1, "echo"))
		s.p.wantClosed(frame.ReasonProtocol)
	})
}

// TestAbuseA16TablePoisoning has calls refused in every way between BINDs. A call changes nothing,
// so both sides mean the same by each number afterwards.
func TestAbuseA16TablePoisoning(t *testing.T) {
	addr, _ := serve(t, transport.Config{})
	p := greetPeer(t, addr, wide)
	id := uint32(1)
	next := func() uint32 { id += 2; return id - 2 }
	ext := frame.AppendExtension(nil, 0x7F, nil) // critical and unknown
	refusals := []func(){
		func() { p.send(call(next(), 0, "nope", "x")) },
		func() { p.send(raw(frame.Call, 0, 0, next(), 0, "")) },
		func() { p.send(raw(frame.Call, 0, 0, next(), 0, "\xff\xff")) },
		func() { p.send(raw(frame.Call, frame.Ext, 0, next(), 0, "\x0a\x00abuse/echo\xff\xff")) },
		func() { p.send(callExt(next(), 0, "echo", ext, "")) },
		func() { p.send(call(next(), 0, "_private", "")) },
		func() { p.send(stream(next(), "echo")) },
		func() { p.send(callArgs(next(), "any", "\x41")) },
		func() { p.send(raw(frame.Call, 0, 0, next(), 1, "\x05\x00/////")) }, // and 1 µs left
		func() { n := next(); p.send(call(n, 0, "slow", ""), cancel(n)) },
		func() {
			n := next()
			p.send(call(n, frame.More, "echo", string(make([]byte, 2000))), cancel(n),
				raw(frame.Msg, 0, 0, n, 0, "late"))
		},
	}
	bound := []string{"echo", "big", "nope", "work", "echo", "any"}
	for i, name := range bound {
		for _, refuse := range refusals {
			refuse()
		}
		p.send(bind(uint16(i+1), name))
	}
	want := map[string]string{"echo": size(3), "work": size(3), "big": "\x00\x00\x00"}
	for i, name := range bound {
		n := next()
		p.send(raw(frame.Call, frame.Bytes, uint16(i+1), n, 0, size(3)))
		h, body := p.awaitResult(n)
		if text, ok := want[name]; ok && (h.Code != 0 || string(body) != text) {
			t.Errorf("number %d, which is %s, gave %v %q", i+1, name, h, body)
		} else if !ok && h.Code == 0 {
			t.Errorf("number %d, which is %s, was served: %q", i+1, name, body)
		}
	}
}

// TestAbuseA32AllTypesAndFlags gives every type with every flag to a session in every state.
func TestAbuseA32AllTypesAndFlags(t *testing.T) {
	count := 0
	for name, prepare := range states {
		for typ := range 256 {
			known := typ <= int(frame.Bind)
			for flags := range 256 {
				if !*full && !known && flags&(flags-1) != 0 {
					continue // one flag at a time will do
				}
				ids, payloads := []uint32{0, 1, 3, 5, 4}, []string{"", "\x01"}
				if !*full && (!known || flags&(flags-1) != 0) {
					ids, payloads = ids[1:4], payloads[:1]
				}
				for _, id := range ids {
					for _, payload := range payloads {
						s := prepare()
						s.feed(1, raw(frame.Type(typ), frame.Flags(flags), 0, id, 0, payload))
						checkSane(t, s, name, typ, flags)
						count++
					}
				}
			}
			if t.Failed() {
				return
			}
		}
	}
	t.Logf("%d frames", count)
}

// states makes sessions that have call 1 in flight, stream 3, and no call 5 yet, where their state
// allows calls.
var states = map[string]func() *core{
	"a server that waits for HELLO": func() *core {
		return &core{Session: session.New(session.Config{}, session.Server, 0)}
	},
	"an open server":    openServer,
	"a draining server": func() *core { s := openServer(); s.Drain(); s.output(); return s },
	"a server that is closed": func() *core {
		s := openServer()
		s.Close(frame.ReasonNone, "")
		return s
	},
	"a drained server": func() *core {
		s := openServer()
		s.Drain()
		sent, _ := cut(s.output())
		for _, h := range sent {
			if h.Type == frame.Ping {
				s.feed(0, raw(frame.Ping, 0, 1, 0, h.Aux, ""))
			}
		}
		s.output()
		return s
	},
	"a client that waits for HELLO": func() *core {
		return &core{Session: session.New(session.Config{}, session.Client, 0)}
	},
	"an open client": openClient,
	"a draining client": func() *core {
		s := openClient()
		s.feed(0, raw(frame.GoAway, 0, 0, 0, frame.NoLastID, ""))
		return s
	},
	"a client with cancelled calls": func() *core {
		s := openClient()
		for _, c := range s.calls {
			s.Cancel(0, c, frame.Caller)
		}
		return s
	},
}

func openServer() *core {
	s := newCore(session.Config{}, session.Server, wide)
	s.feed(0, call(1, 0, "wait", ""), stream(3, "idleChan"))
	s.output()
	return s
}

func openClient() *core {
	s := newCore(session.Config{}, session.Client, wide)
	unary, stream := session.Open{Name: "abuse/wait"}, session.Open{Name: "abuse/idleChan"}
	stream.Flags = frame.Stream
	for _, o := range []session.Open{unary, stream} {
		c, err := s.Open(0, &o, []byte("\x80"))
		if err != nil {
			panic(err)
		}
		s.calls = append(s.calls, c)
	}
	s.output()
	return s
}

// checkSane checks that a session is well after a frame: either it goes on, or it says goodbye.
func checkSane(t *testing.T, s *core, state string, typ, flags int) {
	out := s.output()
	for _, h := range headers(t, out) {
		if err := h.Check(); err != nil {
			t.Errorf("%s sent %v after type %#x with flags %#x: %v", state, h, typ, flags, err)
		}
	}
	if s.Closed() && (s.HasOutput() || s.HasEvents() || len(out) > 1024*16) {
		t.Errorf("%s is closed after type %#x with flags %#x and goes on", state, typ, flags)
	}
}

// TestAbuseA40PriorityChurn tries to change a call's priority: nothing can. The class is part of
// the CALL; the bits elsewhere, and the types that other protocols have for it, are refused.
func TestAbuseA40PriorityChurn(t *testing.T) {
	for typ := frame.Type(0x0B); typ < 0x80; typ++ {
		s := openServer()
		s.feed(0, raw(typ, 0, 0, 1, 0, "\x00\x00\x00\x03\x10"))
		wantFault(t, s.Err(), frame.ReasonProtocol)
	}
	for _, typ := range []frame.Type{frame.Msg, frame.Finish, frame.Cancel, frame.Credit} {
		for _, class := range []frame.Flags{frame.Urgent, frame.Bulk} {
			s := openServer()
			s.feed(0, raw(typ, class, 0, 3, 1, ""))
			wantFault(t, s.Err(), frame.ReasonProtocol)
		}
	}
	s := openServer()
	s.feed(0, call(5, frame.Urgent|frame.Bulk, "echo", ""))
	wantFault(t, s.Err(), frame.ReasonProtocol)
}

// TestAbuseA43NameForms spells a method in every other way. Who authorises by name must see one
// spelling or none.
func TestAbuseA43NameForms(t *testing.T) {
	var mu sync.Mutex
	var seen []string
	srv := engine.NewServer(engine.ServerConfig{
		Service: service, Logger: quiet, Workers: -1,
		Intercept: func(ctx context.Context, method string, next func(context.Context) error) error {
			mu.Lock()
			seen = append(seen, method)
			mu.Unlock()
			return next(ctx)
		},
	})
	if err := srv.Add(methods(&gauge{})...); err != nil {
		t.Fatal(err)
	}
	p := greetPeer(t, start(t, srv), wide)
	forms := []string{
		"/abuse/echo", "abuse//echo", "Abuse/echo", "abuse/Echo", "abuse/echo ", " abuse/echo",
		"abuse/echo/", "abuse/echo\x00", "abuse\x00/echo", "abuse/ech\xc1\xaf", "abuse/\xe2\x85\xb0cho",
		"abuse%2Fecho", "abuse/%65cho", "abuse/./echo", "abuse/../abuse/echo", "abuse\\echo",
		"abuse.echo", "abuse/echo\n", "ABUSE/ECHO", "abuse/e\u0301cho", "abuse/echo?x", "abuse/echo#",
		"abuse/_echo", "lever://x/abuse/echo", "a/b", "abuse/", "/echo", "abuse/\xff",
		strings.Repeat("a", 256) + "/echo", "abuse/" + strings.Repeat("e", 256),
	}
	id := uint32(1)
	for _, name := range forms {
		head := frame.AppendCallHead(nil, 0, name, nil)
		p.send(raw(frame.Call, frame.Bytes, 0, id, 0, string(head)+"x"))
		h, _ := p.awaitResult(id)
		if h.Code == 0 || h.Flags&frame.Unprocessed == 0 {
			t.Errorf("%q was served: %v", name, h)
		}
		id += 2
		q := greetPeer(t, strings.TrimSpace(srv.Addrs()[0]), wide)
		q.send(raw(frame.Bind, 0, 1, 0, 0, name), raw(frame.Call, frame.Bytes, 1, 1, 0, "x"))
		if h, _, err := q.next(); err == nil && h.Type == frame.Hello {
			if h, _, err = q.next(); err == nil && h.Type == frame.Result && h.Code == 0 {
				t.Errorf("%q was served by its number", name)
			}
		}
		q.nc.Close()
	}
	p.send(call(id, 0, "work", "x"))
	p.awaitResult(id)
	mu.Lock()
	defer mu.Unlock()
	if len(seen) != 1 || seen[0] != "abuse/work" {
		t.Errorf("the authoriser saw %q, want only abuse/work", seen)
	}
}
