package transport

import (
	"testing"
	"testing/synctest"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/frame"
)

// gatherer keeps the calls of each batch, and panics after the first if it is told to.
type gatherer struct {
	calls   []*session.Call
	batches []int // events of each
	events  int
	panics  bool
}

func (h *gatherer) HandleEvent(_ *Conn, ev *session.Event) {
	h.events++
	if ev.Kind == session.Called {
		h.calls = append(h.calls, ev.Call)
	}
}

func (h *gatherer) HandleBatch(*Conn) {
	h.batches = append(h.batches, h.events)
	h.events = 0
	if h.panics {
		panic("a bug")
	}
}

// answer gives the results of all calls, and leaves them to a push.
func (h *gatherer) answer(c *Conn) {
	for _, call := range h.calls {
		c.ResultSoon(Now(), call, session.Result{Flags: frame.Bytes}, []byte("0123456789"))
	}
	h.calls = nil
}

func TestABatchIsWhatCameTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &gatherer{}
		c, s := quietPipe(64<<10, &caller{}, h)
		synctest.Wait()
		if len(h.batches) != 1 || h.batches[0] != 1 {
			t.Errorf("batches of %d events, want one with HELLO", h.batches)
		}
		c.mu.Lock() // so that all leave together
		for range 10 {
			if _, err := c.session.Open(Now(), &session.Open{Name: "test/echo"}, nil); err != nil {
				t.Error(err)
			}
		}
		c.settle(false)
		c.mu.Unlock()
		synctest.Wait()
		if len(h.batches) != 2 || h.batches[1] != 10 {
			t.Errorf("batches of %d events, want one more with 10 calls", h.batches)
		}
		c.Close(frame.ReasonNone, "")
		<-c.Done()
		<-s.Done()
	})
}

func TestResultsWaitForAPush(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := &gatherer{}
		c, s := quietPipe(64<<10, &caller{}, h)
		done, _ := begin(c, nil, 0)
		synctest.Wait()
		h.answer(s)
		synctest.Wait()
		select {
		case <-done:
			t.Error("the answer came before anybody sent it")
		default:
		}
		s.Push()
		if o := <-done; o.status != frame.OK || string(o.payload) != "0123456789" {
			t.Errorf("answer: %v, %q", o.status, o.payload)
		}
		s.Push() // there is nothing left
		c.Close(frame.ReasonNone, "")
		<-c.Done()
		<-s.Done()
		s.Push()
	})
}

func TestAPanicAfterABatchEndsTheConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, s := quietPipe(64<<10, &caller{}, &gatherer{panics: true})
		<-c.Done()
		<-s.Done()
		wantFault(t, s.Err(), frame.ReasonInternal)
	})
}
