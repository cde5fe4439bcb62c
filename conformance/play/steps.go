package play

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/leverrpc/lever/conformance/script"
)

// steps runs a list of steps.
func (p *player) steps(all []script.Step) error {
	for i := range all {
		s := &all[i]
		p.line = s.Line
		if err := p.ctx.Err(); err != nil {
			return err
		}
		if err := p.step(s); err != nil {
			var no skip
			if errors.As(err, &no) {
				return err
			}
			if p.line != s.Line { // a step inside of a block has told already
				return err
			}
			return fmt.Errorf("line %d: %s: %w", s.Line, s.Text, err)
		}
	}
	return nil
}

// verb is what a step does.
type verb func(*player, *script.Step) error

// local are the steps that need no connection.
func local() map[string]verb {
	return map[string]verb{
		"set":      (*player).set,
		"repeat":   (*player).repeat,
		"manual":   (*player).manual,
		"wait":     (*player).wait,
		"drain":    (*player).drain,
		"connect":  func(p *player, _ *script.Step) error { return p.connect() },
		"accept":   func(p *player, _ *script.Step) error { return p.connect() },
		"do":       (*player).do,
		"outcome":  (*player).outcome,
		"message":  (*player).outcome,
		"finished": (*player).outcome,
	}
}

// remote are those that need one.
func remote() map[string]verb {
	return map[string]verb{
		"open":           (*player).open,
		"send":           (*player).sendFrame,
		"send_body":      (*player).sendBody,
		"sendhex":        (*player).sendHex,
		"chop":           (*player).setChop,
		"cork":           func(p *player, _ *script.Step) error { p.corked = true; return nil },
		"uncork":         (*player).uncork,
		"expect":         (*player).expect,
		"expect_any":     (*player).expect,
		"expect_all":     (*player).expectAll,
		"expect_none":    (*player).expectNone,
		"expect_close":   (*player).expectClose,
		"expect_end":     (*player).expectEnd,
		"fence":          func(p *player, _ *script.Step) error { return p.fence() },
		"await":          (*player).await,
		"require":        (*player).require,
		"check":          (*player).check,
		"stop_reading":   func(p *player, _ *script.Step) error { p.link.pause(true); return nil },
		"resume_reading": func(p *player, _ *script.Step) error { p.link.pause(false); return nil },
		"half_close":     func(p *player, _ *script.Step) error { p.link.then(p.link.conn.CloseWrite); return nil },
		"reset":          func(p *player, _ *script.Step) error { p.link.then(p.link.conn.Reset); return nil },
		"close":          func(p *player, _ *script.Step) error { p.link.then(p.link.conn.Close); return nil },
	}
}

func (p *player) step(s *script.Step) error {
	if run, ok := p.local[s.Verb]; ok {
		return run(p, s)
	}
	if p.link == nil { // a client is under test, and connects when it likes
		if err := p.connect(); err != nil {
			return err
		}
	}
	return p.remote[s.Verb](p, s)
}

// after is the end of a wait.
func (p *player) after() <-chan time.Time { return time.After(p.limit) }

// open is the two HELLOs. The fields are parameters of the runner's.
func (p *player) open(s *script.Step) error {
	fields := s.Frames[0].Fields
	if p.client != nil {
		if err := p.want(script.Pattern{Type: "HELLO"}); err != nil {
			return err
		}
		fields = append([]script.Field{{Key: "version", Value: "1"}}, fields...)
	} else {
		fields = append([]script.Field{{Key: "versions", Value: "1..1"}}, fields...)
	}
	f, err := script.Pattern{Type: "HELLO", Fields: fields}.Build(p.env)
	if err != nil {
		return err
	}
	p.send(f.Append(nil))
	if p.client == nil {
		return p.want(script.Pattern{Type: "HELLO", Fields: []script.Field{{Key: "version", Value: "1"}}})
	}
	return nil
}

func (p *player) sendFrame(s *script.Step) error {
	f, err := s.Frames[0].Build(p.env)
	if err == nil {
		p.send(f.Append(nil))
	}
	return err
}

func (p *player) sendHex(s *script.Step) error {
	b, err := script.Hex(strings.Join(s.Args, " "))
	if err == nil {
		p.send(b)
	}
	return err
}

// sendBody sends a frame whose body goes on, in fragments of at most so many bytes, and waits
// for credit where it must.
func (p *player) sendBody(s *script.Step) error {
	most, err := p.env.Number(s.Args[0])
	if err != nil {
		return err
	}
	f, err := s.Frames[0].Build(p.env)
	if err != nil {
		return err
	}
	rest, limit := f.Payload, p.after()
	for begun := false; len(rest) > 0 || !begun; begun = true {
		n := min(int64(len(rest)), most, p.ledger.ours.maxFrame)
		for !p.covers(f, n) {
			if err := p.collect(limit); err != nil {
				return err
			}
		}
		part := f
		part.Payload, rest = rest[:n], rest[n:]
		part.Length = uint32(n)
		if len(rest) > 0 {
			part.Flags |= script.More
		}
		if begun {
			part.Type, part.Code, part.Aux, part.Flags = script.Msg, 0, 0, part.Flags&script.More
		}
		p.send(part.Append(nil))
	}
	return nil
}

// covers reports whether both credits hold n bytes more.
func (p *player) covers(f script.Frame, n int64) bool {
	left := p.ledger.ours.stream
	if c := p.ledger.calls[f.ID]; c != nil {
		left = c.ours
	}
	return n <= left && n <= p.ledger.ours.bytes
}

func (p *player) setChop(s *script.Step) error {
	n, err := p.env.Number(s.Args[0])
	p.chop = int(n)
	return err
}

func (p *player) uncork(*script.Step) error {
	b := p.cork
	p.cork, p.corked = nil, false
	p.send(b)
	return nil
}

func (p *player) set(s *script.Step) error {
	n, err := p.env.Number(s.Args[1])
	p.env.Vars[s.Args[0]] = n
	return err
}

func (p *player) repeat(s *script.Step) error {
	n, err := p.env.Number(s.Args[0])
	if err != nil {
		return err
	}
	for i := range n {
		p.env.Vars["i"] = i
		if err := p.steps(s.Body); err != nil {
			return err
		}
	}
	return nil
}

func (p *player) manual(s *script.Step) error {
	p.noPing = p.noPing || s.Args[0] != "credit"
	p.noCredit = p.noCredit || s.Args[0] != "ping"
	return nil
}

// wait lets time pass: only for what the protocol itself measures in time.
func (p *player) wait(s *script.Step) error {
	ms, err := p.env.Number(s.Args[0])
	if err != nil {
		return err
	}
	select {
	case <-time.After(time.Duration(ms) * time.Millisecond):
		return nil
	case <-p.ctx.Done():
		return p.ctx.Err()
	}
}

func (p *player) drain(*script.Step) error {
	if p.own == nil {
		return fmt.Errorf("the script lacks needs drain")
	}
	p.own.Drain()
	return nil
}
