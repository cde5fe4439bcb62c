//go:build (darwin || dragonfly || freebsd || linux || netbsd || openbsd) && !race

package transport

import (
	"runtime"
	"testing"

	"github.com/leverrpc/lever/engine/session"
)

// TestAnIdleConnectionOfALoopIsSmall measures a connection that has served a call, without what
// gnet and the kernel keep for it.
func TestAnIdleConnectionOfALoopIsSmall(t *testing.T) {
	const n = 1000
	conns := make([]*fakeGnet, n)
	before := heap()
	for i := range conns {
		g, _ := newFakeGnet(Config{}, &echoServer{})
		g.receive(ask(meet(t, g), 1))
		g.out = nil
		conns[i] = g
	}
	each := (heap() - before) / n
	t.Logf("%d bytes", each)
	if each > 3<<10 { // 300 of them are the fake
		t.Errorf("%d bytes each, want at most %d", each, 3<<10)
	}
	for _, g := range conns {
		g.close(nil)
	}
}

// TestTheBufferOfABusyConnectionStays answers later, so that a turn ends with a call in flight.
func TestTheBufferOfABusyConnectionStays(t *testing.T) {
	var held *session.Call
	h := &echoServer{onCall: func(_ *Conn, ev *session.Event) bool {
		held = ev.Call
		return true
	}}
	g, c := newFakeGnet(Config{}, h)
	client := meet(t, g)
	buffered := func() bool { return g.driver.lent != nil }
	if buffered() {
		t.Error("an idle connection has a buffer")
	}
	if g.receive(ask(client, 1)); !buffered() {
		t.Error("a connection with a call in flight has no buffer")
	}
	c.Result(held, session.Result{}, []byte("ok"))
	if g.runTasks(); buffered() {
		t.Error("the buffer stayed when the call was over")
	}
	g.end(t, c)
}

// heap is what is in use after a collection.
func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
