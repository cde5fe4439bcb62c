package engine

import "context"

// Hooks make and end what a server keeps for a resource while it is in use: an account that was
// loaded, a document with its watchers. Give them to ServerConfig.Resources.
//
// A server calls New before the first call on a resource, once, however many calls come at the same
// time; they wait. Its error is the error of those calls, none of which is executed, and the next
// call tries again: NoResource says that there is no such resource, an error without a code comes
// to the caller as Unavailable. A panic is an error of those calls too.
//
// It calls Close when no call has come for ServerConfig.ResourceIdle, when the resource goes to
// another instance, when the lease is lost, and at shutdown: after the last call on the resource
// has ended, and once for each New that succeeded. An error or a panic of Close is only logged.
// After Close the resource may be made anew, by this instance or by another.
//
// The context of both is the resource's own. It ends when the instance has lost the resource
// without having been able to wait: what is written from then on may overwrite what the next owner
// writes. [Fence] works with it.
//
// Nobody can call hooks from outside.
type Hooks[T any] struct {
	// New makes the state of a resource, which handlers get from [ResourceOf]. Nil: the zero T.
	New func(ctx context.Context, name string) (T, error)
	// Close ends it. Nil: nothing is to be done.
	Close func(ctx context.Context, name string, state T) error
}

// ResourceHooks is a Hooks of some type.
type ResourceHooks interface {
	open(ctx context.Context, name string) (any, error)
	close(ctx context.Context, name string, state any) error
}

func (h Hooks[T]) open(ctx context.Context, name string) (any, error) {
	if h.New == nil {
		var zero T
		return zero, nil
	}
	return h.New(ctx, name)
}

func (h Hooks[T]) close(ctx context.Context, name string, state any) error {
	if h.Close == nil {
		return nil
	}
	own, _ := state.(T) // a nil interface is the zero T
	return h.Close(ctx, name, own)
}

// ResourceOf gives a handler what [Hooks.New] made of the resource that is called. It is not ok if
// the call has none, or if the state is no T.
func ResourceOf[T any](ctx context.Context) (state T, ok bool) {
	r, _ := ctx.Value(residentKey{}).(*resident)
	if r == nil {
		return state, false
	}
	state, ok = r.state.(T)
	return state, ok
}

// Fence gives a handler, or a hook, a number to write beside what it stores for the resource: the
// epoch since which this instance has held it. It never decreases from one owner to the next, so a
// store that refuses a number below the highest that it has seen keeps out an instance that was
// stopped in the middle of a write and does not know that another has taken over. Nothing else
// keeps that out. It is not ok if there is no resource, or if nobody keeps a ledger of who holds
// it.
func Fence(ctx context.Context) (epoch uint64, ok bool) {
	r, _ := ctx.Value(residentKey{}).(*resident)
	if r == nil {
		return 0, false
	}
	return r.fence, r.fenced
}

// residentKey is the key under which contexts of calls and hooks give their resource.
type residentKey struct{}
