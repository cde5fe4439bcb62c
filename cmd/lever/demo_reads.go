package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/leverrpc/lever/cmd/lever/internal/document"
	"github.com/leverrpc/lever/engine"
)

// How many reads are timed, for how long at most, and how many before them are not timed, because
// everything is cold.
const (
	timedReads  = 5000
	timedMax    = 5 * time.Second
	warmUpReads = 500
)

// reads times the reading of the letter, one call after the other.
func (s *show) reads(ctx context.Context) (string, error) {
	read := s.document.Method("read")
	for range warmUpReads {
		if _, err := engine.Call[document.Snapshot](ctx, read); err != nil {
			return "", err
		}
	}
	times := make([]time.Duration, 0, timedReads)
	for first := time.Now(); len(times) < timedReads && time.Since(first) < timedMax; {
		begun := time.Now()
		if _, err := engine.Call[document.Snapshot](ctx, read); err != nil {
			return "", err
		}
		times = append(times, time.Since(begun))
	}
	slices.Sort(times)
	n := len(times)
	return fmt.Sprintf("%d reads one after another: p50 %s, p99 %s, slowest %s",
		n, rounded(times[n/2]), rounded(times[n*99/100]), rounded(times[n-1])), nil
}
