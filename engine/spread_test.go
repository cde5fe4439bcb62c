package engine

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/frame"
)

// saturate begins calls that last, more than a connection has slots for, and some later ones that
// find them waiting.
func (n *narrow) saturate(calls int) {
	n.hold(calls - 2)
	time.Sleep(session.SaturatedAfter)
	n.hold(2)
}

// wantShare compares how many connections have the calls, and how many rest beside them.
func (n *narrow) wantShare(active, resting int, when string) {
	n.t.Helper()
	synctest.Wait()
	n.link.mu.Lock()
	defer n.link.mu.Unlock()
	if a, r := len(n.link.active()), len(n.link.extras.resting); a != active || r != resting {
		n.t.Errorf("%s %d connections have the calls and %d rest, want %d and %d", when, a, r,
			active, resting)
	}
}

func TestCallsThatWaitGetAnotherConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNarrow(t, ClientConfig{})
		n.hold(64)
		time.Sleep(time.Second)
		n.want(1, "with as many calls as slots")
		n.letGo()

		n.saturate(70)
		n.want(2, "with calls that wait")
		n.hold(60)
		live := [2]int{}
		for i, c := range n.link.active() {
			live[i] = c.conn.Live()
		}
		if live[0]+live[1] != 130 || live[1] < 50 {
			t.Errorf("%v calls on the connections: those that came later went to the full one", live)
		}
		n.letGo()
		if got := n.svc.s.picker.Endpoints()[0].Stats(); got.Calls != 0 || got.Success != 1 {
			t.Errorf("the instance has %+v after all of it", got)
		}
	})
}

func TestConnectionsAreNotMoreThanTheBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNarrow(t, ClientConfig{MaxConns: 3})
		for i, conns := range []int{2, 3, 3, 3} {
			n.saturate(150)
			n.want(conns, "saturated")
			if i == 2 {
				n.holdBulk()
			}
			time.Sleep(growPause)
		}
		n.letGo()
		n.want(3, "a moment later")
	})
}

// TestConnectionsAreMadeOneAtATime: what was changed has to take effect before more is.
func TestConnectionsAreMadeOneAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNarrow(t, ClientConfig{})
		n.saturate(150)
		n.saturate(150)
		n.want(2, "soon after the second was made")
		time.Sleep(growPause)
		n.hold(2)
		n.want(3, "later, if both are saturated")
		n.letGo()
	})
}

// holdBulk is hold with one bulk call.
func (n *narrow) holdBulk() {
	n.held.Go(n.bulk)
	synctest.Wait()
}

func TestOneConnectionStaysOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNarrow(t, ClientConfig{MaxConns: 1})
		for range 5 {
			n.saturate(100)
			time.Sleep(growPause)
		}
		n.want(1, "saturated")
		n.letGo()
	})
}

func TestASuddenBurstIsNoReason(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNarrow(t, ClientConfig{})
		n.answer = func(context.Context) error { time.Sleep(10 * time.Millisecond); return nil }
		n.hold(250) // four rounds of 10 ms
		n.held.Wait()
		n.want(1, "after the burst")
	})
}

// TestConnectionsGoWhenFewerWouldDo has calls go on all the time, so that no connection is ever idle.
func TestConnectionsGoWhenFewerWouldDo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNarrow(t, ClientConfig{IdleTimeout: -1})
		n.saturate(100)
		time.Sleep(growPause)
		n.saturate(100)
		n.want(3, "saturated twice")
		time.Sleep(10 * calmTime)
		n.want(3, "while the calls last")
		n.letGo()

		n.answer = func(context.Context) error { time.Sleep(time.Second); return nil }
		lost := 0
		stop := time.Now().Add(5 * calmTime)
		for range 20 {
			n.held.Go(func() {
				for time.Now().Before(stop) {
					if _, err := Call[string](t.Context(), n.svc.Method("get")); err != nil {
						lost++
					}
				}
			})
		}
		time.Sleep(calmTime + 2*calmLook)
		n.wantShare(2, 1, "after one calm time")
		n.want(3, "then")
		time.Sleep(2 * calmTime)
		n.want(1, "long after")
		n.held.Wait()
		if lost > 0 {
			t.Errorf("%d calls were lost", lost)
		}
		n.want(1, "at the end")
	})
}

func TestConnectionsThatRestAreUsedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNarrow(t, ClientConfig{})
		n.saturate(100)
		n.letGo()
		dials := n.dials.Load()
		time.Sleep(calmTime + 2*calmLook)
		n.wantShare(1, 1, "after a calm time")
		n.saturate(100)
		n.wantShare(2, 0, "saturated again")
		if made := n.dials.Load() - dials; made != 0 {
			t.Errorf("%d connections were made", made)
		}
		n.letGo()
	})
}

func TestAConnectionRestsUntilItsStreamsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNarrow(t, ClientConfig{IdleTimeout: -1})
		err := n.server.Handle("echoChan", Chan0(func(_ context.Context, ch *Chan[string, string]) error {
			for v, err := range ch.All() {
				if err != nil || ch.Send(v) != nil {
					return err
				}
			}
			return nil
		}))
		if err != nil {
			t.Fatal(err)
		}
		n.saturate(100)
		ch, err := Open[string, string](t.Context(), n.svc.Method("echoChan")) // on the empty one
		if err != nil {
			t.Fatal(err)
		}
		n.letGo()
		time.Sleep(5 * calmTime)
		n.wantShare(1, 1, "while the stream is open")
		if err := ch.Send("still here"); err != nil {
			t.Error(err)
		}
		if v, err := ch.Recv(); v != "still here" || err != nil {
			t.Errorf("Recv = %q, %v", v, err)
		}
		ch.Close()
		time.Sleep(2 * calmTime)
		n.want(1, "after its end")
	})
}

func TestExtraConnectionsThatAreRefusedCostNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNarrow(t, ClientConfig{})
		dials := 0
		n.client.config.dial = func(context.Context, transport.Addr, transport.Config,
			transport.Handler) (*transport.Conn, error) {
			dials++
			return nil, errors.New("no more")
		}
		n.hold(70)
		for range 400 { // 20 s
			time.Sleep(session.SaturatedAfter)
			n.hold(1)
		}
		n.want(1, "refused")
		n.letGo()
		if dials < 3 || dials > 6 { // after 0, 1 to 1.5, 3 to 4.5, 7 to 10.5, 15 to 22.5 s
			t.Errorf("dialled %d times in 20 s", dials)
		}
	})
}

// TestAnotherTakesTheFirstOnesPlace loses the first of several connections, by its death and by a
// drain.
func TestAnotherTakesTheFirstOnesPlace(t *testing.T) {
	for name, end := range map[string]func(*transport.Conn){
		"death": func(c *transport.Conn) { c.Close(frame.ReasonInternal, "cut") },
		"drain": func(c *transport.Conn) { c.Drain() },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := newNarrow(t, ClientConfig{})
				n.saturate(100)
				n.want(2, "saturated")
				n.letGo()
				dials := n.dials.Load()
				end(n.link.current.Load().conn)
				synctest.Wait()
				n.answer = nil
				for range 100 {
					n.call()
				}
				n.want(1, "after the end of the first")
				if n.dials.Load() != dials {
					t.Errorf("%d more were made", n.dials.Load()-dials)
				}
			})
		})
	}
}

func TestAServersDrainTakesAllConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNarrow(t, ClientConfig{})
		n.saturate(100)
		n.letGo()
		n.hold(60)
		n.holdBulk()
		n.want(3, "saturated, and with bulk")
		down := make(chan error)
		go func() { down <- n.server.Shutdown(t.Context()) }()
		synctest.Wait()
		n.letGo()
		if err := <-down; err != nil {
			t.Errorf("Shutdown = %v", err)
		}
		n.want(0, "after the drain")
		n.wantShare(0, 0, "after the drain")
		if n.link.extras.bulk.Load() != nil {
			t.Error("bulk would still go there")
		}
	})
}

func TestCloseEndsAllConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNarrow(t, ClientConfig{})
		n.saturate(100)
		n.letGo()
		n.answer = nil
		n.bulk()
		n.want(3, "before")
		if err := n.client.Close(); err != nil {
			t.Errorf("Close = %v", err)
		}
		n.want(0, "after Close")
	})
}

// TestKeysFindTheirHomeOverAnyConnection cuts a connection under calls that have a key, while there
// are others. All may have been on it, and the budget for repeating them is bounded.
func TestKeysFindTheirHomeOverAnyConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNarrow(t, ClientConfig{})
		n.saturate(100)
		n.letGo()
		const calls = budgetMax / tryCost
		before := n.calls.Load()
		for range calls {
			n.held.Go(func() {
				if _, err := Call[string](t.Context(), n.svc.Method("get").Once()); err != nil {
					t.Errorf("get, once = %v", err)
				}
			})
		}
		synctest.Wait()
		n.link.current.Load().conn.Close(frame.ReasonInternal, "cut")
		time.Sleep(time.Second)
		n.letGo()
		if got := n.calls.Load() - before; got != calls {
			t.Errorf("%d calls ran %d times", calls, got)
		}
	})
}
