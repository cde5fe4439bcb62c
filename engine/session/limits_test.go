package session

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/leverrpc/lever/frame"
)

// bounds are all limits of a connection that are configured here: the fields of Limits, and those
// of frame.Params.
func bounds() (names []string) {
	for _, of := range []any{Limits{}, frame.Params{}} {
		for _, f := range reflect.VisibleFields(reflect.TypeOf(of)) {
			names = append(names, f.Name)
		}
	}
	return names
}

// TestEveryLimitHoldsToTheLastUnit goes up to each limit, and one unit beyond.
func TestEveryLimitHoldsToTheLastUnit(t *testing.T) {
	for _, name := range bounds() {
		switch name {
		case "Features", "Incarnation", "KeepMS":
			continue // words of the application's, and no limits
		}
		cross := crossings[name]
		if cross == nil {
			t.Errorf("no test crosses %s", name)
			continue
		}
		t.Run(name, func(t *testing.T) {
			if cross(t, 0) {
				t.Error("what the limit allows was refused")
			}
			if !cross(t, 1) {
				t.Error("one more than the limit was allowed")
			}
		})
	}
}

// TestALimitOutOfRangeIsNamedAndBroughtIntoRange tries each field of Limits far outside.
func TestALimitOutOfRangeIsNamedAndBroughtIntoRange(t *testing.T) {
	for i, f := range reflect.VisibleFields(reflect.TypeOf(Limits{})) {
		var cfg Config
		reflect.ValueOf(&cfg.Limits).Elem().Field(i).SetInt(-1)
		err := cfg.Check()
		if err == nil || !strings.Contains(err.Error(), "session: Limits."+f.Name+" is -1") ||
			!strings.Contains(err.Error(), "want ") {
			t.Errorf("%s of -1: %v", f.Name, err)
		}
		s := New(cfg, Server, 0)
		if got := reflect.ValueOf(*s.limits).Field(i).Int(); got < 1 {
			t.Errorf("%s of -1 became %d", f.Name, got)
		}
	}
}

func TestAParameterOutOfRangeIsNamedAndBroughtIntoRange(t *testing.T) {
	for _, c := range []struct {
		params frame.Params
		text   string
	}{
		{frame.Params{Calls: 10}, "CALLS is 10, expected 64 to 1048576"},
		{frame.Params{ConnBytes: 1000}, "CONN_BYTES is 1000"},
		{frame.Params{MaxFrame: 1 << 24}, "MAX_FRAME is 16777216"},
		{frame.Params{IdleMS: 99}, "IDLE_MS is 99"},
		{frame.Params{Auth: make([]byte, 4000)}, "AUTH has 4000 bytes"},
		{frame.Params{Peer: strings.Repeat("x", 256)}, "PEER has 256 bytes"},
		{frame.Params{Environment: "\xff"}, "ENVIRONMENT is not UTF-8"},
	} {
		cfg := Config{Params: c.params}
		if err := cfg.Check(); err == nil || !strings.Contains(err.Error(), c.text) {
			t.Errorf("got %v, want %q", err, c.text)
		}
		p := openPair(t, Config{}, cfg) // what is announced is also what holds
		got, want := p.c.remote, *p.s.local
		got.Auth, got.Peer, got.Environment = want.Auth, want.Peer, want.Environment
		if !reflect.DeepEqual(got, want) {
			t.Errorf("announced %+v, holds %+v", got, want)
		}
	}
	if err := (Config{NoIdle: true, NoBindings: true}).Check(); err != nil {
		t.Errorf("no idle time and no bindings: %v", err)
	}
}

