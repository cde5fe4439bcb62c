package engine

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/leverrpc/lever/frame"
	"github.com/leverrpc/lever/pool"
)

// Handler serves one method. It is made by [Func0] to [Func4], [Bytes], [Dynamic], [Chan0] to
// [Chan3] and [DynamicChan] from a Go function, perhaps adapted by [Inline] and [OwnEnv],
// and is given to [Server.Handle]. Immutable and safe for concurrent use; so the function must be.
type Handler struct {
	unary  func(context.Context, *request) error
	stream func(context.Context, *request, *stream) error
	inline bool
	ownEnv bool  // only for callers of the server's own environment
	err    error // why it cannot serve: a type without a wire form
}

// serve runs the handler; st is nil for a regular call.
func (h *Handler) serve(ctx context.Context, rq *request, st *stream) error {
	if st != nil {
		return h.stream(ctx, rq, st)
	}
	return h.unary(ctx, rq)
}

// request is one call on its way through a handler. Owned by the goroutine that runs the handler.
type request struct {
	payload []byte // the arguments; lent to the handler until it returns
	isBytes bool
	arrived time.Duration

	out      []byte // the result, in scratch or in memory of the handler's
	outBytes bool
	scratch  *pool.Bytes
	room     *pool.Buf // nil, or what a large result may lie in
}

// takeRoom gives the room away if the result lies in it.
func (rq *request) takeRoom() *pool.Buf {
	room := rq.room
	if room == nil || len(rq.out) == 0 || &rq.out[0] != &room.B[:1][0] {
		return nil
	}
	rq.room = nil
	return room
}

// Inline makes a handler run where its call was read, without a goroutine: the fastest way to
// serve, for functions that only compute. While it runs nothing else is read on its connection, nor
// on others that share the connection's loop; so it must never wait for anything, least of all for
// a call. Its context is lent until it returns. A streaming handler cannot be inline.
//
// A call whose arguments lie in pieces, since they are larger than session.Limits.PieceBytes and came
// in several frames, runs on a worker all the same: to put them together would take too long there.
func Inline(h Handler) Handler {
	if h.stream != nil {
		h.err = errors.New("a streaming handler cannot be inline")
	}
	h.inline = true
	return h
}

// OwnEnv makes a handler that serves only callers of the server's own environment, as
// [ServerConfig.OwnEnv] does for all of them.
func OwnEnv(h Handler) Handler {
	h.ownEnv = true
	return h
}

// Bytes makes a handler of a function from raw bytes to raw bytes. in is lent until f returns; f
// appends its result to dst and returns that, or returns memory of its own, which must not change
// until the call is over.
func Bytes(f func(ctx context.Context, dst, in []byte) ([]byte, error)) Handler {
	// The sizes of the last results, if they were large: to few bytes, and to many.
	var toFew, toMany atomic.Int64
	return Handler{unary: func(ctx context.Context, rq *request) error {
		if !rq.isBytes {
			return badArgs("takes raw bytes, got a list of values")
		}
		dst := rq.scratch.B[:0]
		last := &toFew
		if len(rq.payload) > largeResult {
			last = &toMany
		}
		if n := int(last.Load()); n > 0 {
			rq.room = pool.Get(n)
			dst = rq.room.B
		}
		out, err := f(ctx, dst, rq.payload)
		rq.out, rq.outBytes = out, true
		switch n := len(out); {
		case n > largeResult:
			last.Store(int64(n)) // next time there is room
		case rq.room != nil:
			last.Store(0)
		case n <= cap(rq.scratch.B):
			rq.scratch.B = rq.scratch.B[:n]
		default: // likewise
			rq.scratch.B = make([]byte, n)
		}
		return err
	}}
}

// largeResult is the size up to which results lie in scratch memory, and are copied into the output.
// A larger one waits for its turn in the memory that it was made in.
const largeResult = frame.FairFragment

// Dynamic makes a handler of a function that takes any arguments and decides at run time what it
// returns. [CallInfo] tells which method was called, so that one Dynamic handler may serve many.
func Dynamic(f func(ctx context.Context, args Args) (Payload, error)) Handler { return Func1(f) }

// DynamicChan is Dynamic for streaming methods.
func DynamicChan(f func(ctx context.Context, args Args, ch *Chan[Payload, Payload]) error) Handler {
	return Chan1(f)
}

// badArgsError says why a call never came to the handler's function: the arguments do not fit.
type badArgsError struct{ text string }

func (e *badArgsError) Error() string { return e.text }

func badArgs(format string, args ...any) error {
	return &badArgsError{fmt.Sprintf(format, args...)}
}

// reply makes *v the result of the call.
func reply[T any](rq *request, c *coder[T], v *T) error {
	var err error
	rq.out, rq.outBytes, err = c.encode(rq.scratch, v)
	if err != nil {
		return Errorf(Internal, "result: %w", err)
	}
	return nil
}

// check says why a method of this name cannot be served by h, or nil.
func (h Handler) check(method string) error {
	if err := checkMethod(method); err != nil {
		return err
	}
	switch streaming := IsStreaming(method); {
	case isPrivate(method):
		return fmt.Errorf("method %q is private: nobody could call it", method)
	case h.err != nil:
		return fmt.Errorf("method %q: %w", method, h.err)
	case h.unary == nil && h.stream == nil:
		return fmt.Errorf("method %q has the zero Handler", method)
	case streaming && h.stream == nil:
		return fmt.Errorf("method %q is streaming by its name, its handler is not", method)
	case !streaming && h.unary == nil:
		return fmt.Errorf("method %q is not streaming by its name, its handler is", method)
	}
	return nil
}
