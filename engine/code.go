package engine

import (
	"strconv"
	"strings"

	"github.com/leverrpc/lever/frame"
)

// Code says how a call failed. It is the status of the answer on the wire, and an error by itself,
// so that errors.Is(err, engine.NoMethod) asks for the kind of an error.
type Code uint16

// The codes. From FirstOwn to 65535 they are the application's own; other numbers are reserved.
const (
	// Application: the method returned an error, which is the error's value.
	Application = Code(frame.Application)
	// InvalidArgument: the arguments do not fit the method, in number or in type.
	InvalidArgument = Code(frame.InvalidArgument)
	// Cancelled: the caller gave up.
	Cancelled = Code(frame.Cancelled)
	// DeadlineExceeded: the time for the call was over.
	DeadlineExceeded = Code(frame.DeadlineExceeded)
	// NoService: the instance does not serve this service.
	NoService = Code(frame.NoService)
	// NoMethod: the service has no such method.
	NoMethod = Code(frame.NoMethod)
	// NoResource: the service has no such resource.
	NoResource = Code(frame.NoResource)
	// Private: the method, or the service, is not for this caller.
	Private = Code(frame.Private)
	// WrongKind: a streaming method was called as a regular one, or the other way round.
	WrongKind = Code(frame.WrongKind)
	// Unauthenticated: the instance wants to know who calls.
	Unauthenticated = Code(frame.Unauthenticated)
	// PermissionDenied: the caller may not do this.
	PermissionDenied = Code(frame.PermissionDenied)
	// ResourceExhausted: the instance, or a quota, is used up for now.
	ResourceExhausted = Code(frame.ResourceExhausted)
	// TooLarge: arguments, result or message are larger than the receiver takes.
	TooLarge = Code(frame.TooLarge)
	// Unavailable: no instance could be reached, or the connection was lost.
	Unavailable = Code(frame.Unavailable)
	// Internal: the handler panicked, or a side broke a rule.
	Internal = Code(frame.Internal)
	// WrongOwner: another instance owns the resource.
	WrongOwner = Code(frame.WrongOwner)
	// NotLeased: the instance does not hold the resource now.
	NotLeased = Code(frame.NotLeased)
	// Moved: the resource has gone to another instance.
	Moved = Code(frame.Moved)
	// Forgotten: a call with the same key has run; its result is not kept any more.
	Forgotten = Code(frame.Forgotten)

	// FirstOwn is the first code that applications may give meanings of their own.
	FirstOwn = Code(frame.FirstApplicationStatus)
)

// String gives the name in the registry of SPEC.md, such as "NO_METHOD".
func (c Code) String() string { return frame.Status(c).String() }

// Error gives the name in words, such as "no method", or a number such as "code 1024".
func (c Code) Error() string {
	if c > Forgotten {
		return "code " + strconv.Itoa(int(c))
	}
	return strings.ReplaceAll(strings.ToLower(c.String()), "_", " ")
}

// isOwn reports whether errors of this code carry a value of the application's.
func (c Code) isOwn() bool { return c == Application || c >= FirstOwn }

// isKnown reports whether a handler may end a call with this code.
func (c Code) isKnown() bool {
	return c >= Application && c <= Forgotten || c >= FirstOwn
}
