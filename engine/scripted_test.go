package engine

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/frame"
)

// scripted is instances that answer calls as a test says, below the checks of Server.
type scripted struct {
	config transport.Config
	answer func(n int, conn *transport.Conn, ev *session.Event) // the n-th call, from 1
	dials  atomic.Int64

	mu    sync.Mutex // guards what follows
	calls []arrival
}

// arrival is a call that an instance was sent.
type arrival struct {
	addr  string
	name  string
	flags frame.Flags
	ext   []byte
	conn  *transport.Conn
	call  *session.Call
}

// newScripted makes n instances, "tcp://node0:1" and so on, and a client of them.
func newScripted(t *testing.T, n int, config ClientConfig,
	answer func(n int, conn *transport.Conn, ev *session.Event)) (*scripted, Service) {
	t.Helper()
	s := &scripted{answer: answer}
	for i := range n {
		config.Addrs = append(config.Addrs, fmt.Sprintf("tcp://node%d:1", i))
	}
	config.dial = func(_ context.Context, a transport.Addr, cfg transport.Config,
		h transport.Handler) (*transport.Conn, error) {
		s.dials.Add(1)
		near, _ := transport.Pipe(cfg, s.config, h, scriptedConn{s, a.String()})
		return near, nil
	}
	client, err := NewClient(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return s, client.Service("lever://test/bank")
}

// scriptedConn is the end of one connection at a scripted instance.
type scriptedConn struct {
	*scripted
	addr string
}

func (s scriptedConn) HandleEvent(conn *transport.Conn, ev *session.Event) {
	if ev.Kind != session.Called {
		return
	}
	name := string(ev.Name)
	if ev.Method != nil {
		name = ev.Method.Name
	}
	s.mu.Lock()
	s.calls = append(s.calls, arrival{s.addr, name, ev.Flags, bytes.Clone(ev.Ext), conn, ev.Call})
	n := len(s.calls)
	s.mu.Unlock()
	s.answer(n, conn, ev)
}

// arrivals gives the calls so far.
func (s *scripted) arrivals() []arrival {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]arrival(nil), s.calls...)
}

// ok answers a call with null.
func ok(conn *transport.Conn, ev *session.Event) {
	conn.Result(ev.Call, session.Result{}, nullValue)
}

// refuseWith answers a call with a status and flags, and no text.
func refuseWith(conn *transport.Conn, ev *session.Event, r session.Result) {
	conn.Result(ev.Call, r, nil)
}
