package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// showJoin lets one more instance join. No document moves: they stay where they are in use.
func (f *fleet) showJoin(ctx context.Context) error {
	if err := f.pass(ctx, 2*fleetBeat); err != nil {
		return err
	}
	f.books.act()
	id := fmt.Sprint("i", len(f.all)+1)
	if err := f.join(ctx, id); err != nil {
		return err
	}
	f.screen.tell("%s joins", id)
	if err := f.pass(ctx, 3*fleetBeat/2); err != nil {
		return err
	}
	_, moves := f.books.act()
	f.screen.tell("%s has joined: %d of %d documents have moved", id, moves, fleetDocuments)
	if moves > 0 {
		return errors.New("documents have moved though their instance was there")
	}
	return nil
}

// showKill kills the instance with most documents, and waits until they are elsewhere.
func (f *fleet) showKill(ctx context.Context) error {
	p, documents := f.busiest()
	f.books.act()
	begun := time.Now()
	p.kill()
	f.screen.tell("kill -9 %s: the calls of its %d documents wait until its lease is over",
		p.id, documents)
	for {
		if err := f.pass(ctx, fleetBeat/20); err != nil {
			return err
		}
		if now, _ := f.books.held(); now[p.id] == 0 {
			break
		}
		if time.Since(begun) > fleetPatience {
			return fmt.Errorf("the documents of %s do not move", p.id)
		}
	}
	f.screen.tell("the documents of %s are elsewhere, %s after its end", p.id,
		rounded(time.Since(begun)))
	if err := f.pass(ctx, fleetBeat); err != nil {
		return err
	}
	longest, moves := f.books.act()
	f.screen.tell("%d documents have moved; the longest call has taken %s", moves, rounded(longest))
	if moves != documents {
		return fmt.Errorf("%d documents have moved, %s had %d", moves, p.id, documents)
	}
	return nil
}

// showRestart restarts the instance with most documents in good order: they move without a wait.
func (f *fleet) showRestart(ctx context.Context) error {
	p, documents := f.busiest()
	f.books.act()
	begun := time.Now()
	f.screen.tell("%s is asked to end: it hands its %d documents over, and finishes its calls",
		p.id, documents)
	if err := p.leave(); err != nil {
		return err
	}
	f.screen.tell("%s has ended after %s, and is started again", p.id, rounded(time.Since(begun)))
	if err := f.join(ctx, p.id); err != nil {
		return err
	}
	f.screen.tell("%s is back after %s", p.id, rounded(time.Since(begun)))
	if err := f.pass(ctx, 2*fleetBeat); err != nil {
		return err
	}
	longest, moves := f.books.act()
	f.screen.tell("%d documents have moved; the longest call has taken %s", moves, rounded(longest))
	return nil
}
