package transport

import (
	"errors"
	"testing"
	"testing/synctest"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/frame"
)

// crashingDriver panics in its first flushes, as a bug would make it.
type crashingDriver struct {
	driver
	panics int
}

func (d *crashingDriver) flush(events int) {
	if d.panics > 0 {
		d.panics--
		panic("a bug")
	}
	d.driver.flush(events)
}

func TestABugEndsItsConnectionAndNotTheProcess(t *testing.T) {
	for panics := 1; panics <= 3; panics++ {
		synctest.Test(t, func(t *testing.T) {
			a, b := NetPipe(4096)
			h := &echoServer{}
			cfg := Config{Logger: quiet}.withDefaults()
			s := newConn(&cfg, session.Server, h)
			d := newNetDriver(s, newSocket(b, cfg.StallTimeout), nil)
			s.driver = &crashingDriver{driver: d, panics: panics}
			go d.run()
			c := NewConn(a, session.Client, Config{Logger: quiet}, &caller{})
			reply, err := begin(c, nil, 0)
			if err == nil {
				if o := <-reply; o.err == nil {
					t.Error("the call ended well")
				}
			}
			<-s.Done()
			<-c.Done()
			if h.ended.Load() != 1 {
				t.Errorf("%d Ended events after %d panics, want 1", h.ended.Load(), panics)
			}
			if panics == 1 {
				wantFault(t, s.Err(), frame.ReasonInternal)
			}
			s.Close(frame.ReasonNone, "")
			if _, err := s.Open(session.Open{}, nil); !errors.Is(err, session.ErrClosed) && panics == 1 {
				t.Errorf("a call on what is left: %v", err)
			}
		})
	}
}

// panicker panics at the first event of each kind.
type panicker struct{ seen map[session.Kind]int }

func (h *panicker) HandleEvent(_ *Conn, ev *session.Event) {
	h.seen[ev.Kind]++
	if h.seen[ev.Kind] == 1 {
		panic(ev.Kind.String())
	}
}

func TestAPanickingHandlerHearsOfAllThatIsLeft(t *testing.T) {
	cfg := Config{Logger: quiet}.withDefaults()
	h := &panicker{seen: map[session.Kind]int{session.Hello: 1}}
	c := newConn(&cfg, session.Client, h)
	server := session.New(session.Config{}, session.Server, 0)
	for range 3 {
		if _, err := c.session.Open(0, &session.Open{Name: "test/echo"}, nil); err != nil {
			t.Fatal(err)
		}
	}
	server.HandleInput(0, c.session.TakeOutput(nil))
	for ev := server.Next(); ev != nil; ev = server.Next() {
		if ev.Kind == session.Called {
			server.Result(0, ev.Call, session.Result{}, nil)
		}
	}
	c.session.HandleInput(0, server.TakeOutput(nil))
	c.mu.Lock()
	n := c.pump()
	c.mu.Unlock()
	if n != 5 || h.seen[session.Resulted] != 3 || h.seen[session.Ended] != 1 {
		t.Errorf("%d events %v, want HELLO, three results and the end", n, h.seen)
	}
	if !c.ended || c.telling != 0 {
		t.Errorf("ended is %v and telling is %v, want true and none", c.ended, c.telling)
	}
	wantFault(t, c.session.Err(), frame.ReasonInternal)
}
