package engine

import "errors"

// Effect says how far a call came: what may have happened at the other side. It is what decides
// whether calling again could do the work twice.
type Effect uint8

const (
	// NotSent: the call never left this process. Calling again is safe.
	NotSent Effect = iota
	// NotExecuted: the other side says, or the protocol proves, that no handler ran. Calling again
	// is safe.
	NotExecuted
	// MaybeExecuted: the call was sent and no answer came. Only an idempotent call may be repeated.
	MaybeExecuted
	// Executed: the handler ran and its outcome is known.
	Executed
)

// String gives the name in lower case words.
func (e Effect) String() string {
	switch e {
	case NotSent:
		return "not sent"
	case NotExecuted:
		return "not executed"
	case MaybeExecuted:
		return "maybe executed"
	case Executed:
		return "executed"
	}
	return "unknown effect"
}

// EffectOf says what the call that ended with err may have done; err may wrap the call's error.
// Without an error the call was executed, unless it was a [Notify], which only sends. An error
// that no call of this package gave tells nothing, so it counts as MaybeExecuted.
func EffectOf(err error) Effect {
	if err == nil {
		return Executed
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Effect
	}
	return MaybeExecuted
}
