package discoverytest

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/leverrpc/lever/discovery"
	"github.com/leverrpc/lever/engine"
)

// spy hands on what a source tells, and keeps it. Safe for concurrent use.
type spy struct {
	source discovery.Source

	mu     sync.Mutex // guards what follows
	views  []engine.View
	faults []string // of the source against the rules of Source
}

// Watch implements discovery.Source.
func (s *spy) Watch(ctx context.Context, target engine.URL, emit func(engine.View)) error {
	var busy sync.Mutex
	over := false
	err := s.source.Watch(ctx, target, func(v engine.View) {
		if !busy.TryLock() {
			s.fault("emit was called by two goroutines at once")
			busy.Lock()
		}
		defer busy.Unlock()
		if over {
			s.fault("emit was called after Watch had returned")
		}
		s.mu.Lock()
		s.views = append(s.views, v)
		s.mu.Unlock()
		emit(v)
	})
	busy.Lock()
	defer busy.Unlock()
	over = true
	switch {
	case err == nil && ctx.Err() == nil:
		s.fault("Watch returned nil although its context goes on")
	case err != nil && ctx.Err() != nil && !strings.Contains(err.Error(), ctx.Err().Error()):
		s.fault("Watch returned " + err.Error() + " when its context had ended")
	}
	return err
}

func (s *spy) fault(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, text)
}

// told gives all views that the source has told.
func (s *spy) told() []engine.View {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.views)
}

// audit reports what the source has done against the rules of Source.
func (v *visit) audit() {
	v.Helper()
	v.spy.mu.Lock()
	defer v.spy.mu.Unlock()
	for _, fault := range v.spy.faults {
		v.Error(fault)
	}
}

// text is what the source tells of instances, a line each, in one order.
func (v *visit) text(instances []engine.Instance) string {
	seen := make([]engine.Instance, len(instances))
	for i, in := range instances {
		seen[i] = v.Seen(in)
	}
	return text(seen)
}

// text is what instances are, a line each, in one order. Weights that mean the same are the same.
func text(instances []engine.Instance) string {
	var b strings.Builder
	sorted := slices.Clone(instances)
	slices.SortFunc(sorted, func(a, b engine.Instance) int {
		return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Addr, b.Addr))
	})
	for _, in := range sorted {
		in.Weight = max(in.Weight, 1)
		fmt.Fprintf(&b, "\t%+v\n", in)
	}
	return b.String()
}

// quiet logs to the test.
func quiet(t *testing.T) *slog.Logger {
	return slog.New(slog.NewTextHandler(t.Output(), nil))
}
