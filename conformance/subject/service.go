package subject

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/leverrpc/lever/engine"
	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/frame"
)

// Service is the name of the service that every server under test offers.
const Service = "conformance"

// NewServer makes a server with all methods of the service.
func NewServer(config transport.Config) (*engine.Server, error) {
	s := engine.NewServer(engine.ServerConfig{
		Service: Service, Transport: config,
		MaxWait: -1, // however busy the machine is, no answer may be another
	})
	var counters counters
	err := errors.Join(
		s.Handle("echo", engine.Func1(echo)),
		s.Handle("echoBytes", engine.Func1(echoBytes)),
		s.Handle("fail", engine.Func1(fail)),
		s.Handle("sleep", engine.Func1(sleep)),
		s.Handle("count", engine.Func1(counters.count)),
		s.Handle("big", engine.Func1(big)),
		s.Handle("echoChan", engine.Chan0(echoChan)),
		s.Handle("sinkChan", engine.Chan0(sinkChan)),
		s.Handle("floodChan", engine.Chan2(floodChan)),
		s.Handle("holdChan", engine.Chan0(holdChan)),
	)
	return s, err
}

// maxBig bounds what big and floodChan may be asked for.
const maxBig = 64 << 20

func echo(_ context.Context, v engine.Payload) (engine.Payload, error) { return v, nil }

func echoBytes(_ context.Context, b []byte) ([]byte, error) { return b, nil }

// fail ends with the status that it is given, and an error value if the status has one.
func fail(_ context.Context, status uint16) (engine.None, error) {
	switch {
	case status == 0:
		return engine.None{}, engine.Errorf(engine.InvalidArgument, "0 is no failure")
	case status == uint16(frame.Application) || engine.Code(status) >= engine.FirstOwn:
		return engine.None{}, engine.Fail(engine.Code(status), "failed")
	}
	return engine.None{}, engine.Errorf(engine.Code(status), "failed")
}

// sleep waits, or until it is told to stop.
func sleep(ctx context.Context, ms int64) (engine.None, error) {
	select {
	case <-time.After(time.Duration(ms) * time.Millisecond):
		return engine.None{}, nil
	case <-ctx.Done():
		return engine.None{}, engine.Errorf(engine.CodeOf(context.Cause(ctx)), "told to stop")
	}
}

// counters count by key: the proof of what has run, and how often.
type counters struct {
	mu sync.Mutex
	m  map[string]int64
}

func (c *counters) count(_ context.Context, key string) (int64, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.m == nil {
		c.m = make(map[string]int64)
	}
	c.m[key]++
	return c.m[key], nil
}

// big gives n bytes of the letter a.
func big(_ context.Context, n int64) ([]byte, error) {
	if n < 0 || n > maxBig {
		return nil, engine.Errorf(engine.InvalidArgument, "0 to %d bytes", maxBig)
	}
	return bytes.Repeat([]byte("a"), int(n)), nil
}

// echoChan sends every message back until the caller finishes.
func echoChan(_ context.Context, ch *engine.Chan[engine.Payload, engine.Payload]) error {
	for m, err := range ch.All() {
		if err != nil {
			return err
		}
		if err := ch.Send(m); err != nil {
			return err
		}
	}
	return nil
}

// sinkChan reads every message until the caller finishes.
func sinkChan(_ context.Context, ch *engine.Chan[engine.Payload, engine.Payload]) error {
	for {
		if _, err := ch.Recv(); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
	}
}

// floodChan sends n messages of size bytes each: message i is of the byte i mod 256.
func floodChan(_ context.Context, n, size int64, ch *engine.Chan[engine.Payload, []byte]) error {
	if n < 0 || size < 0 || n > maxBig || size > maxBig {
		return engine.Errorf(engine.InvalidArgument, "0 to %d", maxBig)
	}
	for i := range n {
		if err := ch.Send(bytes.Repeat([]byte{byte(i)}, int(size))); err != nil {
			return err
		}
	}
	return nil
}

// holdChan reads nothing until it is told to stop.
func holdChan(ctx context.Context, _ *engine.Chan[engine.Payload, engine.Payload]) error {
	<-ctx.Done()
	return engine.Errorf(engine.CodeOf(context.Cause(ctx)), "told to stop")
}
