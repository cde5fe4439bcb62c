package engine

import (
	"context"
	"errors"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/frame"
	"github.com/leverrpc/lever/wire"
)

// outcome translates a handler's error into the answer that its caller gets.
func outcome(ctx context.Context, err error) (r session.Result, payload []byte) {
	if bad, ok := err.(*badArgsError); ok {
		r.Status, r.Flags = frame.InvalidArgument, frame.Unprocessed|frame.NoRetry
		return r, wire.AppendString(nil, bad.text)
	}
	if e, ok := errors.AsType[*Error](err); ok && e.Method == "" && e.Code.isKnown() {
		r.Status = frame.Status(e.Code)
		if e.NoRetry {
			r.Flags |= frame.NoRetry
		}
		if e.Code.isOwn() && !e.Detail.IsZero() {
			if e.Detail.IsBytes() {
				r.Flags |= frame.Bytes
			}
			return r, e.Detail.encoded()
		}
		return r, wire.AppendString(nil, textOf(err, e))
	}
	r.Status = frame.Application
	if code, ok := errors.AsType[Code](err); ok && code.isKnown() && !fromCall(err) {
		r.Status = frame.Status(code)
	} else if code := contextCode(err); code != 0 && ctx.Err() != nil {
		r.Status = frame.Status(code)
	}
	return r, wire.AppendString(nil, err.Error())
}

// fromCall reports whether err is what a call of the handler's own ended with.
func fromCall(err error) bool {
	e, ok := errors.AsType[*Error](err)
	return ok && e.Method != ""
}

// textOf gives the text for people: that of e alone, unless something wraps it and says more.
func textOf(err error, e *Error) string {
	if err == error(e) {
		return e.Message
	}
	return err.Error()
}

// failure translates the end of a call at the caller's side into its error.
func failure(method string, ev *session.Event) *Error {
	e := &Error{
		Code: Code(ev.Status), Method: method, Effect: Effect(ev.Effect),
		RetryAfter: ev.Retry, NoRetry: ev.Flags&frame.NoRetry != 0, cause: ev.Err,
	}
	switch {
	case ev.Err != nil: // this side ended it
		e.Message = ev.Err.Error()
		if e.Code == DeadlineExceeded {
			e.cause = context.DeadlineExceeded
		}
	case e.Code.isOwn():
		c := coder[Payload]{form: asPayload}
		if err := c.decode(ev.Payload, ev.Flags&frame.Bytes != 0, &e.Detail); err != nil {
			e.Message = "malformed error value: " + err.Error()
			return e
		}
		e.Message = e.Detail.message()
	case len(ev.Payload) > 0:
		text, n := wire.ConsumeString(ev.Payload)
		if n > 0 {
			e.Message = string(text)
		}
	}
	return e
}
