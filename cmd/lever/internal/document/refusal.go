package document

import (
	"errors"

	"github.com/leverrpc/lever/engine"
)

// The codes of the service's own errors.
const (
	// CodeConflict comes with a Conflict: read again, then edit again.
	CodeConflict = engine.FirstOwn + iota
	// CodeBehind comes with a Behind: read the text, then watch from its revision.
	CodeBehind
)

// Refusal is the value of the errors with a code of the service's own.
type Refusal struct {
	Message string `json:"message"`
	// Seen is the revision that the caller named.
	Seen int64 `json:"seen"`
	// Revision is the one to go on from: the present one of a conflict, the oldest that is
	// remembered for a watcher that lags.
	Revision int64 `json:"revision"`
}

// refusal gives an error of this package the code that callers branch on.
func refusal(err error) error {
	var conflict *Conflict
	var behind *Behind
	switch {
	case err == nil:
		return nil
	case errors.As(err, &conflict):
		return engine.Fail(CodeConflict, Refusal{err.Error(), conflict.Base, conflict.Revision})
	case errors.As(err, &behind):
		return engine.Fail(CodeBehind, Refusal{err.Error(), behind.Revision, behind.Oldest})
	case errors.Is(err, ErrRange):
		return engine.Errorf(engine.InvalidArgument, "%w", err)
	case errors.Is(err, ErrFull):
		return engine.Errorf(engine.ResourceExhausted, "%w", err)
	}
	return err
}
