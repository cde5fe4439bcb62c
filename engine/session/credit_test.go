package session

import (
	"testing"

	"github.com/leverrpc/lever/frame"
)

// TestAResultGetsCreditBehindTheLastMessage: a stream's messages have used up its credit, its FINISH
// has come, and the reader consumes them only then. The RESULT is still to come.
func TestAResultGetsCreditBehindTheLastMessage(t *testing.T) {
	p := openPair(t, Config{Params: frame.Params{StreamBytes: 65536}}, Config{})
	c := p.open(Open{Name: "bank/tailChan", Flags: frame.Stream}, "\x01")
	p.drive()
	h := p.s.calls[0]
	const size = 65000
	p.s.Message(p.now, h, true, make([]byte, size))
	p.s.Finish(h)
	p.s.Result(p.now, h, Result{Flags: frame.Bytes}, make([]byte, 5000))
	p.drive()
	p.c.want(t, "Message 65000 bytes", "Finished")
	p.c.Release(p.now, c, size)
	p.drive()
	p.c.want(t, "Resulted OK Executed 5000 bytes")
}

// TestCreditThatWaitedForTheOutputIsGranted: more grants are due than may wait in the output. When
// that has been taken, the others follow, though nothing more comes in.
func TestCreditThatWaitedForTheOutputIsGranted(t *testing.T) {
	const streams = 40
	p := openPair(t, Config{}, Config{
		Params: frame.Params{StreamBytes: 65536, ConnBytes: 4 << 20}, Limits: Limits{Replies: 16},
	})
	for range streams {
		c := p.open(Open{Name: "bank/logChan", Flags: frame.Stream}, "")
		p.c.Message(p.now, c, true, make([]byte, 40_000))
	}
	for out := p.c.TakeOutput(nil); out != nil; out = p.c.TakeOutput(nil) {
		p.s.HandleInput(p.now, out) // and its own output is not taken
		p.s.pump()
	}
	for _, c := range p.s.calls {
		p.s.Release(p.now, c, 40_000)
	}
	granted := map[uint32]bool{}
	for out := p.s.TakeOutput(nil); out != nil; out = p.s.TakeOutput(nil) {
		for _, h := range headers(t, out) {
			if h.Type == frame.Credit && h.ID != 0 {
				granted[h.ID] = true
			}
		}
	}
	if len(granted) != streams {
		t.Errorf("%d of %d streams were granted credit", len(granted), streams)
	}
}

// TestTheRestOfARefusedResultGetsCredit: the first part of a result is too much and has used up half
// of the call's window. The rest, which nobody wants, has to come all the same.
func TestTheRestOfARefusedResultGetsCredit(t *testing.T) {
	p := openPair(t, Config{Params: frame.Params{MaxFrame: 65536, StreamBytes: 65536}}, Config{})
	p.c.local.MaxMessage = 1000
	p.open(Open{Name: "bank/get"}, "")
	p.c.TakeOutput(nil)
	const size = 40_000
	p.c.HandleInput(p.now, raw(frame.Result, frame.More, 0, 1, 0, string(make([]byte, size))))
	p.c.want(t, "Resulted TOO_LARGE Executed")
	granted := uint32(0)
	for _, h := range headers(t, p.c.TakeOutput(nil)) {
		if h.Type == frame.Credit && h.ID == 1 {
			granted += h.Aux
		}
	}
	if granted != size {
		t.Errorf("%d bytes are granted, want %d", granted, size)
	}
}

