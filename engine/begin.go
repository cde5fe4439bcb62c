package engine

import (
	"context"
	"math"
	"time"

	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/frame"
)

// begin makes a the course of a new call, and checks what can be known before it is sent.
func (a *attempt) begin(ctx context.Context, m *Method, streaming bool) error {
	switch {
	case m.err != nil || m.name == nil:
		return m.refuse(InvalidArgument, "")
	case m.name.streaming != streaming:
		return m.refuse(WrongKind, "%s", wrongKind(m.name.full))
	case m.options.hedged && m.options.flags&frame.Idempotent == 0:
		return m.refuse(InvalidArgument, "hedged and not idempotent")
	case ctx.Err() != nil:
		return contextError(m.name.full, NotSent, ctx.Err())
	}
	if a.worn {
		*a = attempt{}
	}
	a.flags, a.deadline = m.options.flags, 0
	config := &m.s.client.config
	if config.Stats != nil {
		a.began = transport.Now()
	}
	if m.options.keying != noKey && !streaming {
		a.worn, a.key = true, m.options.withKey()
	}
	if d, ok := ctx.Deadline(); ok {
		left := time.Until(d)
		if left <= 0 {
			return contextError(m.name.full, NotSent, context.DeadlineExceeded)
		}
		a.deadline = later(transport.Now(), left)
	} else if d := config.Timeout; d > 0 && !streaming {
		a.deadline = later(transport.Now(), d)
	}
	return nil
}

// later is the time d after now, or one so far away that nobody sees it.
func later(now, d time.Duration) time.Duration { return now + min(d, math.MaxInt64/2) }
