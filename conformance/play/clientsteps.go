package play

import (
	"errors"
	"fmt"

	"github.com/leverrpc/lever/conformance/script"
)

// do gives the client under test a command.
func (p *player) do(s *script.Step) error {
	c, err := script.ParseCommand(s.Args, p.env)
	if err != nil {
		return err
	}
	if c.Do == "connect" {
		c.Addr = p.client.Addr()
	}
	p.note("do %s", s.Text)
	return p.client.Do(c)
}

// outcome waits for what the client under test tells of a call: its result, a message, or the
// end of the messages. News of other calls wait; those of one call come in their order.
func (p *player) outcome(s *script.Step) error {
	want, err := script.ParseNews(s.Verb, s.Args)
	if err != nil {
		return err
	}
	limit := p.after()
	for {
		for i, n := range p.told {
			if n.Call != want.Call {
				continue
			}
			p.told = append(p.told[:i:i], p.told[i+1:]...)
			if err := want.Match(p.env, n); err != nil {
				return fmt.Errorf("the client tells %s %s %s %s: %w", n.Event, n.Status, n.Value, n.Text, err)
			}
			return nil
		}
		select {
		case n, ok := <-p.client.News():
			if err := p.hear(n, ok); err != nil {
				return err
			}
		case <-p.arrivals():
			if err := p.stash(); err != nil {
				return err
			}
		case <-limit:
			return fmt.Errorf("the client told nothing within %v", p.limit)
		}
	}
}

// hear keeps news until a step asks for them. ok is false when there are no more.
func (p *player) hear(n script.News, ok bool) error {
	switch {
	case !ok:
		return errors.New("the client is gone")
	case n.Event == unreadable:
		return errors.New("the client's news cannot be read: " + n.Text)
	case n.Event == "unsupported":
		return skip("the client cannot do this: " + n.Text)
	}
	p.note("client: %s #%s %s %s", n.Event, n.Call, n.Status, n.Text)
	p.told = append(p.told, n)
	return nil
}

// arrivals tells when bytes of the client wait; nil: never.
func (p *player) arrivals() <-chan struct{} {
	if p.link == nil || p.end != nil {
		return nil
	}
	return p.link.news
}

// stash reads what has come, so that questions are answered and credit returns while the runner
// waits for news.
func (p *player) stash() error {
	p.fill(p.link.have())
	for {
		w, more, err := p.parse()
		if !more || err != nil {
			return err
		}
		if w != nil {
			p.keep(w)
		}
	}
}
