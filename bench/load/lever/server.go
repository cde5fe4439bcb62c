package lever

import (
	"context"
	"io"

	"github.com/leverrpc/lever/bench/load/campaign"
	"github.com/leverrpc/lever/bench/load/sample"
	"github.com/leverrpc/lever/engine"
	"github.com/leverrpc/lever/engine/transport"
)

// The service. Methods that stream cannot be inline.
var (
	object = engine.Declare1[sample.Order, sample.Order]("object")
	plain  = engine.Declare1[sample.PlainOrder, sample.PlainOrder]("plain")
	echoed = "bytes"
	ping   = "pingChan"
	push   = "pushChan"
	flood  = "floodChan"
)

// serve starts a server of the bench service.
func serve(driver transport.Driver, inline bool) (addr string, err error) {
	s := engine.NewServer(engine.ServerConfig{
		Service:   "bench",
		MaxWait:   -1, // what is measured is the queue, too
		Transport: transport.Config{Driver: driver, Session: sizes},
	})
	kind := func(h engine.Handler) engine.Handler { return h }
	if inline {
		kind = engine.Inline
	}
	objects, plains := object.Func(echo[sample.Order]), plain.Func(echo[sample.PlainOrder])
	objects.Handler, plains.Handler = kind(objects.Handler), kind(plains.Handler)
	err = s.Add(objects, plains,
		engine.Named{Name: echoed, Handler: kind(engine.Bytes(echoBytes))},
		engine.Named{Name: ping, Handler: engine.Chan0(echoAll)},
		engine.Named{Name: push, Handler: engine.Chan0(drop)},
		engine.Named{Name: flood, Handler: engine.Chan0(fill)},
	)
	if err != nil {
		return "", err
	}
	if err := s.Listen("tcp://127.0.0.1:0"); err != nil {
		return "", err
	}
	go s.Serve(context.Background()) // until the process ends
	return s.Addrs()[0], nil
}

func echo[T any](_ context.Context, v T) (T, error) { return v, nil }

func echoBytes(_ context.Context, dst, in []byte) ([]byte, error) { return append(dst, in...), nil }

// echoAll sends every message back.
func echoAll(_ context.Context, ch *engine.Chan[[]byte, []byte]) error {
	for p, err := range ch.All() {
		if err != nil {
			return err
		}
		if err := ch.Send(p); err != nil {
			return err
		}
	}
	return nil
}

// drop reads every message.
func drop(_ context.Context, ch *engine.Chan[[]byte, []byte]) error {
	for {
		_, err := ch.Recv()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// fill sends as much as the other side takes, up to a limit.
func fill(_ context.Context, ch *engine.Chan[[]byte, []byte]) error {
	p := sample.Bytes(64 << 10)
	for range campaign.StallBytes / len(p) {
		if err := ch.Send(p); err != nil {
			return err
		}
	}
	return nil
}
