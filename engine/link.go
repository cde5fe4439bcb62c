package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/frame"
	"github.com/leverrpc/lever/lb"
)

// link is a client's way to one address: a connection, made when a call needs it and again after it
// was lost, with growing pauses while that fails; and a few more beside it while those help (extra.go,
// spread.go). Safe for concurrent use.
type link struct {
	client *Client
	addr   transport.Addr
	users  int // endpoints that use it; guarded by client.mu

	current atomic.Pointer[clientConn] // the first that takes calls; nil: none does
	extras  extras
	trouble atomic.Pointer[throttle] // nil: no calls are being refused

	mu       sync.Mutex               // guards what follows, and extras
	dialling *dialling                // nil: nobody dials
	down     backoff                  // of connections that have none beside them
	closed   error                    // why no more connections are made; nil: they are
	conns    map[*clientConn]struct{} // all that are not gone, draining ones too
}

// dialling is an attempt to connect. conn and err are set before done is closed.
type dialling struct {
	began time.Duration // only of an extra connection
	done  chan struct{}
	conn  *clientConn
	err   error
}

const (
	pauseMin = 20 * time.Millisecond
	pauseMax = 5 * time.Second
)

// errLeft is why an address takes no calls that the resolver does not name any more.
var errLeft = errors.New("the instance has left")

// errNoGreeting is why a connection was no success that its server has closed.
var errNoGreeting = errors.New("closed without a greeting")

// errEndedAtOnce is why a connection takes no call that was over before its dialling was.
var errEndedAtOnce = errors.New("the connection has ended at once")

// link gives the way to an address, and counts the caller as a user.
func (c *Client) link(addr transport.Addr) (*link, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil, ErrClientClosed
	}
	l := c.links[addr]
	if l == nil {
		l = &link{client: c, addr: addr, conns: map[*clientConn]struct{}{}}
		l.down.least, l.down.most = pauseMin, pauseMax
		l.extras.down.least, l.extras.down.most = extraPauseMin, extraPauseMax
		c.links[addr] = l
	}
	l.users++
	return l, nil
}

// count counts the users of links: endpoints that came and went, and others that are done. A link
// that has lost its last user finishes its calls and goes.
func (c *Client) count(came, went []*lb.Endpoint, done []*link) {
	var unused []*link
	leave := func(l *link) {
		if l.users--; l.users == 0 && c.links[l.addr] == l {
			delete(c.links, l.addr)
			c.leaving[l] = struct{}{}
			unused = append(unused, l)
		}
	}
	c.mu.Lock()
	for _, e := range came {
		e.Data().(*link).users++
	}
	for _, e := range went {
		leave(e.Data().(*link))
	}
	for _, l := range done {
		leave(l)
	}
	c.mu.Unlock()
	for _, l := range unused {
		l.drain()
	}
}

// get gives a connection that takes calls, and makes it if need be, for a call that ends with ctx
// or at the deadline, if that is not zero.
func (l *link) get(ctx context.Context, deadline time.Duration) (*clientConn, error) {
	if c := l.current.Load(); c != nil {
		c.use()
		return c, nil
	}
	d, err := l.dial()
	if err != nil {
		return nil, err
	}
	if err := await(ctx, deadline, d.done); err != nil {
		return nil, err
	}
	return d.conn, d.err
}

// gaveUp is the error of a wait that the caller's context or deadline has ended.
type gaveUp struct{ cause error }

func (g gaveUp) Error() string { return g.cause.Error() }

// await waits for done, as long as a call may wait.
func await(ctx context.Context, deadline time.Duration, done <-chan struct{}) error {
	var timeout <-chan time.Time
	if deadline != 0 {
		timer := time.NewTimer(deadline - transport.Now())
		defer timer.Stop()
		timeout = timer.C
	}
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return gaveUp{ctx.Err()}
	case <-timeout:
		return gaveUp{context.DeadlineExceeded}
	}
}

// dial joins the attempt to connect that is under way, or begins one unless it is too early.
func (l *link) dial() (*dialling, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.dialling != nil {
		return l.dialling, nil
	}
	if c := l.current.Load(); c != nil {
		return ready(c), nil
	}
	if l.closed != nil {
		return nil, l.closed
	}
	if l.down.isEarly() {
		return nil, l.down.lastErr
	}
	if !l.client.enter() {
		return nil, ErrClientClosed
	}
	d := &dialling{done: make(chan struct{})}
	l.dialling = d
	go l.connect(d)
	return d, nil
}

