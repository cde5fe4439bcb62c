package transport

import (
	"crypto/tls"
	"log/slog"
	"net"
	"sync"
	"time"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/frame"
)

// Handler is told what happens on a connection.
type Handler interface {
	// HandleEvent is called for one event at a time, in order, with no lock held. It may call
	// every method of c. It must not block: while it runs, nothing else of this connection is
	// read, and with gnet nothing of the others on the same loop. ev and its slices are lent
	// until it returns. A panic ends the connection with INTERNAL.
	HandleEvent(c *Conn, ev *session.Event)
}

// Batcher is a Handler that gathers what events ask for, and begins with all of it together.
type Batcher interface {
	Handler

	// HandleBatch is called after the last of the events that came together, as HandleEvent is.
	// Ended, after which nothing comes, need not be followed by it.
	HandleBatch(c *Conn)
}

// Conn is one connection: a session, and a driver that moves its bytes. Its methods are safe
// for concurrent use, also from within HandleEvent, and never wait for the peer.
type Conn struct {
	// Data is the handler's own; this package does not touch it. Set it in the first event:
	// events may come before Dial or NewConn has returned.
	Data any

	handler       Handler
	batcher       Batcher // handler; nil: it is none
	logger        *slog.Logger
	local, remote net.Addr
	tls           *tls.ConnectionState
	driver        driver
	onDone        func(*Conn) // nil, or told once when the connection is gone

	mu      sync.Mutex // guards the fields below, and those of the driver that say so
	session *session.Session
	done    chan struct{} // nil until somebody asks for it
	gone    bool          // done is closed, or would be
	calm    sync.Cond     // signalled when pumping, lending or the driver's flush comes to an end
	alarm   alarm
	burst   burst
	telling session.Kind // of the event that the handler has in hand; zero: none
	batched bool         // there were events since the last HandleBatch
	pumping bool         // a goroutine delivers events and will settle what others leave
	lending bool         // memory of callers is being written from: none of their calls may end
	ended   bool         // Ended was delivered
	crashed bool         // the session has panicked once, and was closed
	wrecked bool         // and once more: it is not to be touched
}

// driver moves the bytes of one connection. All of its methods are called with Conn.mu held
// and may release it meanwhile.
type driver interface {
	// settle makes sure that events and output that wait are taken care of. Nobody pumps. more
	// says that the caller is about to add to the output: sending at once would be one write for
	// each of the things that it adds.
	settle(more bool)

	// push is settle for a caller that has put into the output what belongs together, and so has
	// nothing to wait for. Nobody pumps.
	push()

	// flush sends what the session has, as far as the peer takes it without waiting. The
	// caller pumps, and has just delivered so many events; zero: it is about to deliver more.
	flush(events int)

	// wind is called at the end of each turn and after each flush. Once the session is over it
	// closes the transport, when the output is gone or after lingerMax.
	wind()
}

// newConn makes a connection that a driver is about to start.
func newConn(cfg *Config, role session.Role, h Handler) *Conn {
	c := &Conn{
		handler: h,
		logger:  cfg.Logger,
		session: cfg.session(role),
	}
	c.batcher, _ = h.(Batcher)
	c.calm.L = &c.mu
	return c
}

// Open starts a call. payload is copied. See session.Session.Open.
func (c *Conn) Open(o session.Open, payload []byte) (*session.Call, error) {
	return c.OpenAt(Now(), &o, payload, false)
}

// OpenAt is Open for callers that have just read the clock: now is what Now gave them. Reading
// it again would be one of the dearer parts of a call. o is lent.
//
// more is for a caller that is about to open more calls: it does not send. Another goroutine does,
// within microseconds, what has come together until it runs.
func (c *Conn) OpenAt(now time.Duration, o *session.Open, payload []byte,
	more bool) (*session.Call, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	call, err := c.session.Open(now, o, payload)
	c.settle(more)
	return call, err
}

