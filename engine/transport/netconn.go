package transport

import (
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"time"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/frame"
)

// netDriver drives a connection over a net.Conn with one goroutine that reads. Who has output
// sends it (flush.go).
//
// The reader is the last to go: it ends when the transport does, waits for a flusher that is
// still at work, and finishes the connection.
type netDriver struct {
	conn *Conn
	sock *socket
	w    io.Writer // sock, or TLS over it
	src  source

	drainer func() // drain, made once so that starting it allocates nothing
	gather  bool   // large payloads are written from where they lie

	// Guarded by conn.mu.
	flushing  bool        // a goroutine takes output, and will take what others leave
	need      need        // of memory for output
	failed    error       // writing is over
	halfDone  bool        // the peer was shown that nothing more comes
	readEnded bool        // the transport is over
	linger    *time.Timer // closes the transport lingerMax after the session's end or failed
}

// NewConn drives a session over nc, which it owns from now on, and starts its reader. It is what
// Dial and Listen do with a connection once it is made; TLS, if any, is done before. nc may be
// anything; one that lends its descriptor, as those of package net do, is written to without
// waiting and without another goroutine.
func NewConn(nc net.Conn, role session.Role, cfg Config, h Handler) *Conn {
	cfg = cfg.withDefaults()
	c := newConn(&cfg, role, h)
	d := newNetDriver(c, newSocket(nc, cfg.StallTimeout), nil)
	go d.run()
	return c
}

// newNetDriver ties c to a socket, or to TLS that runs over it.
func newNetDriver(c *Conn, sock *socket, over *tls.Conn) *netDriver {
	d := &netDriver{conn: c, sock: sock, w: sock}
	switch {
	case over != nil:
		state := over.ConnectionState()
		c.tls = &state
		d.w, d.src = over, &plainSource{r: over}
	default:
		if d.src = rawSource(sock.Conn); d.src == nil {
			d.src = &plainSource{r: sock.Conn}
		}
	}
	c.local, c.remote = sock.LocalAddr(), sock.RemoteAddr()
	d.drainer = d.drain
	d.gather = over == nil && sock.gathers()
	c.driver = d
	return d
}

// run is the reader. It ends when the transport does.
func (d *netDriver) run() {
	c := d.conn
	c.mu.Lock()
	c.awaitTurn() // an early command may have begun one
	c.turn()      // a client's HELLO
	c.mu.Unlock()
	var err error
	for err == nil {
		var p []byte
		p, err = d.src.next()
		c.mu.Lock()
		c.awaitTurn()
		if err == nil && !c.over() {
			c.guard(func() { c.session.HandleInput(Now(), p) })
			c.turn()
		}
		c.mu.Unlock()
	}
	d.end(err)
}

// end is reached when reading failed, which is how every connection ends at last.
func (d *netDriver) end(cause error) {
	c := d.conn
	c.mu.Lock()
	c.awaitTurn()
	d.readEnded = true
	if !c.over() {
		c.guard(func() { d.tellEnd(cause) })
	}
	c.turn()
	c.unlocked(d.kill) // whatever flusher is left fails now
	for d.flushing || c.pumping {
		c.calm.Wait()
	}
	if d.linger != nil {
		d.linger.Stop()
	}
	c.mu.Unlock()
	c.finish()
}

// tellEnd tells the session why the transport is gone. An error of writing comes before what the
// reader saw as its consequence.
func (d *netDriver) tellEnd(err error) {
	s := d.conn.session
	switch {
	case d.sock.stalled():
		s.Close(frame.ReasonTimeout, errStalled.Error())
		return
	case d.failed != nil:
		err = d.failed
	case err == io.EOF:
		s.HandleEnd(nil)
		return
	}
	s.HandleEnd(fmt.Errorf("transport: connection with %s: %w", addrText(d.conn.remote), err))
}

// attend is a goroutine for one turn, when a command, made where no handler may be called, has
// left events. conn.pumping is set already.
func (d *netDriver) attend() {
	d.conn.mu.Lock()
	d.conn.turn()
	d.conn.mu.Unlock()
}

// push implements driver. It yields as others do: there may be more than one worker at a batch.
func (d *netDriver) push() { d.settle(false) }

// settle lets the caller send, and a goroutine deliver. It implements driver.
func (d *netDriver) settle(more bool) {
	c := d.conn
	if !c.session.HasEvents() {
		if more {
			d.sendSoon()
		} else {
			d.send(true)
		}
	}
	if !c.pumping && c.session.HasEvents() {
		c.pumping = true
		go d.attend()
		return
	}
	d.wind()
}

// wind closes the transport once the session is over. It implements driver.
func (d *netDriver) wind() {
	c := d.conn
	if d.readEnded || !c.over() && d.failed == nil {
		return
	}
	if d.linger == nil {
		d.linger = time.AfterFunc(lingerMax, d.kill)
	}
	if c.wrecked || d.failed != nil && c.over() {
		c.unlocked(d.kill)
		return
	}
	if c.over() && !d.halfDone && !d.flushing && d.failed == nil {
		d.halfDone = true
		c.unlocked(d.closeWrite)
		if d.sock.full() { // TLS has said its own goodbye, and the kernel did not take it
			d.flushing = true
			go d.drainer()
		}
	}
}

// closeWrite tells the peer that nothing more comes. A close at once would let the kernel throw
// away what the peer has not read yet, the goodbye above all, if input is left unread here; the
// reader therefore goes on until the peer closes too, or lingerMax is over.
func (d *netDriver) closeWrite() {
	for _, w := range []any{d.w, d.sock.Conn} {
		if half, ok := w.(interface{ CloseWrite() error }); ok {
			if half.CloseWrite() != nil {
				d.kill()
			}
			return
		}
	}
	d.kill()
}

// kill closes the transport. The reader sees it and ends the connection.
func (d *netDriver) kill() { d.sock.Conn.Close() }
