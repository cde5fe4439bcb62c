package session

import (
	"testing"
	"time"

	"github.com/leverrpc/lever/frame"
)

// TestACallThatIsRefusedIsRefusedOnce: its time was up before it had arrived whole, the RESULT waits
// for credit, and then the caller's CANCEL comes as well.
func TestACallThatIsRefusedIsRefusedOnce(t *testing.T) {
	s := New(Config{}, Server, 0)
	small := Config{Params: frame.Params{ConnBytes: 65536}}
	s.HandleInput(0, append(New(small, Client, 0).TakeOutput(nil), call(1, 0, "\x01")...))
	for ev := s.Next(); ev != nil; ev = s.Next() {
		if ev.Kind == Called { // its result takes all the credit, and more
			s.Result(0, ev.Call, Result{Flags: frame.Bytes}, make([]byte, 100_000))
		}
	}
	for s.TakeOutput(nil) != nil {
	}

	head := string(frame.AppendCallHead(nil, 0, "bank/transfer", nil))
	part := raw(frame.Call, frame.More, 0, 3, 1000, head+string(make([]byte, 2000)))
	s.HandleInput(0, part)
	s.Next()
	s.HandleTime(time.Second)
	s.HandleInput(time.Second, raw(frame.Cancel, 0, uint16(frame.Timeout), 3, 0, ""))
	s.Next()
	s.HandleInput(time.Second, raw(frame.Credit, 0, 0, 0, 1<<20, ""))
	s.Next()
	var sent []byte
	for out := s.TakeOutput(nil); out != nil; out = s.TakeOutput(nil) {
		sent = append(sent, out...)
	}
	results := 0
	for _, typ := range types(t, sent) {
		if typ == "RESULT" {
			results++
		}
	}
	if results != 1 || s.Live() != 0 || s.stall.answers != 0 {
		t.Errorf("%d results of call 3, %d calls live, %d results wait; want 1, 0, 0",
			results, s.Live(), s.stall.answers)
	}
}
