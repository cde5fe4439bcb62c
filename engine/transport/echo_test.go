package transport

import (
	"bytes"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/frame"
)

// echoServer answers every call with its arguments and every message with itself.
type echoServer struct {
	worker bool          // answer from a goroutine instead of inline
	hold   chan struct{} // if set, workers wait for it before they answer

	hellos, calls, ended atomic.Int64
	workers              sync.WaitGroup
	onCall               func(c *Conn, ev *session.Event) bool // true: it has taken the event
	onEnded              func(c *Conn, err error)
}

func (h *echoServer) HandleEvent(c *Conn, ev *session.Event) {
	switch ev.Kind {
	case session.Hello:
		h.hellos.Add(1)
	case session.Called:
		h.calls.Add(1)
		if h.onCall != nil && h.onCall(c, ev) {
			return
		}
		if ev.Call.Streaming() {
			c.Attach(ev.Call, new(echoStream)) // answered when the client finishes
			return
		}
		h.answer(c, ev)
	case session.Message:
		st := ev.Data.(*echoStream)
		st.queue = append(st.queue, bytes.Clone(ev.Whole()))
		st.send(c, ev.Call)
	case session.Writable:
		ev.Data.(*echoStream).send(c, ev.Call)
	case session.Finished:
		st := ev.Data.(*echoStream)
		st.finished = true
		st.send(c, ev.Call)
	case session.Ended:
		h.ended.Add(1)
		if h.onEnded != nil {
			h.onEnded(c, ev.Err)
		}
	}
}

// echoStream is a stream that is echoed. A message counts as consumed when it was sent back.
type echoStream struct {
	queue    [][]byte
	finished bool
}

func (st *echoStream) send(c *Conn, call *session.Call) {
	for len(st.queue) > 0 && c.Message(call, true, st.queue[0]) {
		c.Release(call, len(st.queue[0]))
		st.queue = st.queue[1:]
	}
	if st.finished && len(st.queue) == 0 {
		c.Result(call, session.Result{Flags: frame.Bytes}, nil)
	}
}

func (h *echoServer) answer(c *Conn, ev *session.Event) {
	r := session.Result{Flags: ev.Flags & frame.Bytes}
	if !h.worker {
		c.Result(ev.Call, r, ev.Whole())
		return
	}
	call, payload := ev.Call, bytes.Clone(ev.Whole())
	h.workers.Go(func() {
		if h.hold != nil {
			<-h.hold
		}
		c.Result(call, r, payload)
	})
}

// caller makes calls that wait.
type caller struct {
	ended atomic.Int64
	live  atomic.Int64
}

// outcome is what became of a call.
type outcome struct {
	status  frame.Status
	effect  session.Effect
	payload []byte
	err     error
}

func (h *caller) HandleEvent(c *Conn, ev *session.Event) {
	switch ev.Kind {
	case session.Resulted:
		o := outcome{ev.Status, ev.Effect, bytes.Clone(ev.Whole()), ev.Err}
		reply := ev.Data.(chan outcome)
		c.Forget(ev.Call)
		reply <- o
	case session.Ended:
		h.ended.Add(1)
	}
}

// begin starts a call and returns where its outcome will come.
func begin(c *Conn, payload []byte, deadline time.Duration) (chan outcome, error) {
	reply := make(chan outcome, 1)
	_, err := c.Open(session.Open{
		Name: "test/echo", Flags: frame.Bytes, Deadline: deadline, Data: reply,
	}, payload)
	return reply, err
}

// call makes one call and returns its result.
func call(c *Conn, payload []byte) ([]byte, error) {
	reply, err := begin(c, payload, 0)
	if err != nil {
		return nil, err
	}
	o := <-reply
	if o.err != nil {
		return nil, o.err
	}
	if o.status != frame.OK {
		return nil, fmt.Errorf("status %v: %q", o.status, o.payload)
	}
	return o.payload, nil
}

// wantEcho calls and compares.
func wantEcho(t *testing.T, c *Conn, payload []byte) {
	t.Helper()
	got, err := call(c, payload)
	if err != nil {
		t.Fatalf("call with %d bytes: %v", len(payload), err)
	}
	if !bytes.Equal(got, payload) {
		t.Fatalf("echo of %d bytes: got %d other bytes", len(payload), len(got))
	}
}

// streamer has one stream.
type streamer struct {
	bytes    int
	writable chan struct{}
	end      chan outcome
}

func (h *streamer) HandleEvent(c *Conn, ev *session.Event) {
	switch ev.Kind {
	case session.Message:
		h.bytes += ev.Size()
		c.Release(ev.Call, ev.Size())
	case session.Writable:
		select {
		case h.writable <- struct{}{}:
		default:
		}
	case session.Resulted:
		c.Forget(ev.Call)
		h.end <- outcome{status: ev.Status, err: ev.Err}
	}
}

// pattern makes n bytes in which every misplaced piece shows.
func pattern(n int) []byte {
	p := make([]byte, n)
	for i := range p {
		p[i] = byte(i ^ i>>8 ^ i>>16)
	}
	return p
}

// wantDone waits for the end of a connection.
func wantDone(t *testing.T, c *Conn) {
	t.Helper()
	select {
	case <-c.Done():
	case <-time.After(10 * time.Second):
		t.Fatalf("connection is not done after 10s\n%s", stacks())
	}
}

func wantFault(t *testing.T, err error, reason frame.Reason) {
	t.Helper()
	var g *session.Goodbye
	var f *session.Fault
	switch {
	case errors.As(err, &g) && g.Reason == reason, errors.As(err, &f) && f.Reason == reason:
	default:
		t.Errorf("connection ended with %v, want reason %v", err, reason)
	}
}

func stacks() string {
	buf := make([]byte, 1<<20)
	return string(buf[:runtime.Stack(buf, true)])
}

// eventually waits for something that real sockets or goroutines bring about and that has no
// event of its own.
func eventually(t *testing.T, what string, cond func() bool) {
	t.Helper()
	for range 5000 {
		if cond() {
			return
		}
		time.Sleep(time.Millisecond)
	}
	t.Fatalf("not within 5s: %s\n%s", what, stacks())
}

// noLeak fails the test if goroutines of this package, or of gnet, are left when it ends.
func noLeak(t *testing.T) {
	t.Helper()
	t.Cleanup(func() {
		eventually(t, "no goroutine is left", func() bool { return strays() == "" })
	})
}

// strays returns the stacks of goroutines that run code of this package outside of a test.
func strays() string {
	var found []string
	for _, g := range strings.Split(stacks(), "\n\n") {
		if strings.Contains(g, "testing.tRunner") || strings.Contains(g, "testing.Main") {
			continue
		}
		if strings.Contains(g, "engine/transport.") || strings.Contains(g, "gnet/v2.") {
			found = append(found, g)
		}
	}
	return strings.Join(found, "\n\n")
}
