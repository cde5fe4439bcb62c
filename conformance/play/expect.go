package play

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/leverrpc/lever/conformance/script"
)

// want waits for a frame that one of the patterns fits.
func (p *player) want(patterns ...script.Pattern) error {
	if asideFits(patterns) {
		return p.wantAside(patterns)
	}
	w, err := p.next(p.after())
	if err != nil {
		return err
	}
	return p.fit(*w, patterns)
}

// fit compares one frame with the patterns that may fit it.
func (p *player) fit(w script.Whole, patterns []script.Pattern) (err error) {
	for _, pattern := range patterns {
		fault := pattern.Match(p.env, w)
		if fault == nil {
			return nil
		}
		err = errors.Join(err, fault)
	}
	return fmt.Errorf("got %v: %w", w.Frame, err)
}

// asideFits reports whether what is wanted may come at any time, so that others of its kind are
// passed over until it does.
func asideFits(patterns []script.Pattern) bool {
	for _, pattern := range patterns {
		switch pattern.Type {
		case "CREDIT", "BIND", "FRAME":
		case "PING":
			if pattern.Has("answer") {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// wantAside waits for one of the patterns among what may come at any time. Other frames wait.
func (p *player) wantAside(patterns []script.Pattern) error {
	limit := p.after()
	for {
		for i, w := range p.aside {
			if p.fit(w, patterns) == nil {
				p.aside = append(p.aside[:i:i], p.aside[i+1:]...)
				return nil
			}
		}
		if err := p.collect(limit); err != nil {
			return err
		}
	}
}

// collect takes one frame, or waits for bytes, and keeps what is whole for later.
func (p *player) collect(limit <-chan time.Time) error {
	w, err := p.advance(limit)
	switch {
	case err != nil:
		return err
	case w != nil:
		p.keep(w)
	case p.over():
		return errEnd
	}
	return nil
}

// expect and expect_any.
func (p *player) expect(s *script.Step) error { return p.want(s.Frames...) }

// expectAll waits for all of its frames, in any order.
func (p *player) expectAll(s *script.Step) error {
	left := append([]script.Pattern(nil), s.Frames...)
	limit := p.after()
next:
	for len(left) > 0 {
		w, err := p.next(limit)
		if err != nil {
			return fmt.Errorf("%v is missing: %w", left[0], err)
		}
		for i, pattern := range left {
			if pattern.Match(p.env, *w) == nil {
				left = append(left[:i:i], left[i+1:]...)
				continue next
			}
		}
		return p.fit(*w, left)
	}
	return nil
}

// fence asks, and waits for the answer; what comes before it waits in the queue.
func (p *player) fence() error {
	p.nextToken++
	token := p.nextToken
	p.send(script.Frame{Type: script.Ping, Aux: token}.Append(nil))
	limit := p.after()
	for {
		w, err := p.read(limit)
		switch {
		case err != nil:
			return err
		case w == nil:
			return errEnd
		case w.Type == script.Ping && w.Code == 1 && w.Aux == token:
			return nil
		}
		p.keep(w)
	}
}

// expectNone is the proof that nothing comes: the answer to a question overtakes nothing.
func (p *player) expectNone(*script.Step) error {
	if err := p.fence(); err != nil {
		return err
	}
	if len(p.queue) > 0 {
		return fmt.Errorf("got %v", p.queue[0].Frame)
	}
	return nil
}

// expectClose waits for a goodbye with one of the reasons, and the end. What calls in flight
// still say before it is passed over.
func (p *player) expectClose(s *script.Step) error {
	limit := p.after()
	var goodbye *script.Whole
	for {
		w, err := p.next(limit)
		switch {
		case errors.Is(err, errEnd) && goodbye != nil:
			return p.checkReason(s, goodbye)
		case errors.Is(err, errEnd) && abrupt(p.end):
			p.note("-- the goodbye was lost to a reset")
			return nil
		case err != nil:
			return err
		case w.Type == script.GoAway && w.Code != 0:
			goodbye = w
		}
	}
}

func (p *player) checkReason(s *script.Step, goodbye *script.Whole) error {
	if len(s.Args) == 0 {
		return nil
	}
	ok, err := p.env.Reasons(s.Args[0], goodbye.Code)
	if err == nil && !ok {
		err = fmt.Errorf("got %v %q", goodbye.Frame, goodbye.Payload)
	}
	return err
}

// expectEnd waits for the end of the stream without anything before it.
func (p *player) expectEnd(*script.Step) error {
	w, err := p.next(p.after())
	switch {
	case errors.Is(err, errEnd):
		return nil
	case err != nil:
		return err
	}
	return fmt.Errorf("got %v", w.Frame)
}

// compare evaluates the words of await, check and require.
func (p *player) compare(s *script.Step) (bool, error) {
	a, err := p.env.Number(s.Args[0])
	if err != nil {
		return false, err
	}
	b, err := p.env.Number(s.Args[2])
	return script.Relations[s.Args[1]](a, b), err
}

// await reads until a relation holds.
func (p *player) await(s *script.Step) error {
	limit := p.after()
	for {
		if ok, err := p.compare(s); ok || err != nil {
			return err
		}
		if err := p.collect(limit); err != nil {
			a, _ := p.env.Number(s.Args[0])
			return fmt.Errorf("%s is %d: %w", s.Args[0], a, err)
		}
	}
}

func (p *player) check(s *script.Step) error {
	ok, err := p.compare(s)
	if err == nil && !ok {
		a, _ := p.env.Number(s.Args[0])
		err = fmt.Errorf("%s is %d", s.Args[0], a)
	}
	return err
}

// require skips a script that makes no sense with what the subject announced.
func (p *player) require(s *script.Step) error {
	ok, err := p.compare(s)
	if err == nil && !ok {
		a, _ := p.env.Number(s.Args[0])
		return skip(fmt.Sprintf("it takes %s, and %s is %d here", strings.Join(s.Args, " "),
			s.Args[0], a))
	}
	return err
}
