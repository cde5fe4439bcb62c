package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/leverrpc/lever/cmd/lever/internal/document"
	"github.com/leverrpc/lever/engine"
)

// deadline gives a slow call too little time, and expects that both sides stop.
func (s *show) deadline(ctx context.Context) (string, error) {
	const takes, patience = 10 * time.Second, 100 * time.Millisecond
	begun := time.Now()
	short, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	_, err := s.slow(short, takes)
	gaveUp := time.Since(begun)
	if !errors.Is(err, engine.DeadlineExceeded) {
		return "", fmt.Errorf("got %v, want %v", err, engine.DeadlineExceeded)
	}
	if err := s.await(ctx, document.Begun, document.Stopped); err != nil {
		return "", fmt.Errorf("the handler went on: %w", err)
	}
	return fmt.Sprintf("a call that takes %v was given up after %s, and its handler stopped",
		takes, rounded(gaveUp)), nil
}

// panic crashes one call while another runs on the same connection.
func (s *show) panic(ctx context.Context) (string, error) {
	neighbour := make(chan error, 1)
	go func() {
		_, err := s.slow(ctx, 30*time.Millisecond)
		neighbour <- err
	}()
	if err := s.await(ctx, document.Begun); err != nil {
		return "", err
	}
	_, err := engine.Call[engine.None](ctx, s.document.Method("crash"))
	if !errors.Is(err, engine.Internal) {
		return "", fmt.Errorf("got %v, want %v", err, engine.Internal)
	}
	if err := <-neighbour; err != nil {
		return "", fmt.Errorf("the call beside it: %w", err)
	}
	return fmt.Sprintf("a handler panicked: its call got code %d, the one beside it went on",
		engine.Internal), nil
}

// drainedCalls is how many calls are in flight when the server is asked to end.
const drainedCalls = 8

// drain asks the server to end while calls and a watcher are busy, and expects that none of them is
// harmed.
func (s *show) drain(ctx context.Context) (string, error) {
	letter, err := engine.Call[document.Snapshot](ctx, s.document.Method("read"))
	if err != nil {
		return "", err
	}
	watcher, err := engine.Open[document.Change, engine.None](ctx,
		s.document.Method("watchChan"), letter.Revision)
	if err != nil {
		return "", err
	}
	results := make(chan error, drainedCalls)
	for range drainedCalls {
		go func() {
			_, err := s.slow(ctx, 100*time.Millisecond)
			results <- err
		}()
	}
	for range drainedCalls {
		if err := s.await(ctx, document.Begun); err != nil {
			return "", err
		}
	}
	s.stop()
	for range drainedCalls {
		if err := <-results; err != nil {
			return "", fmt.Errorf("a call in flight: %w", err)
		}
	}
	if _, err := watcher.Recv(); err != io.EOF {
		return "", fmt.Errorf("the watcher got %v, want a clean end", err)
	}
	err = <-s.served
	s.served <- nil // for close
	if err != nil {
		return "", fmt.Errorf("the server: %w", err)
	}
	_, err = engine.Call[document.Snapshot](ctx, s.document.Method("read"))
	if engine.EffectOf(err) != engine.NotSent {
		return "", fmt.Errorf("a late call got %v, %v", err, engine.EffectOf(err))
	}
	return fmt.Sprintf("%d calls and a watcher ended well, a late call was surely %v",
		drainedCalls, engine.EffectOf(err)), nil
}

// slow calls the method of that name.
func (s *show) slow(ctx context.Context, takes time.Duration) (int64, error) {
	return engine.Call[int64](ctx, s.document.Method("slow"), takes.Milliseconds())
}

// await waits for moments of slow calls, in this order.
func (s *show) await(ctx context.Context, want ...document.Moment) error {
	for _, m := range want {
		select {
		case got := <-s.moments:
			if got != m {
				return fmt.Errorf("moment %v of a slow call, want %v", got, m)
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
