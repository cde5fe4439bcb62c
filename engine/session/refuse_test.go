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

// TestARefusalIsARefusalAlsoWhileResultsWait: as many results wait as may, so the text of another is
// replaced; that no handler ran is still true.
func TestARefusalIsARefusalAlsoWhileResultsWait(t *testing.T) {
	p := openPair(t, Config{Params: frame.Params{ConnBytes: 65536}},
		Config{Limits: Limits{ResultBytes: 1000}})
	p.open(Open{Name: "bank/list"}, "")
	p.drive()
	p.s.Result(p.now, p.s.calls[0], Result{Flags: frame.Bytes}, make([]byte, 100_000))
	for p.s.TakeOutput(nil) != nil { // all the credit is used up
	}
	refused := p.open(Open{Name: "no such name"}, "")
	p.s.HandleInput(p.now, p.c.TakeOutput(nil))
	p.s.pump()
	p.s.HandleInput(p.now, raw(frame.Credit, 0, 0, 0, 1<<20, ""))
	p.s.pump()
	for out := p.s.TakeOutput(nil); len(out) > 0; {
		h, _ := frame.ConsumeHeader(out)
		if h.Type == frame.Result && h.ID == refused.ID() && h.Flags&frame.Unprocessed == 0 {
			t.Errorf("%v, want UNPROCESSED", h)
		}
		out = out[frame.HeaderSize+int(h.Length):]
	}
}