// crossings go as far as the limit of their name allows, and over units further; true: that was
// not taken.
var crossings = map[string]func(t *testing.T, over int) bool{
	"HelloTimeout": func(t *testing.T, over int) bool {
		s := New(Config{}, Server, 0)
		s.HandleTime(DefaultLimits.HelloTimeout - 1 + time.Duration(over))
		return s.Closed()
	},
	"FrameTimeout": func(t *testing.T, over int) bool {
		s := greeted(t, Config{})
		s.give(call(1, 0, "")[:20])
		s.HandleTime(DefaultLimits.FrameTimeout - 1 + time.Duration(over))
		return s.Closed()
	},
	"CreditTimeout": func(t *testing.T, over int) bool {
		s := greeted(t, Config{Limits: Limits{CreditTimeout: time.Second}})
		s.give(call(1, 0, ""))
		s.Result(0, s.calls[0], Result{}, make([]byte, 2<<20))
		s.take()
		s.HandleTime(time.Second)
		s.HandleTime(2*time.Second - 1 + time.Duration(over))
		return s.Closed()
	},
	"IdleMS": func(t *testing.T, over int) bool {
		s := greeted(t, Config{})
		s.give(call(1, 0, ""))
		idle := time.Duration(DefaultParams.IdleMS) * time.Millisecond
		for _, now := range []time.Duration{idle, 2 * idle, 3*idle - 1 + time.Duration(over)} {
			s.HandleTime(now)
		}
		return s.Closed()
	},
	"AssemblyBytes": func(t *testing.T, over int) bool {
		s := greeted(t, Config{Params: roomy, Limits: Limits{AssemblyBytes: 5 << 20}})
		s.give(call(1, frame.Stream, ""), call(3, frame.Stream, ""))
		s.give(raw(frame.Msg, frame.More, 0, 1, 0, zeros(3<<20)))
		s.give(raw(frame.Msg, frame.More, 0, 3, 0, zeros(2<<20+over)))
		return s.calls[1].failed == frame.ResourceExhausted
	},
	"PieceBytes": func(t *testing.T, over int) bool {
		s := greeted(t, Config{Limits: Limits{PieceBytes: 10_000}})
		s.give(call(1, frame.Stream, ""), raw(frame.Msg, frame.More, 0, 1, 0, zeros(8_000)))
		s.HandleInput(0, raw(frame.Msg, 0, 0, 1, 0, zeros(2_000+over)))
		ev := s.Next()
		return len(ev.More) > 0
	},
	"BodyTimeout": func(t *testing.T, over int) bool {
		s := greeted(t, Config{Params: roomy})
		s.give(call(1, frame.Stream, ""), raw(frame.Msg, frame.More, 0, 1, 0, zeros(2000)))
		s.HandleTime(DefaultLimits.BodyTimeout)
		s.HandleTime(2*DefaultLimits.BodyTimeout - 1 + time.Duration(over))
		return s.calls[0].failed == frame.ResourceExhausted
	},
	"UnreadBytes": func(t *testing.T, over int) bool {
		s := greeted(t, Config{Params: roomy, Limits: Limits{UnreadBytes: 5000}})
		s.give(call(1, frame.Stream, ""), raw(frame.Msg, 0, 0, 1, 0, zeros(5000+over)))
		return s.withheld > 0
	},
	"ResultBytes": func(t *testing.T, over int) bool {
		s := greeted(t, Config{Limits: Limits{ResultBytes: 20_000}})
		s.give(call(1, 0, ""), call(3, 0, ""))
		s.Result(0, s.calls[0], Result{}, make([]byte, 20_000-1+over))
		s.Result(0, s.calls[1], Result{}, make([]byte, 20_000))
		return s.backlog.bytes < 30_000
	},
	"OutputBytes": func(t *testing.T, over int) bool {
		s := greeted(t, Config{Limits: Limits{OutputBytes: 1000}})
		s.give(call(1, frame.Stream, ""))
		s.Message(0, s.calls[0], true, make([]byte, 1000-frame.HeaderSize-1+over))
		s.Message(0, s.calls[0], true, nil)
		return len(s.calls[0].send.queue) > 0
	},
	"Replies": func(t *testing.T, over int) bool {
		s := greeted(t, Config{Limits: Limits{Replies: 16}})
		s.give(strings.Repeat(string(raw(frame.Ping, 0, 0, 0, 1, "")), 2*16+over))
		return s.Closed()
	},
	"Glitches": func(t *testing.T, over int) bool {
		s := greeted(t, Config{Limits: Limits{Glitches: 1500}})
		s.give(strings.Repeat(string(raw(0x9A, 0, 0, 0, 0, "")), 1500+over))
		return s.Closed()
	},
	"GlitchRefill": func(t *testing.T, over int) bool {
		s := greeted(t, Config{Limits: Limits{GlitchRefill: 50}})
		s.give(strings.Repeat(string(raw(0x9A, 0, 0, 0, 0, "")), 1000))
		s.HandleTime(time.Second)
		s.give(strings.Repeat(string(raw(0x9A, 0, 0, 0, 0, "")), 50+over))
		return s.Closed()
	},
	"MaxFrame": func(t *testing.T, over int) bool {
		s := greeted(t, Config{Params: frame.Params{MaxFrame: 20_000}})
		h := frame.Header{Type: frame.Call, Length: uint32(20_000 + over), ID: 1}
		s.give(frame.AppendHeader(nil, h))
		return s.Closed()
	},
	"MaxMessage": func(t *testing.T, over int) bool {
		s := greeted(t, Config{Params: roomy})
		s.give(call(1, frame.Stream, ""), raw(frame.Msg, frame.More, 0, 1, 0, zeros(3<<20)))
		s.give(raw(frame.Msg, 0, 0, 1, 0, zeros(1<<20+over)))
		return s.calls[0].failed == frame.TooLarge
	},
	"Calls": func(t *testing.T, over int) bool {
		s := greeted(t, Config{Params: frame.Params{Calls: 100}})
		for i := range uint32(100 + over) {
			s.give(call(1+2*i, 0, ""))
		}
		return s.Closed()
	},
	"ConnBytes": func(t *testing.T, over int) bool {
		p := roomy
		p.ConnBytes = 100_000
		return tooMany(t, p, 100_000+over)
	},
	"StreamBytes": func(t *testing.T, over int) bool {
		p := roomy
		p.StreamBytes = 100_000
		return tooMany(t, p, 100_000+over)
	},
	"WindowBytes": func(t *testing.T, over int) bool {
		s := newSink(t, nil)
		s.limits = &Limits{WindowBytes: 1 << 20, Replies: 1000}
		for now := time.Second; now < 4*time.Second; now += sinkTrip {
			s.flood(now)
		}
		return s.bytes.size < 1<<20+int64(over)
	},
	"CallWindowBytes": func(t *testing.T, over int) bool {
		s := newSink(t, nil)
		s.limits = &Limits{CallWindowBytes: 1 << 20, Replies: 1000, UnreadBytes: 1 << 20}
		s.give(call(1, frame.Stream, ""))
		s.id, s.probe.least, s.probe.next = 3, uint32(sinkTrip/time.Microsecond), time.Hour
		w := &s.calls[0].recv.window
		for range 100 {
			s.give(raw(frame.Msg, 0, 0, 1, 0, zeros(50_000)))
			s.Release(s.now, s.calls[0], 50_000)
		}
		return w.size < min(1<<20, s.bytes.size)+int64(over)
	},
	"MaxBindings": func(t *testing.T, over int) bool {
		s := greeted(t, Config{Params: frame.Params{MaxBindings: 3}})
		for i := range uint16(3 + over) {
			s.give(raw(frame.Bind, 0, 1+i, 0, 0, fmt.Sprintf("bank/m%d", i)))
		}
		return s.Closed()
	},
	"Auth":        func(_ *testing.T, over int) bool { return greetedBy(frame.ParamAuth, frame.MaxAuth+over) },
	"Peer":        func(_ *testing.T, over int) bool { return greetedBy(frame.ParamPeer, frame.MaxText+over) },
	"Environment": func(_ *testing.T, over int) bool { return greetedBy(frame.ParamEnvironment, frame.MaxText+over) },
}

