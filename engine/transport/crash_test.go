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

func (d *crashingDriver) flush() {
	if d.panics > 0 {
		d.panics--
		panic("a bug")
	}
	d.driver.flush()
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
