package session

import (
	"strings"
	"testing"

	"github.com/leverrpc/lever/frame"
)

// cutHead is the head of a call or result whose extension block does not end in 2,000 bytes.
func cutHead(name string) string {
	block := frame.AppendExtension(nil, frame.ExtMetadata, make([]byte, 3000))
	if name == "" {
		return string(frame.AppendResultHead(nil, block))
	}
	return string(frame.AppendCallHead(nil, 0, name, block))
}

func TestAHeadThatIsNotWholeInTheFirstFrameFailsItsCallAtOnce(t *testing.T) {
	s := New(Config{}, Server, 0)
	head := cutHead("bank/transfer")
	s.HandleInput(0, append(hello(t), raw(frame.Call, frame.Ext|frame.More, 0, 1, 0, head[:2000])...))
	for ev := s.Next(); ev != nil; ev = s.Next() {
		if ev.Kind == Called {
			t.Error("it was delivered")
		}
	}
	out := s.TakeOutput(nil)
	_, n := frame.Explain(out)
	line, _ := frame.Explain(out[n:])
	if !strings.HasPrefix(line, "RESULT #1 INVALID_ARGUMENT") || !strings.Contains(line, "UNPROCESSED") {
		t.Errorf("the answer is %q", line)
	}
	s.HandleInput(0, raw(frame.Msg, frame.More, 0, 1, 0, strings.Repeat("x", 2000)))
	s.HandleInput(0, raw(frame.Msg, 0, 0, 1, 0, "the end"))
	if ev := s.Next(); ev != nil || s.Err() != nil || s.assembled != 0 || s.Live() != 0 {
		t.Errorf("the rest: event %v, %v, %d bytes kept, %d calls", ev, s.Err(), s.assembled, s.Live())
	}
	if got, want := s.bytes.open+s.bytes.owed, int64(s.local.ConnBytes); got != want {
		t.Errorf("connection window %d, want %d", got, want)
	}
}

func TestAHeadOfAResultThatIsCutFailsItsCallAtOnce(t *testing.T) {
	p := openPair(t, Config{}, Config{})
	c := p.open(Open{Name: "bank/transfer"}, "\x01")
	p.c.TakeOutput(nil)
	head := cutHead("")
	p.c.HandleInput(p.now, raw(frame.Result, frame.Ext|frame.More, 0, 1, 0, head[:2000]))
	p.c.want(t, "Resulted INTERNAL Executed")
	p.c.Forget(c)
	p.c.HandleInput(p.now, raw(frame.Msg, 0, 0, 1, 0, head[2000:]))
	p.c.want(t)
	if p.c.Live() != 0 || p.c.assembled != 0 || p.c.Err() != nil {
		t.Errorf("%d calls, %d bytes kept, %v", p.c.Live(), p.c.assembled, p.c.Err())
	}
}
