package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/frame"
)

// Serve serves on what Listen has bound until ctx ends, then shuts down within the grace period and
// returns nil if all calls could finish. It also returns if a listener breaks down, with the error.
func (s *Server) Serve(ctx context.Context) error {
	s.mu.Lock()
	listeners, closed := s.listeners, s.closed
	joins := s.custody != nil && !closed && !s.custody.started
	if joins {
		s.custody.started = true
	}
	s.mu.Unlock()
	if closed {
		return ErrServerClosed
	}
	broken := make(chan error, len(listeners)+1)
	var serving sync.WaitGroup
	if joins {
		go s.custody.run(broken)
	}
	for _, l := range listeners {
		serving.Go(func() {
			if err := l.Serve(); err != nil {
				broken <- fmt.Errorf("engine: serve on %s: %w", l.Addr(), err)
			}
		})
	}
	var err error
	select {
	case err = <-broken:
	case <-ctx.Done():
	case <-s.done:
	}
	err = errors.Join(err, s.shutdownIn(s.grace()))
	serving.Wait()
	return err
}

// grace is the configured time for calls to finish.
func (s *Server) grace() time.Duration {
	switch g := s.config.Grace; {
	case g == 0:
		return defaultGrace
	default:
		return max(g, 0)
	}
}

// shutdownIn is Shutdown with a limit in time.
func (s *Server) shutdownIn(d time.Duration) error {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	return s.Shutdown(ctx)
}

// Shutdown takes no more connections and calls, lets the calls in flight finish, and closes. When
// ctx ends first it closes at once and gives an error. Later calls wait for the first one.
func (s *Server) Shutdown(ctx context.Context) error {
	s.mu.Lock()
	first := !s.closed
	s.closed = true
	listeners := s.listeners
	joins := s.custody != nil && s.custody.started
	s.mu.Unlock()
	if !first {
		select {
		case <-s.done:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	defer close(s.done)
	defer s.workers.close()
	defer s.once.close()

	var retired error
	if joins {
		retired = s.custody.retire(ctx)
	}
	s.mu.Lock()
	adopted := slices.Collect(maps.Keys(s.adopted))
	s.mu.Unlock()
	errs := make([]error, len(listeners)+len(adopted))
	var all sync.WaitGroup
	for i, l := range listeners {
		all.Go(func() { errs[i] = l.Drain(ctx) })
	}
	for i, c := range adopted {
		all.Go(func() { errs[len(listeners)+i] = drainConn(ctx, c) })
	}
	all.Wait()
	errs = append(errs, retired)
	if s.residents != nil {
		errs = append(errs, s.residents.close(ctx))
	}
	if joins {
		errs = append(errs, s.custody.quit(ctx))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("engine: shutdown: %w", err)
	}
	return nil
}

// drainConn ends one connection in good order, or at once when ctx ends.
func drainConn(ctx context.Context, c *transport.Conn) error {
	c.Drain()
	select {
	case <-c.Done():
		return nil
	case <-ctx.Done():
		c.Close(frame.ReasonNone, "the grace period is over")
		<-c.Done()
		return ctx.Err()
	}
}
