package main

import (
	"errors"

	"github.com/leverrpc/lever/bench/load/campaign"
	"github.com/leverrpc/lever/bench/load/meter"
	"github.com/leverrpc/lever/bench/load/sample"
)

// The methods that each server has.
const (
	objectMethod = "object"
	bytesMethod  = "bytes"
)

// conn is one connection of a peer. Safe for concurrent use.
type conn interface {
	// object calls with a value.
	object(in, out *sample.Order) error
	// bytes calls with raw bytes, and may give memory of its own.
	bytes(in []byte) (out []byte, err error)
	close() error
}

// streamer is a conn that has streams too.
type streamer interface {
	ping(n int) (meter.Op, error)
	push(n, batch int) (meter.Op, error)
}

// client is a number of connections of a peer.
type client struct{ conns []conn }

// dialing makes a client's dial of that of one connection.
func dialing(dial func(addr string) (conn, error)) func(string, int) (campaign.Client, error) {
	return func(addr string, conns int) (campaign.Client, error) {
		c := &client{}
		for range conns {
			one, err := dial(addr)
			if err != nil {
				return nil, errors.Join(err, c.Close())
			}
			c.conns = append(c.conns, one)
		}
		return c, nil
	}
}

// Op implements campaign.Client.
func (c *client) Op(k campaign.Case, caller int) (meter.Op, error) {
	one := c.conns[caller%len(c.conns)]
	switch k.Kind {
	case campaign.Value:
		return objectOp(one), nil
	case campaign.Bytes:
		return bytesOp(one, k.Bytes), nil
	}
	s, ok := one.(streamer)
	switch {
	case ok && k.Kind == campaign.Ping:
		return s.ping(k.Bytes)
	case ok && k.Kind == campaign.Push:
		return s.push(k.Bytes, k.Units())
	}
	return nil, campaign.ErrNot
}

// Close implements campaign.Client.
func (c *client) Close() error {
	var errs []error
	for _, one := range c.conns {
		errs = append(errs, one.close())
	}
	return errors.Join(errs...)
}

func objectOp(c conn) meter.Op {
	sent, got := sample.TheOrder(), new(sample.Order)
	return func() error {
		*got = sample.Order{}
		if err := c.object(&sent, got); err != nil {
			return err
		}
		return got.Check()
	}
}

func bytesOp(c conn, n int) meter.Op {
	sent := sample.Bytes(n)
	return func() error {
		got, err := c.bytes(sent)
		if err != nil {
			return err
		}
		return sample.CheckBytes(sent, got)
	}
}
