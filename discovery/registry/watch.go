package registry

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/leverrpc/lever/discovery"
	"github.com/leverrpc/lever/engine"
)

// watching is one Watch. Owned by its goroutine.
type watching struct {
	client *Client
	name   string
	emit   func(engine.View)
	giveUp context.CancelCauseFunc
	lost   *time.Timer // runs while the service seems to be lost; nil: it does not
}

var errLost = fmt.Errorf("registry: all instances have vanished: %w", discovery.ErrNoService)

// Watch implements discovery.Source. It ends with an error when the registry is lost.
func (c *Client) Watch(ctx context.Context, target engine.URL, emit func(engine.View)) error {
	// A deadline would end the stream a moment before its context, which would look like a failure.
	open, giveUp := context.WithCancelCause(context.WithoutCancel(ctx))
	defer giveUp(nil)
	defer context.AfterFunc(ctx, func() { giveUp(ctx.Err()) })()
	w := watching{client: c, name: nameOf(target), emit: emit, giveUp: giveUp}
	defer w.found()
	c.attend(w.name)
	defer c.neglect(w.name)
	ch, err := engine.Open[view, engine.None](open, c.registry.Method(watchMethod),
		w.name, epochOf(c.toldOf(w.name)))
	for err == nil {
		var v view
		if v, err = ch.Recv(); err == nil {
			err = w.take(&v)
		}
	}
	switch {
	case context.Cause(open) == errLost:
		return errLost
	case ctx.Err() != nil:
		return nil
	case err == io.EOF:
		err = errEnded
	}
	return fmt.Errorf("registry: watch %s: %w", w.name, err)
}

// take tells a view, unless it has to be doubted.
func (w *watching) take(v *view) error {
	shown, err := v.decode()
	if err != nil {
		return err
	}
	last := w.client.toldOf(w.name)
	if v.Keep {
		if last != nil {
			w.emit(*last)
		}
		return nil
	}
	hold := w.client.config.Lost
	if v.Lost && hold >= 0 && last != nil && len(last.Instances) > 0 {
		if w.lost == nil {
			w.lost = time.AfterFunc(hold, func() { w.giveUp(errLost) })
		}
		return nil
	}
	w.found()
	w.client.note(w.name, shown)
	w.emit(*shown)
	return nil
}

// found ends the time that a service has until it is taken for lost.
func (w *watching) found() {
	if w.lost != nil {
		w.lost.Stop()
		w.lost = nil
	}
}

// memory is what is remembered of a service.
type memory struct {
	view    *engine.View // the last one; nil: none
	watches int
}

// maxTold is how many services are remembered that nobody watches: the next watch of one that is
// forgotten is told all of it again.
const maxTold = 1 << 10

// attend remembers a service from now on.
func (c *Client) attend(target string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.told[target] == nil {
		c.told[target] = new(memory)
	}
	c.told[target].watches++
}

// neglect ends attend. Of too many services one is forgotten that nobody watches.
func (c *Client) neglect(target string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.told[target].watches--
	if len(c.told) <= maxTold {
		return
	}
	for other, m := range c.told {
		if m.watches == 0 {
			delete(c.told, other)
			return
		}
	}
}

// toldOf gives the last view that was told of a service, or nil. It is attended.
func (c *Client) toldOf(target string) *engine.View {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.told[target].view
}

func (c *Client) note(target string, v *engine.View) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.told[target].view = v
}

// epochOf is what the registry is told of the view that somebody has.
func epochOf(v *engine.View) uint64 {
	if v == nil {
		return 0
	}
	return v.Epoch
}

// nameOf is a target as the registry knows it.
func nameOf(target engine.URL) string {
	target.Resource, target.Method = "", ""
	return target.String()
}

// errEnded is what an end without an error means to those who had reason to expect more.
var errEnded = errors.New("the registry has ended the stream")
