package transport

import (
	"bytes"
	"testing"
	"testing/synctest"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/frame"
)

// slowSocket is an end of a pipe on which a write of several slices takes until it may go on.
type slowSocket struct {
	*pipeEnd
	goOn chan struct{}
}

func (s *slowSocket) tryWritev(vec [][]byte) (int, error) {
	<-s.goOn
	return s.pipeEnd.tryWritev(vec)
}

// TestACallIsNotOverWhileItsMemoryIsWrittenFrom: neither by Cancel, nor by an answer that comes early.
func TestACallIsNotOverWhileItsMemoryIsWrittenFrom(t *testing.T) {
	early := frame.AppendHeader(nil, frame.Header{Type: frame.Result, ID: 1})
	for name, end := range map[string]func(c *Conn, call *session.Call, peer *pipeEnd){
		"cancelled": func(c *Conn, call *session.Call, _ *pipeEnd) { c.Cancel(call, frame.Caller) },
		"answered":  func(_ *Conn, _ *session.Call, peer *pipeEnd) { peer.Write(early) },
	} {
		synctest.Test(t, func(t *testing.T) {
			a, b := NetPipe(1 << 20)
			slow, peer := &slowSocket{a.(*pipeEnd), make(chan struct{})}, b.(*pipeEnd)
			over := make(chan struct{})
			c := NewConn(slow, session.Client, Config{Logger: quiet}, eventFunc(func(ev *session.Event) {
				if ev.Kind == session.Resulted {
					close(over)
				}
			}))
			greet(t, peer)
			call, err := c.OpenAt(Now(), &session.Open{Name: "bank/put", Flags: frame.Bytes, Lent: true},
				bytes.Repeat([]byte("x"), 40_000), true)
			if err != nil {
				t.Fatal(err)
			}
			synctest.Wait() // it is being written
			go func() {
				end(c, call, peer)
				if name == "cancelled" {
					close(over)
				}
			}()
			synctest.Wait()
			select {
			case <-over:
				t.Errorf("%s: the call is over while its memory is written from", name)
			default:
			}
			close(slow.goOn)
			<-over
			c.Close(frame.ReasonNone, "")
			peer.Close()
			<-c.Done()
		})
	}
}

// eventFunc is a handler of events alone.
type eventFunc func(*session.Event)

func (l eventFunc) HandleEvent(_ *Conn, ev *session.Event) { l(ev) }

// greet answers the HELLO of a client.
func greet(t *testing.T, peer *pipeEnd) {
	t.Helper()
	p := make([]byte, 4096)
	n, err := peer.Read(p)
	if err != nil {
		t.Fatal(err)
	}
	s := session.New(session.Config{}, session.Server, 0)
	s.HandleInput(0, p[:n])
	for s.Next() != nil {
	}
	if _, err := peer.Write(s.TakeOutput(nil)); err != nil {
		t.Fatal(err)
	}
	synctest.Wait()
}

// TestWhatTheKernelDoesNotTakeOfSeveralSlicesIsSentLater, in order, whatever the room.
func TestWhatTheKernelDoesNotTakeOfSeveralSlicesIsSentLater(t *testing.T) {
	for _, room := range []int{1, 100, 4096, 20_000, 100_000} {
		a, b := NetPipe(room)
		s := newSocket(a, -1)
		want := pattern(60_000)
		if err := s.writeAll([][]byte{want[:16], want[16:30_000], nil, want[30_000:]}); err != nil {
			t.Fatal(err)
		}
		go func() {
			if err := s.drain(); err != nil {
				t.Error(err)
			}
			s.Close()
		}()
		var got []byte
		p := make([]byte, 4096)
		for len(got) < len(want) {
			n, err := b.Read(p)
			if err != nil {
				t.Fatal(err)
			}
			got = append(got, p[:n]...)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("room for %d: what arrives is not what was sent", room)
		}
	}
}
