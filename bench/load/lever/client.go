package lever

import (
	"context"
	"errors"

	"github.com/leverrpc/lever/bench/load/campaign"
	"github.com/leverrpc/lever/bench/load/meter"
	"github.com/leverrpc/lever/bench/load/sample"
	"github.com/leverrpc/lever/engine"
)

// client is a number of clients of the engine, each of which has one connection.
type client struct {
	inline   bool // streams are not for inline handlers
	clients  []*engine.Client
	services []engine.Service
}

func dial(addr string, conns int, inline bool) (campaign.Client, error) {
	c := &client{inline: inline}
	for range conns {
		err := c.add(engine.ClientConfig{
			Addrs: []string{addr}, Env: "bench",
			MaxConns: 1, // a shape says how many there are
		})
		if err != nil {
			return nil, errors.Join(err, c.Close())
		}
	}
	return c, nil
}

// add makes another client of the engine.
func (c *client) add(config engine.ClientConfig) error {
	one, err := engine.NewClient(config)
	if err != nil {
		return err
	}
	c.clients = append(c.clients, one)
	c.services = append(c.services, one.Service("/bench"))
	return nil
}

// Op makes calls, or messages on a stream of the caller's own.
func (c *client) Op(k campaign.Case, caller int) (meter.Op, error) {
	s := c.services[caller%len(c.services)]
	switch {
	case k.Kind == campaign.Value:
		return objects(s), nil
	case k.Kind == campaign.Plan:
		return plains(s), nil
	case k.Kind == campaign.Bytes:
		return bytes(s.Method(echoed), k.Bytes), nil
	case k.Kind == campaign.Async:
		return futures(s, k)
	case k.Kind == campaign.Ping && !c.inline:
		return pings(s, k.Bytes)
	case k.Kind == campaign.Push && !c.inline:
		return pushes(s, k)
	}
	return nil, campaign.ErrNot
}

// Close ends the clients.
func (c *client) Close() error {
	var errs []error
	for _, one := range c.clients {
		errs = append(errs, one.Close())
	}
	return errors.Join(errs...)
}

func objects(s engine.Service) meter.Op {
	ctx, sent := context.Background(), sample.TheOrder()
	return func() error {
		got, err := object.Call(ctx, s, sent)
		if err != nil {
			return err
		}
		return got.Check()
	}
}

func plains(s engine.Service) meter.Op {
	ctx, sent := context.Background(), sample.PlainOrder(sample.TheOrder())
	return func() error {
		got, err := plain.Call(ctx, s, sent)
		if err != nil {
			return err
		}
		return (*sample.Order)(&got).Check()
	}
}

func bytes(m engine.Method, n int) meter.Op {
	ctx, sent := context.Background(), sample.Bytes(n)
	room := make([]byte, 0, n)
	return func() error {
		got, err := engine.CallBytes(ctx, m, room, sent)
		if err != nil {
			return err
		}
		return sample.CheckBytes(sent, got)
	}
}

// futures keeps calls under way, of which the oldest is waited for.
func futures(s engine.Service, k campaign.Case) (meter.Op, error) {
	ctx, m, sent := context.Background(), s.Method(echoed), sample.Bytes(k.Bytes)
	ring, at := make([]engine.BytesFuture, k.Depth), 0
	for i := range ring {
		if err := ring[i].Go(ctx, m, make([]byte, 0, k.Bytes), sent); err != nil {
			return nil, err
		}
	}
	return func() error {
		for range k.Units() {
			got, err := ring[at].Wait()
			if err != nil {
				return err
			}
			if err := sample.CheckBytes(sent, got); err != nil {
				return err
			}
			if err := ring[at].Go(ctx, m, got[:0], sent); err != nil {
				return err
			}
			at = (at + 1) % len(ring)
		}
		return nil
	}, nil
}

// pings opens a stream. It ends with its client.
func pings(s engine.Service, n int) (meter.Op, error) {
	ch, err := engine.Open[[]byte, []byte](context.Background(), s.Method(ping))
	if err != nil {
		return nil, err
	}
	sent := sample.Bytes(n)
	return func() error {
		if err := ch.Send(sent); err != nil {
			return err
		}
		got, err := ch.Recv()
		if err != nil {
			return err
		}
		return sample.CheckBytes(sent, got)
	}, nil
}

// pushes opens a stream. It ends with its client.
func pushes(s engine.Service, k campaign.Case) (meter.Op, error) {
	ch, err := engine.Open[[]byte, []byte](context.Background(), s.Method(push))
	if err != nil {
		return nil, err
	}
	sent := sample.Bytes(k.Bytes)
	return func() error {
		for range k.Units() {
			if err := ch.Send(sent); err != nil {
				return err
			}
		}
		return nil
	}, nil
}
