package lever

import (
	"context"
	"errors"

	"github.com/leverrpc/lever/bench/load/campaign"
	"github.com/leverrpc/lever/bench/load/meter"
	"github.com/leverrpc/lever/bench/load/sample"
	"github.com/leverrpc/lever/engine"
	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/frame"
)

// sizes lets both sides take the largest messages that are measured.
var sizes = session.Config{Params: frame.Params{MaxMessage: campaign.LargeBytes}}

// large makes a client of one connection, or of one and another for bulk.
func large(addr string, how campaign.Manner) (campaign.Client, meter.Op, error) {
	c := new(client)
	config := engine.ClientConfig{
		Addrs: []string{addr}, Env: "bench", MaxConns: 1,
		Transport: transport.Config{Session: sizes},
	}
	if how == campaign.Apart {
		config.MaxConns = 2
	}
	if err := c.add(config); err != nil {
		return nil, nil, err
	}
	m := c.services[0].Method(echoed)
	switch how {
	case campaign.Apart:
		return c, bytes(m.Bulk(), campaign.LargeBytes), nil
	case campaign.Pieces:
		op, err := pieces(c.services[0])
		if err != nil {
			return nil, nil, errors.Join(err, c.Close())
		}
		return c, op, nil
	}
	return c, bytes(m, campaign.LargeBytes), nil
}

// pieces opens a stream, on which each operation sends many messages without waiting for their
// echoes. It ends with its client.
func pieces(s engine.Service) (meter.Op, error) {
	const n = campaign.LargeBytes / campaign.PieceBytes
	ch, err := engine.Open[[]byte, []byte](context.Background(), s.Method(ping))
	if err != nil {
		return nil, err
	}
	sent, failed := sample.Bytes(campaign.PieceBytes), make(chan error, 1)
	return func() error {
		go func() {
			var err error
			for i := 0; i < n && err == nil; i++ {
				err = ch.Send(sent)
			}
			failed <- err
		}()
		for range n {
			got, err := ch.Recv()
			if err == nil {
				err = sample.CheckBytes(sent, got)
			}
			if err != nil {
				return err
			}
		}
		return <-failed
	}, nil
}