// ready is an attempt that has succeeded.
func ready(c *clientConn) *dialling {
	d := &dialling{done: make(chan struct{}), conn: c}
	close(d.done)
	return d
}

// enter counts a goroutine that Close waits for.
func (c *Client) enter() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return false
	}
	c.all.Add(1)
	return true
}

// connect dials, independently of any caller's patience, because others may wait too.
func (l *link) connect(d *dialling) {
	client := l.client
	defer client.all.Done()
	ctx, cancel := client.whileDialling()
	defer cancel()
	c := l.newConn(false)
	l.mu.Lock()
	l.conns[c] = struct{}{} // before its first event
	l.mu.Unlock()
	conn, err := client.open(ctx, l.addr, c)
	if !l.connected(d, c, conn, err) {
		conn.Close(frame.ReasonNone, d.err.Error())
	}
	close(d.done)
}

// whileDialling ends when an attempt to connect has lasted too long, and with the client.
func (c *Client) whileDialling() (context.Context, context.CancelFunc) {
	if limit := c.config.DialTimeout; limit > 0 {
		return context.WithTimeout(c.ctx, limit)
	}
	return context.WithCancel(c.ctx)
}

// open makes a connection, with fresh credentials.
func (c *Client) open(ctx context.Context, addr transport.Addr,
	h transport.Handler) (*transport.Conn, error) {
	cfg := c.config.Transport
	if c.config.Auth != nil {
		auth, err := c.config.Auth(ctx)
		if err != nil {
			return nil, fmt.Errorf("credentials: %w", err)
		}
		cfg.Session.Params.Auth = auth
		if err := cfg.Check(); err != nil {
			return nil, err
		}
	}
	return c.config.dial(ctx, addr, cfg, h)
}

// connected takes the outcome of an attempt to connect. False: conn is not wanted any more.
func (l *link) connected(d *dialling, c *clientConn, conn *transport.Conn, err error) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dialling = nil
	_, alive := l.conns[c]
	switch {
	case err != nil:
		l.gone(c)
		l.down.fail(dialError(err))
		d.err = l.down.lastErr
	case !alive && c.greeted.Load(): // it has ended already, and that was no failure to connect
		d.err = errEndedAtOnce
	case !alive:
		d.err = l.down.lastErr
	case l.closed != nil:
		d.err = l.closed
		return false
	default:
		c.conn, d.conn = conn, c
		c.used.Store(true)
		l.current.Store(c)
	}
	return true
}

// dialError keeps the reason of a failed dial, but not as the end of a context: the caller would
// take it for its own.
func dialError(err error) error {
	if contextCode(err) != 0 {
		return fmt.Errorf("no connection: %v", err)
	}
	return fmt.Errorf("no connection: %w", err)
}

// downFor is for how long the address has been out of reach.
func (l *link) downFor() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.down.downFor()
}

// greeted notes that the address is good.
func (l *link) greeted() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.down.failures = 0
}

// lose sends no more calls to c.
func (l *link) lose(c *clientConn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.remove(c)
}

// ended forgets a connection that is over. One that never said hello was no success.
func (l *link) ended(c *clientConn, cause error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.remove(c)
	l.gone(c)
	if !c.greeted.Load() && !c.extra { // who makes an extra one sees to it
		if cause == nil {
			cause = errNoGreeting
		}
		l.down.fail(fmt.Errorf("connection: %w", cause))
	}
}

// gone forgets a connection, and with the last one a link that has lost its users. mu is held.
func (l *link) gone(c *clientConn) {
	delete(l.conns, c)
	if l.closed != nil && len(l.conns) == 0 {
		l.client.mu.Lock()
		delete(l.client.leaving, l)
		l.client.mu.Unlock()
	}
}

// drain lets the calls in flight finish and takes no new ones.
func (l *link) drain() {
	for _, c := range l.shut(errLeft) {
		c.conn.Drain()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.gone(nil) // if there is none
}

// close ends the connections at once and waits until they are gone.
func (l *link) close() {
	conns := l.shut(ErrClientClosed)
	for _, c := range conns {
		c.conn.Close(frame.ReasonNone, "the client was closed")
	}
	for _, c := range conns {
		<-c.conn.Done()
	}
}

// shut makes the link refuse calls for the reason why, and gives the connections that it has.
func (l *link) shut(why error) []*clientConn {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = why
	l.extras.clear()
	l.current.Store(nil)
	conns := make([]*clientConn, 0, len(l.conns))
	for c := range l.conns {
		if c.conn != nil { // else who makes it closes it
			conns = append(conns, c)
		}
	}
	return conns
}
