package engine

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/lb"
)

// pick chooses an instance that was not tried and connects to it. Instances that cannot be reached,
// or do not want the call now, are passed over and added to what was tried; if there is nobody
// else, one of the latter may get it yet.
func (s *service) pick(ctx context.Context, now time.Duration, a *attempt,
	affinity string) (*lb.Endpoint, *clientConn, error) {
	if err := s.refresh(ctx, a.patience()); err != nil {
		return nil, nil, err
	}
	var last error
	var spare *lb.Endpoint
	for {
		ep, err := s.choose(now, a, affinity)
		if err != nil && spare != nil {
			ep, err = spare, nil
			ep.Take(now)
		}
		if err != nil {
			if last != nil {
				err = last
			}
			return nil, nil, err
		}
		l := ep.Data().(*link)
		if ep != spare && l.trouble.Load() != nil {
			if pause, may := l.asks(classOf(a.flags), rand.Float64()); pause > 0 || !may {
				ep.Done(lb.Ignored, now, transport.Now())
				a.pass(ep)
				if may && !a.hurried {
					spare = ep
				} else {
					last = unwelcome(classOf(a.flags), pause)
				}
				continue
			}
		}
		conn, err := l.get(ctx, a.patience())
		if err == nil {
			return ep, conn, nil
		}
		if _, ok := err.(gaveUp); ok {
			ep.Done(lb.Ignored, now, transport.Now())
			return nil, nil, err
		}
		ep.Done(lb.Failed, now, transport.Now())
		a.pass(ep)
		last, spare = err, nil
	}
}

// unwelcome is the error of a call that no instance wants now.
func unwelcome(class int, pause time.Duration) *Error {
	e := notSent("", ResourceExhausted, "the instance is refusing calls")
	e.RetryAfter = max(pause, overloadPauses[class])
	return e
}
