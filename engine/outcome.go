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
		r.Flags = refusal(r.Status)
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
		r.Flags = refusal(r.Status)
	} else if code := contextCode(err); code != 0 && ctx.Err() != nil {
		r.Status = frame.Status(code)
	}
	return r, wire.AppendString(nil, err.Error())
}

// refusal gives the flags of a handler's error with this status. Some statuses say that a call was
// refused before anything was done (SPEC.md, 15.1), so the handler that chooses one says so too.
func refusal(s frame.Status) frame.Flags {
	switch s {
	case frame.NoService, frame.WrongOwner, frame.NotLeased:
		return frame.Unprocessed
	case frame.NoMethod, frame.Private, frame.WrongKind, frame.Unauthenticated:
		return frame.Unprocessed | frame.NoRetry
	}
	return 0
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
	if e.Code == WrongOwner {
		e.redirect = redirectOf(ev.Ext)
	}
	switch {
	case ev.Err != nil: // this side ended it
		e.Message = ev.Err.Error()
		if e.Code == DeadlineExceeded {
			e.cause = context.DeadlineExceeded
		}
	case !e.Code.isKnown(): // SPEC F-542
		e.Code, e.Message = Internal, "reserved status "+ev.Status.String()
	default:
		if err := e.read(ev.Whole(), ev.Flags&frame.Bytes != 0); err != nil { // SPEC F-541
			e.Message = e.Code.Error() + ", with a malformed error value: " + err.Error()
			e.Code, e.Detail = Internal, Payload{}
		}
	}
	return e
}

// read takes the body of a RESULT that is not OK.
func (e *Error) read(body []byte, isBytes bool) error {
	if e.Code.isOwn() {
		err := detailCoder.read(body, isBytes, &e.Detail)
		e.Message = e.Detail.message()
		return err
	}
	if len(body) == 0 {
		return nil
	}
	return textCoder.read(body, isBytes, &e.Message)
}

var (
	detailCoder = must(coderFor[Payload]())
	textCoder   = must(coderFor[string]())
)

// must is for what cannot fail: both types have a wire form.
func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}
