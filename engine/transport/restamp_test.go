package transport

import (
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/frame"
)

// A CALL that has waited until its peer reads must not claim the time that it has waited for.
func TestCallsBehindAFullSocketTellTheTimeThatIsLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe() // it holds nothing: a write waits until it is read
		c := NewConn(near, session.Client, Config{}, &caller{})
		defer func() {
			far.Close()
			<-c.Done()
		}()
		synctest.Wait()
		o := session.Open{
			Name: "test/echo", Deadline: Now() + time.Second, Data: make(chan outcome, 1),
		}
		if _, err := c.Open(o, nil); err != nil {
			t.Fatal(err)
		}
		time.Sleep(300 * time.Millisecond)
		h := make([]byte, frame.HeaderSize)
		for {
			if _, err := io.ReadFull(far, h); err != nil {
				t.Fatal(err)
			}
			got, _ := frame.ConsumeHeader(h)
			if got.Type == frame.Call {
				if got.Aux != 700_000 {
					t.Errorf("the call has %d µs left, want 700000", got.Aux)
				}
				return
			}
			if _, err := io.CopyN(io.Discard, far, int64(got.Length)); err != nil {
				t.Fatal(err)
			}
		}
	})
}
