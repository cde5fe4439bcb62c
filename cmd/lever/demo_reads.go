package main

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/leverrpc/lever/cmd/lever/internal/document"
	"github.com/leverrpc/lever/engine"
)

// How many reads are timed, and how many before them are not, because everything is cold.
const (
	timedReads  = 5000
	warmUpReads = 500
)

// reads times the reading of the letter, one call after the other.
func (s *show) reads(ctx context.Context) (string, error) {
	read := s.document.Method("read")
	times := make([]time.Duration, 0, timedReads)
	for i := range warmUpReads + timedReads {
		begun := time.Now()
		if _, err := engine.Call[document.Snapshot](ctx, read); err != nil {
			return "", err
		}
		if i >= warmUpReads {
			times = append(times, time.Since(begun))
		}
	}
	slices.Sort(times)
	return fmt.Sprintf("%d reads one after another: p50 %s, p99 %s, slowest %s", timedReads,
		rounded(times[timedReads/2]), rounded(times[timedReads*99/100]),
		rounded(times[timedReads-1])), nil
}