// roomy grants so much that only the other limits are met.
var roomy = frame.Params{MaxFrame: frame.MaxLength, ConnBytes: 1 << 30, StreamBytes: 1 << 30}

func zeros(n int) string { return string(make([]byte, n)) }

// server is a session that has read a HELLO, and the calls that it was told of.
type server struct {
	*Session
	calls []*Call
}

func greeted(t *testing.T, cfg Config) *server {
	s := &server{Session: New(cfg, Server, 0)}
	s.give(hello(t))
	s.take()
	return s
}

// give feeds frames, as []byte or string.
func (s *server) give(frames ...any) {
	for _, f := range frames {
		s.HandleInput(s.now, fmt.Append(nil, text(f)))
		for ev := s.Next(); ev != nil; ev = s.Next() {
			if ev.Kind == Called {
				s.calls = append(s.calls, ev.Call)
			}
		}
	}
}

func text(f any) string {
	if b, ok := f.([]byte); ok {
		return string(b)
	}
	return f.(string)
}

func (s *server) take() (all []byte) {
	for out := s.TakeOutput(nil); out != nil; out = s.TakeOutput(nil) {
		all = append(all, out...)
	}
	return all
}

// tooMany opens a stream and sends a message, n bytes in both frames together.
func tooMany(t *testing.T, p frame.Params, n int) bool {
	s := greeted(t, Config{Params: p})
	first := call(1, frame.Stream, "")
	s.give(first, raw(frame.Msg, 0, 0, 1, 0, zeros(n-(len(first)-frame.HeaderSize))))
	return s.Closed()
}

// greetedBy sends a HELLO with a parameter of size bytes.
func greetedBy(id uint16, size int) bool {
	s := &server{Session: New(Config{}, Server, 0)}
	p := string([]byte{byte(id), 0, byte(size), byte(size >> 8)}) + strings.Repeat("x", size)
	s.give(raw(frame.Hello, 0, frame.Version, frame.Magic, frame.Version, p))
	return s.Closed()
}
