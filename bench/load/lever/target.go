package lever

import (
	"context"
	"fmt"

	"github.com/leverrpc/lever/bench/load/campaign"
	"github.com/leverrpc/lever/engine"
	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/frame"
)

// Targets are the engine's.
func Targets() []*campaign.Target {
	return []*campaign.Target{
		target("lever/worker", "handlers on workers, which is the default, gnet",
			transport.Gnet, false),
		target("lever/inline", "handlers where calls are read, gnet", transport.Gnet, true),
		target("lever/net/worker", "handlers on workers, a goroutine for each connection",
			transport.Net, false),
		target("lever/net/inline", "handlers where calls are read, a goroutine for each connection",
			transport.Net, true),
	}
}

func target(name, about string, driver transport.Driver, inline bool) *campaign.Target {
	return &campaign.Target{
		Name: name, About: about, Idle: idle, Stall: stall, Large: large,
		Serve: func() (string, error) { return serve(driver, inline) },
		Dial: func(addr string, conns int) (campaign.Client, error) {
			return dial(addr, conns, inline)
		},
	}
}

// stall opens a stream that the server fills, takes one message, and leaves it.
func stall(c campaign.Client) (release func(), err error) {
	ctx, cancel := context.WithCancel(context.Background())
	ch, err := engine.Open[[]byte, []byte](ctx, c.(*client).services[0].Method(flood))
	if err == nil {
		_, err = ch.Recv()
	}
	if err != nil {
		cancel()
		return nil, err
	}
	return cancel, nil
}

// idle opens connections, and waits until each has seen the server's greeting.
func idle(addr string, n int) (release func(), err error) {
	to, err := transport.ParseAddr(addr)
	if err != nil {
		return nil, err
	}
	var all []*transport.Conn
	release = func() {
		for _, c := range all {
			c.Close(frame.ReasonNone, "")
		}
	}
	for range n {
		greeted := make(greeting, 1)
		c, err := transport.Dial(context.Background(), to, transport.Config{}, greeted)
		if err != nil {
			release()
			return nil, err
		}
		all = append(all, c)
		if err := <-greeted; err != nil {
			release()
			return nil, err
		}
	}
	return release, nil
}

// greeting is told nil when the server has greeted, or how the connection ended before.
type greeting chan error

// HandleEvent implements transport.Handler.
func (g greeting) HandleEvent(_ *transport.Conn, ev *session.Event) {
	var err error
	switch ev.Kind {
	case session.Ended:
		err = fmt.Errorf("connection ended: %v", ev.Err)
	case session.Hello:
	default:
		return
	}
	select {
	case g <- err:
	default: // it was told
	}
}
