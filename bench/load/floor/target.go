package floor

import (
	"errors"
	"net"

	"github.com/leverrpc/lever/bench/load/campaign"
	"github.com/leverrpc/lever/bench/load/meter"
	"github.com/leverrpc/lever/bench/load/sample"
)

// Targets are the floors.
func Targets() []*campaign.Target {
	return []*campaign.Target{
		{Name: "floor/gnet", About: "length and payload, echoed by a bare gnet server",
			Serve: serveGnet, Dial: dial, Idle: idle},
		{Name: "floor/net", About: "length and payload, echoed by a goroutine for each connection",
			Serve: serveNet, Dial: dial, Idle: idle},
	}
}

// client is a number of connections.
type client struct{ conns []*conn }

func dial(addr string, conns int) (campaign.Client, error) {
	c := &client{}
	for range conns {
		nc, err := net.Dial("tcp", addr)
		if err != nil {
			return nil, errors.Join(err, c.Close())
		}
		c.conns = append(c.conns, newConn(nc))
	}
	return c, nil
}

// Op echoes bytes. A value is the bytes of its JSON text, which nobody encodes or decodes; and a
// message on a stream is an echo as any other.
func (c *client) Op(k campaign.Case, caller int) (meter.Op, error) {
	var payload []byte
	switch k.Kind {
	case campaign.Value, campaign.Plan:
		payload = sample.OrderText()
	case campaign.Bytes, campaign.Ping:
		payload = sample.Bytes(k.Bytes)
	default:
		return nil, campaign.ErrNot
	}
	conn, w := c.conns[caller%len(c.conns)], newWaiter(len(payload))
	return func() error {
		if err := conn.call(payload, w); err != nil {
			return err
		}
		return sample.CheckBytes(payload, w.reply)
	}, nil
}

// Close ends the connections.
func (c *client) Close() error {
	for _, conn := range c.conns {
		conn.mu.Lock()
		conn.fail(net.ErrClosed)
		conn.mu.Unlock()
	}
	return nil
}

// idle opens connections that say nothing.
func idle(addr string, n int) (release func(), err error) {
	var all []net.Conn
	release = func() {
		for _, nc := range all {
			nc.Close()
		}
	}
	for range n {
		nc, err := net.Dial("tcp", addr)
		if err != nil {
			release()
			return nil, err
		}
		all = append(all, nc)
	}
	return release, nil
}
