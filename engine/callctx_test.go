package engine

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
	"unsafe"

	"github.com/leverrpc/lever/engine/transport"
)

func TestCallCtxEndsOnceAndTellsAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &callCtx{}
		if c.Err() != nil {
			t.Error("a new context has ended")
		}
		if _, ok := c.Deadline(); ok {
			t.Error("a deadline came from nowhere")
		}
		early := c.Done()
		child, cancel := context.WithCancel(c)
		defer cancel()
		ran, stopped := 0, 0
		c.AfterFunc(func() { ran++ })
		stop := c.AfterFunc(func() { stopped++ })
		if !stop() || stop() {
			t.Error("stop does not report once that it stopped the function")
		}
		c.end(context.DeadlineExceeded)
		c.end(context.Canceled)
		synctest.Wait()
		<-early
		<-c.Done()
		<-child.Done()
		if c.Err() != context.DeadlineExceeded || child.Err() != context.DeadlineExceeded {
			t.Errorf("Err = %v, child %v", c.Err(), child.Err())
		}
		late := c.AfterFunc(func() { ran++ })
		synctest.Wait()
		if late() || ran != 2 || stopped != 0 {
			t.Errorf("ran %d functions and %d stopped ones", ran, stopped)
		}
	})
}

func TestCallCtxDerivesWithoutGoroutines(t *testing.T) {
	c := &callCtx{}
	_, cancel := context.WithCancel(c)
	if len(c.asked.waiters) != 1 {
		t.Errorf("package context did not use AfterFunc: %d callbacks", len(c.asked.waiters))
	}
	cancel()
	if len(c.asked.waiters) != 0 {
		t.Errorf("%d callbacks stay after the derived context was cancelled", len(c.asked.waiters))
	}
}

func TestCallCtxDeadlineIsStable(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &callCtx{deadline: transport.Now() + time.Minute}
		first, ok := c.Deadline()
		if want := time.Now().Add(time.Minute); !ok || !first.Equal(want) {
			t.Errorf("Deadline = %v, %v, want %v", first, ok, want)
		}
		time.Sleep(time.Second)
		if again, _ := c.Deadline(); again != first {
			t.Errorf("Deadline moved from %v to %v", first, again)
		}
	})
}

func TestCallCtxIsIdleUntilSomebodyListens(t *testing.T) {
	for name, use := range map[string]func(*callCtx){
		"Done":      func(c *callCtx) { c.Done() },
		"AfterFunc": func(c *callCtx) { c.AfterFunc(func() {}) },
		"end":       func(c *callCtx) { c.end(context.Canceled) },
	} {
		c := &callCtx{}
		c.Err()
		c.Value("key")
		if !c.idle() {
			t.Error("a context that was only looked at is not idle")
		}
		if use(c); c.idle() {
			t.Errorf("idle after %s", name)
		}
	}
	if _, ok := CallInfo(context.Background()); ok {
		t.Error("CallInfo finds a call where there is none")
	}
}

func TestCallCtxIsSmall(t *testing.T) {
	if size := unsafe.Sizeof(callCtx{}); size > 80 {
		t.Errorf("a context takes %d bytes, and each call on a worker has one of its own", size)
	}
}