// TestCancelGrantsTheCreditThatWasKeptBack because too much was unread. Nothing else comes that would
// lead to it.
func TestCancelGrantsTheCreditThatWasKeptBack(t *testing.T) {
	p := openPair(t, Config{
		Params: frame.Params{ConnBytes: 65536, StreamBytes: 1 << 20},
		Limits: Limits{UnreadBytes: 1000}, NoIdle: true,
	}, Config{NoIdle: true})
	c := p.open(Open{Name: "bank/tailChan", Flags: frame.Stream}, "\x01")
	p.drive()
	for p.s.Message(p.now, p.s.calls[0], true, make([]byte, 1000)) {
		p.drive()
	}
	p.c.Cancel(p.now, c, frame.Caller)
	if p.c.HasEvents() {
		t.Fatal("there are events")
	}
	for p.c.TakeOutput(nil) != nil { // which is all that a driver does then
	}
	if w := p.c.bytes; w.due() {
		t.Errorf("%d bytes are due for the connection, where %d are open, and were not granted", w.owed, w.open)
	}
}

// TestAResultThatWaitsGrantsTheCreditThatWasKeptBack from messages that its handler has not read.
func TestAResultThatWaitsGrantsTheCreditThatWasKeptBack(t *testing.T) {
	p := openPair(t, Config{Params: frame.Params{StreamBytes: 65536}, NoIdle: true}, Config{
		Params: frame.Params{ConnBytes: 65536, StreamBytes: 1 << 20},
		Limits: Limits{UnreadBytes: 1000}, NoIdle: true,
	})
	c := p.open(Open{Name: "bank/logChan", Flags: frame.Stream}, "\x01")
	p.drive()
	for p.s.Message(p.now, p.s.calls[0], true, make([]byte, 1000)) { // the client does not read these
		p.drive()
	}
	for p.c.Message(p.now, c, true, make([]byte, 1000)) { // nor the server these
		p.drive()
	}
	p.result(p.s.calls[0], string(make([]byte, 5000))) // waits for the client to read
	if p.s.HasEvents() {
		t.Fatal("there are events")
	}
	for p.s.TakeOutput(nil) != nil {
	}
	if w := p.s.bytes; w.due() {
		t.Errorf("%d bytes are due for the connection, where %d are open, and were not granted", w.owed, w.open)
	}
}

// TestASmallCallPassesWhenNothingWaitsForCreditAnyMore: what waited was dropped, and the little that is
// left suffices.
func TestASmallCallPassesWhenNothingWaitsForCreditAnyMore(t *testing.T) {
	p := openPair(t, Config{NoIdle: true}, Config{
		Params: frame.Params{ConnBytes: 65536, StreamBytes: 1 << 20},
		Limits: Limits{UnreadBytes: 1000}, NoIdle: true,
	})
	c := p.open(Open{Name: "bank/logChan", Flags: frame.Stream}, "\x01")
	for p.c.Message(p.now, c, true, make([]byte, 1000)) {
		p.drive()
	}
	p.c.Cancel(p.now, c, frame.Caller) // the handler does not return at once, and reads no more
	p.drive()
	p.s.events = nil
	p.open(Open{Name: "bank/put"}, "\x01")
	if !p.c.HasOutput() {
		t.Error("the call waits, though it needs 11 bytes of credit")
	}
}

// TestAnEmptyResultNeedsNoCreditOfTheConnection. SPEC 8.1.
func TestAnEmptyResultNeedsNoCreditOfTheConnection(t *testing.T) {
	p := openPair(t, Config{
		Params: frame.Params{ConnBytes: 65536, StreamBytes: 1 << 20},
		Limits: Limits{UnreadBytes: 1000}, NoIdle: true,
	}, Config{NoIdle: true})
	p.open(Open{Name: "bank/tailChan", Flags: frame.Stream}, "\x01")
	p.open(Open{Name: "bank/get"}, "\x01")
	p.drive()
	for p.s.Message(p.now, p.s.calls[0], true, make([]byte, 1000)) {
		p.drive()
	}
	p.c.events = nil
	p.s.Result(p.now, p.s.calls[1], Result{Flags: frame.Bytes}, nil)
	p.drive()
	if len(p.c.events) != 1 {
		t.Error("an empty RESULT waits for credit")
	}
}
