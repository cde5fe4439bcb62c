package transport

import (
	"context"
	"log/slog"
	"sync/atomic"
)

// quiet is a logger for faults that a test makes on purpose.
var quiet = slog.New(slog.DiscardHandler)

// countedLog counts what it is given.
type countedLog struct {
	warnings, errors atomic.Int64
}

func (l *countedLog) Enabled(context.Context, slog.Level) bool { return true }

func (l *countedLog) Handle(_ context.Context, r slog.Record) error {
	switch r.Level {
	case slog.LevelWarn:
		l.warnings.Add(1)
	case slog.LevelError:
		l.errors.Add(1)
	}
	return nil
}

func (l *countedLog) WithAttrs([]slog.Attr) slog.Handler { return l }
func (l *countedLog) WithGroup(string) slog.Handler      { return l }
