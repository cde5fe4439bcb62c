package engine

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Error is how a call failed. Every error that a call or a stream gives is one.
//
// A handler may return one too, made with [Errorf] or [Fail]; any other error of a handler reaches
// the caller with the code Application and its text. An Error that a handler got from a call of its
// own counts as any other error: its text travels, its code does not, because "no such method" of a
// service further down says nothing about this one.
type Error struct {
	// Code is the kind of the error.
	Code Code
	// Message is text for people. It may be empty.
	Message string
	// Detail is the error's value if Code is Application or one of the application's own: a text,
	// a structured value, or raw bytes, as the handler chose. Otherwise it is the zero Payload.
	Detail Payload
	// Method is the called method as "service/method", or empty.
	Method string
	// Effect says whether the call may have been executed.
	Effect Effect
	// RetryAfter is how long the other side asks to wait before another attempt. Zero: it did not.
	RetryAfter time.Duration
	// NoRetry says that the other side asks not to try again.
	NoRetry bool

	redirect *redirect // of WrongOwner: who owns the resource; nil: the other side did not say
	cause    error     // what this side saw: a context's error, a failed dial, a broken connection
}

// Errorf makes an error for a handler to return. The verb %w keeps its argument for errors.Is at
// this side; only the text travels.
func Errorf(code Code, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Code: code, Message: err.Error(), Effect: Executed, cause: errors.Unwrap(err)}
}

// Fail makes an error for a handler to return whose value is detail: a []byte or a Payload goes as
// it is, anything else as a value. The code is Application or one of the application's own. The
// message that the caller sees is detail itself if it is a text, or its member "message".
func Fail(code Code, detail any) *Error {
	p, err := PayloadOf(detail)
	if err != nil {
		return Errorf(Internal, "error value: %w", err)
	}
	if !code.isOwn() {
		return Errorf(Internal, "error value with the code %v, which carries text only", code)
	}
	return &Error{Code: code, Message: p.message(), Detail: p, Effect: Executed}
}

// Error gives a line such as "engine: call bank/transfer: no such account".
func (e *Error) Error() string {
	s := "engine: "
	if e.Method != "" {
		s += "call " + e.Method + ": "
	}
	text := e.Message
	if text == "" && !e.Detail.IsZero() {
		text = e.Detail.String()
	}
	switch {
	case e.Code == Application && text != "":
		return s + text
	case text == "":
		return s + e.Code.Error()
	}
	return s + e.Code.Error() + ": " + text
}

// Is makes errors.Is(err, code) true for the error's own code.
func (e *Error) Is(target error) bool {
	code, ok := target.(Code)
	return ok && code == e.Code
}

// Unwrap gives what this side saw, such as context.DeadlineExceeded, or nil.
func (e *Error) Unwrap() error { return e.cause }

// CodeOf gives the code of the call that ended with err, which may be wrapped. It is zero for nil,
// and Internal if err comes from no call. A context's error counts as the code it stands for.
func CodeOf(err error) Code {
	if err == nil {
		return 0
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Code
	}
	if code, ok := errors.AsType[Code](err); ok {
		return code
	}
	if code := contextCode(err); code != 0 {
		return code
	}
	return Internal
}

// contextCode gives the code of a context's error, or zero for any other.
func contextCode(err error) Code {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return DeadlineExceeded
	case errors.Is(err, context.Canceled):
		return Cancelled
	}
	return 0
}

// notSent is an error that was found before anything left this side.
func notSent(method string, code Code, format string, args ...any) *Error {
	e := Errorf(code, format, args...)
	e.Method, e.Effect = method, NotSent
	return e
}
