package dns

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"sync"
	"time"
)

// ear listens to the answers that Go's resolver reads, for two things that it does not tell: the
// TTLs, and whether an answer was whole. Of one that is cut the resolver takes what it can read.
// Safe for concurrent use: two questions may be under way.
type ear struct {
	wrapped func(ctx context.Context, network, address string) (net.Conn, error)

	mu    sync.Mutex    // guards what follows
	least time.Duration // negative: no TTL was heard
	err   error         // of an answer that was not whole
}

// newEar makes an ear for a dialer; nil is that of package net.
func newEar(dial func(ctx context.Context, network, address string) (net.Conn, error)) *ear {
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	return &ear{wrapped: dial, least: -1}
}

// heard gives the shortest TTL, a negative one if there was none, or why an answer counts as none.
func (e *ear) heard() (ttl time.Duration, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.least, e.err
}

// dial is for net.Resolver. That takes a connection for one of packets if it looks like one.
func (e *ear) dial(ctx context.Context, network, address string) (net.Conn, error) {
	conn, err := e.wrapped(ctx, network, address)
	if err != nil {
		return nil, err
	}
	if packets, ok := conn.(net.PacketConn); ok {
		return &packetConn{Conn: conn, packets: packets, ear: e}, nil
	}
	return &streamConn{Conn: conn, ear: e}, nil
}

// hear takes one answer.
func (e *ear) hear(message []byte) {
	ttl, ok := leastTTL(message)
	e.mu.Lock()
	defer e.mu.Unlock()
	if !ok {
		e.err = errors.New("the answer is malformed")
	} else {
		e.least = shorter(e.least, ttl)
	}
}

// hearCut takes an answer that says itself that it is cut, though it could not be longer.
func (e *ear) hearCut() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.err = errors.New("the answer is truncated")
}

// packetConn carries one message in each packet. Others than the one asked may send some too: only
// what has the id of the question is heard.
type packetConn struct {
	net.Conn
	packets net.PacketConn
	ear     *ear
	id      [2]byte
}

// Write implements net.Conn.
func (c *packetConn) Write(b []byte) (int, error) {
	copy(c.id[:], b)
	return c.Conn.Write(b)
}

// Read implements net.Conn.
func (c *packetConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if m := b[:n]; n >= headerSize && [2]byte(m) == c.id && !isTruncated(m) {
		c.ear.hear(m) // else the resolver reads on, or asks again by a stream
	}
	return n, err
}

// ReadFrom and WriteTo make it a net.PacketConn; net.Resolver does not call them.

func (c *packetConn) ReadFrom(b []byte) (int, net.Addr, error) { return c.packets.ReadFrom(b) }

func (c *packetConn) WriteTo(b []byte, to net.Addr) (int, error) { return c.packets.WriteTo(b, to) }

// streamConn carries messages behind a length of two bytes each.
type streamConn struct {
	net.Conn
	ear  *ear
	read []byte // what was read of the message that is not whole; at most 64 KiB
}

// Read implements net.Conn.
func (c *streamConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	c.read = append(c.read, b[:n]...)
	for len(c.read) >= 2 {
		end := 2 + int(binary.BigEndian.Uint16(c.read))
		if len(c.read) < end {
			break
		}
		m := c.read[2:end]
		if c.read = c.read[end:]; len(m) >= headerSize && isTruncated(m) {
			c.ear.hearCut()
		} else {
			c.ear.hear(m)
		}
	}
	return n, err
}
