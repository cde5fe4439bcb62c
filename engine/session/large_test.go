package session

import (
	"testing"

	"github.com/leverrpc/lever/frame"
)

// TestCancelledStreamsLeaveNoLargeBodyBehind: the large messages of handlers that are told to stop
// are dropped, whether they have a place among the few that are under way or wait for one. Whoever
// waits behind them must get the places.
func TestCancelledStreamsLeaveNoLargeBodyBehind(t *testing.T) {
	for _, tt := range []struct {
		name    string
		results int  // large results that have the places first
		finish  bool // a small FINISH stays behind the message
	}{
		{"those that had a place", 0, false},
		{"those that waited", maxWide, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := openPair(t, Config{}, Config{})
			var streams []*Call
			for range tt.results {
				p.open(Open{Name: "bank/get"}, "")
			}
			for range maxWide {
				streams = append(streams, p.open(Open{Name: "bank/tailChan", Flags: frame.Stream}, ""))
			}
			p.open(Open{Name: "bank/get"}, "")
			p.drive()
			large := make([]byte, 50_000)
			for _, c := range p.s.calls {
				if c.Streaming() {
					p.s.Message(p.now, c, true, large)
					if tt.finish {
						p.s.Finish(c)
					}
				} else {
					p.s.Result(p.now, c, Result{Flags: frame.Bytes}, large)
				}
			}
			for _, c := range streams {
				p.c.Cancel(p.now, c, frame.Caller)
			}
			p.s.HandleInput(p.now, p.c.TakeOutput(nil))
			p.s.pump()
			p.drive()
			if n := p.c.Live() - len(streams); n != 0 {
				t.Errorf("%d results have not come", n)
			}
			if p.s.wide != [3]uint8{} {
				t.Errorf("%v large bodies are still counted", p.s.wide)
			}
		})
	}
}
