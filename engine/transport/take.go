package transport

import (
	"context"
	"crypto/tls"
	"net"

	"github.com/leverrpc/lever/engine/session"
)

// take starts what an accepted connection needs. An error says that the system is short of
// something; that the connection was refused is none.
func (l *Listener) take(nc net.Conn) error {
	if !l.door.enter(nc.RemoteAddr()) {
		nc.Close()
		return nil
	}
	noDelay(nc)
	switch {
	case l.tls != nil:
		l.shake(nc)
	case l.loops != nil:
		c := l.newConn(nc)
		l.loops.attach(c, nc, &l.cfg)
		if l.register(c, nc) {
			return l.loops.adopt(c, nc)
		}
	default:
		l.start(newSocket(nc, l.cfg.StallTimeout), nil)
	}
	return nil
}

// start drives a connection with a goroutine of its own.
func (l *Listener) start(sock *socket, over *tls.Conn) {
	c := l.newConn(sock.Conn)
	d := newNetDriver(c, sock, over)
	if l.register(c, sock.Conn) {
		go d.run()
	}
}

// newConn makes the connection of nc.
func (l *Listener) newConn(nc net.Conn) *Conn {
	c := newConn(&l.cfg, session.Server, l.handler)
	from := nc.RemoteAddr()
	c.onDone = func(c *Conn) {
		l.door.leave(from)
		l.mu.Lock()
		delete(l.conns, c)
		l.change.Broadcast()
		l.mu.Unlock()
	}
	return c
}

// register makes c one of those that Drain and Close end; its driver must be set. In the same
// moment nc is no longer one in its handshake, which would be closed. False: the listener has
// stopped, and nc was closed.
func (l *Listener) register(c *Conn, nc net.Conn) bool {
	l.mu.Lock()
	stopped := l.stopped
	if !stopped {
		l.conns[c] = struct{}{}
		delete(l.shaking, nc)
	}
	l.mu.Unlock()
	if stopped {
		l.refuse(nc)
	}
	return !stopped
}

// refuse closes a connection that was let in and will not be served.
func (l *Listener) refuse(nc net.Conn) {
	nc.Close()
	l.door.leave(nc.RemoteAddr())
	l.mu.Lock()
	delete(l.shaking, nc)
	l.change.Broadcast()
	l.mu.Unlock()
}

// shake does a TLS handshake in a goroutine, which ends within the time limit.
func (l *Listener) shake(nc net.Conn) {
	l.mu.Lock()
	stopped := l.stopped
	if !stopped {
		l.shaking[nc] = struct{}{}
	}
	l.mu.Unlock()
	if stopped {
		l.refuse(nc)
		return
	}
	go l.shaken(nc)
}

// shaken does one handshake, and starts the connection if it succeeds.
func (l *Listener) shaken(nc net.Conn) {
	sock := newSocket(nc, l.cfg.StallTimeout)
	over := tls.Server(sock, l.tls)
	err := handshake(context.Background(), over, sock, l.cfg.HandshakeTimeout)
	if err != nil {
		l.refuse(nc)
		l.cfg.Logger.Debug("transport: refused", "remote", addrText(nc.RemoteAddr()), "error", err)
		return
	}
	l.start(sock, over)
}