// Message sends a message on a stream; payload is copied. False: nothing was taken, and a
// Writable event follows when it is worth another try.
func (c *Conn) Message(call *session.Call, bytes bool, payload []byte) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := Now()
	accepted := c.session.Message(now, call, bytes, payload)
	c.settle(c.burst.next(call, now))
	return accepted
}

// Finish says that this side sends no more messages on a stream.
func (c *Conn) Finish(call *session.Call) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.session.Finish(call)
	c.settle(false)
}

// Result answers a call, exactly once; payload is copied. It is the last touch of call.
func (c *Conn) Result(call *session.Call, r session.Result, payload []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.session.Result(Now(), call, r, payload)
	c.settle(false)
}

// ResultSoon is Result for a caller that has read the clock, as in OpenAt, and gives results one
// after another. It does not send: who has called it calls Push, before anything that may wait.
func (c *Conn) ResultSoon(now time.Duration, call *session.Call, r session.Result, payload []byte) {
	c.mu.Lock()
	c.session.Result(now, call, r, payload)
	c.mu.Unlock()
}

// Push sends what ResultSoon has left, in one write. If nothing is left it does nothing.
func (c *Conn) Push() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.pumping || c.wrecked {
		return
	}
	c.arm()
	c.driver.push()
}

// Cancel gives up a call that this side opened. It is the last touch of call; no event follows.
func (c *Conn) Cancel(call *session.Call, why frame.CancelReason) session.Effect {
	c.mu.Lock()
	defer c.mu.Unlock()
	effect := c.session.Cancel(Now(), call, why)
	c.settle(false)
	c.awaitLoans()
	return effect
}

// Release says that n bytes of delivered stream messages were consumed.
func (c *Conn) Release(call *session.Call, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.session.Release(Now(), call, n)
	c.settle(false)
}

// Forget is the last touch of a call after its Resulted event.
func (c *Conn) Forget(call *session.Call) {
	c.mu.Lock()
	c.session.Forget(call)
	c.mu.Unlock()
}

// Attach keeps data with a call that arrived, for its later events.
func (c *Conn) Attach(call *session.Call, data any) {
	c.mu.Lock()
	c.session.Attach(call, data)
	c.mu.Unlock()
}

// Admit lets the client of a server with session.Config.Vet in, after the Hello event.
func (c *Conn) Admit() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.session.Admit(Now())
	c.settle(false)
}

// Drain ends the connection in good order: no new calls, an answer to each call in flight, then
// the end. It returns at once; Done tells.
func (c *Conn) Drain() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.session.Drain()
	c.settle(false)
}

// Close ends the connection at once, with a goodbye that is sent if the peer takes it within a
// second. Calls in flight end with an event. It does not wait; Done tells.
func (c *Conn) Close(reason frame.Reason, text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.session.Close(reason, text)
	c.settle(false)
}

// Done is closed when the connection is gone: the Ended event was handled, the socket is closed,
// and no goroutine of the connection does anything more.
func (c *Conn) Done() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.done == nil {
		c.done = make(chan struct{})
		if c.gone {
			close(c.done)
		}
	}
	return c.done
}

// Err is why the connection ended, nil after a clean drain and while it lives.
func (c *Conn) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.session.Err()
}

// Remote is what the peer announced: the protocol's minimum before the Hello event.
func (c *Conn) Remote() frame.Params {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.session.Remote()
}

// Live is the number of calls in flight.
func (c *Conn) Live() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.session.Live()
}

// LocalAddr is the address of this end of the connection.
func (c *Conn) LocalAddr() net.Addr { return c.local }

// RemoteAddr is the address of the peer's end.
func (c *Conn) RemoteAddr() net.Addr { return c.remote }

// TLS describes the encryption, with the peer's verified certificates; nil if there is none.
func (c *Conn) TLS() *tls.ConnectionState { return c.tls }
