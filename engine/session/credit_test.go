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
