package transport

import (
	"slices"
	"testing"
	"testing/synctest"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/frame"
)

func TestAnswersToLongInputLeaveInShares(t *testing.T) {
	for _, test := range []struct {
		name           string
		calls, payload int
		worker         bool
		writes         int // of which the last one follows the last call
	}{
		{"a few calls", 30, 1, false, 1},
		{"two shares", 18, 100, false, 2},
		{"three shares", 29, 100, false, 3},
		{"nothing to say before the end", 29, 100, true, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				a, b := NetPipe(256 << 10)
				server := &countedPipe{pipeEnd: b.(*pipeEnd)}
				h := &echoServer{worker: test.worker, hold: make(chan struct{})}
				var seen []int // writes when each call is handled
				before := 0
				h.onCall = func(*Conn, *session.Event) bool {
					seen = append(seen, int(server.writes.Load())-before)
					return false
				}
				s := NewConn(server, session.Server, Config{}, h)
				c := NewConn(a, session.Client, Config{}, &caller{})
				synctest.Wait()
				before = int(server.writes.Load())

				replies := make(chan outcome, test.calls)
				c.mu.Lock() // so that all leave together
				for range test.calls {
					open := &session.Open{Name: "test/echo", Flags: frame.Bytes, Data: replies}
					c.session.Open(Now(), open, pattern(test.payload))
				}
				c.settle(false)
				c.mu.Unlock()
				synctest.Wait()
				got := slices.Compact(seen)
				want := []int{0, 1, 2}[:test.writes]
				if !slices.Equal(got, want) {
					t.Errorf("so many writes had been made when calls were handled: %v, want %v", got, want)
				}
				close(h.hold)
				for range test.calls {
					if o := <-replies; o.err != nil || o.status != frame.OK {
						t.Errorf("answer: %v, %v", o.status, o.err)
					}
				}
				if n := int(server.writes.Load()) - before; !test.worker && n != test.writes {
					t.Errorf("%d writes, want %d", n, test.writes)
				}
				c.Drain()
				<-c.Done()
				<-s.Done()
			})
		})
	}
}

func TestSharesOfInput(t *testing.T) {
	for _, test := range []struct {
		unread int
		ends   []int // what is left at the ends, but the last
	}{
		{0, nil},
		{2*leastShare - 1, nil},
		{2 * leastShare, []int{leastShare}},
		{3 * leastShare, []int{2 * leastShare, leastShare}},
		{60_000, []int{40_000, 20_000}},
	} {
		s := newShares(test.unread)
		var ends []int
		for left := test.unread - 1; left >= 0; left-- {
			if s.over(left) {
				ends = append(ends, left)
			}
		}
		if !slices.Equal(ends, test.ends) {
			t.Errorf("%d bytes: shares end with %v left, want %v", test.unread, ends, test.ends)
		}
	}
}
