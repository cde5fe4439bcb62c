package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/leverrpc/lever/cmd/lever/internal/document"
	"github.com/leverrpc/lever/engine"
)

// edit writes the first words of the letter and reads them again.
func (s *show) edit(ctx context.Context) (string, error) {
	const words = "Dear all, "
	change, err := edit(ctx, s.document, document.Edit{Insert: words, Author: "ann"})
	if err != nil {
		return "", err
	}
	letter, err := engine.Call[document.Snapshot](ctx, s.document.Method("read"))
	if err != nil {
		return "", err
	}
	if want := (document.Snapshot{Revision: 1, Text: words}); letter != want {
		return "", fmt.Errorf("read %+v, want %+v", letter, want)
	}
	return fmt.Sprintf("ann wrote %q: revision %d", words, change.Revision), nil
}

// conflict edits a revision that is gone, and expects an error with what is needed to try again.
func (s *show) conflict(ctx context.Context) (string, error) {
	_, err := edit(ctx, s.document, document.Edit{Base: 0, Insert: "Hello ", Author: "bob"})
	e, ok := errors.AsType[*engine.Error](err)
	if !ok || e.Code != document.CodeConflict {
		return "", fmt.Errorf("got %v, want code %d", err, document.CodeConflict)
	}
	var refusal document.Refusal
	if err := e.Detail.Decode(&refusal); err != nil {
		return "", err
	}
	if refusal.Seen != 0 || refusal.Revision != 1 {
		return "", fmt.Errorf("got %+v, want revisions 0 and 1", refusal)
	}
	return fmt.Sprintf("bob edited revision %d: refused, code %d, its value says %d is the latest",
		refusal.Seen, e.Code, refusal.Revision), nil
}

// watchedEdits is how many edits the watchers see.
const watchedEdits = 200

// watch lets two clients follow what two others write at the same time.
func (s *show) watch(ctx context.Context) (string, error) {
	before, err := engine.Call[document.Snapshot](ctx, s.document.Method("read"))
	if err != nil {
		return "", err
	}
	var seen [2]chan report
	for i := range seen {
		if seen[i], err = s.watcher(ctx, before.Revision); err != nil {
			return "", err
		}
	}
	conflicts := make(chan report, 2)
	for _, author := range []string{"ann", "bob"} {
		go func() { conflicts <- s.write(ctx, author, watchedEdits/2) }()
	}
	retried := 0
	for range 2 {
		r := <-conflicts
		if r.err != nil {
			return "", r.err
		}
		retried += r.conflicts
	}
	after, err := engine.Call[document.Snapshot](ctx, s.document.Method("read"))
	if err != nil {
		return "", err
	}
	for i := range seen {
		r := <-seen[i]
		if r.err == nil {
			r.err = replay(before, r.changes, after)
		}
		if r.err != nil {
			return "", fmt.Errorf("watcher %d: %w", i+1, r.err)
		}
	}
	return fmt.Sprintf("2 watchers saw the same %d edits in order; %d conflicts were tried again",
		watchedEdits, retried), nil
}

// report is what a goroutine of the demo found.
type report struct {
	changes   []document.Change
	conflicts int
	err       error
}

// watcher opens a stream of changes on a connection of its own and reports the first ones.
func (s *show) watcher(ctx context.Context, revision int64) (chan report, error) {
	client, err := s.newClient()
	if err != nil {
		return nil, err
	}
	method := client.Method("lever://demo/document/letter/watchChan")
	ch, err := engine.Open[document.Change, engine.None](ctx, method, revision)
	if err != nil {
		return nil, errors.Join(err, client.Close())
	}
	result := make(chan report, 1)
	go func() {
		var r report
		for change, err := range ch.All() {
			if err != nil {
				r.err = err
				break
			}
			if r.changes = append(r.changes, change); len(r.changes) == watchedEdits {
				r.err = ch.CloseSend() // which ends a watch
			}
		}
		r.err = errors.Join(r.err, client.Close())
		result <- r
	}()
	return result, nil
}

// write makes edits until n of them were accepted.
func (s *show) write(ctx context.Context, author string, n int) (r report) {
	base := int64(0)
	for n > 0 {
		change, err := edit(ctx, s.document, document.Edit{
			Base: base, Insert: author[:1], Author: author,
		})
		if e, ok := errors.AsType[*engine.Error](err); ok && e.Code == document.CodeConflict {
			var refusal document.Refusal
			if r.err = e.Detail.Decode(&refusal); r.err != nil {
				return r
			}
			base = refusal.Revision
			r.conflicts++
			continue
		}
		if r.err = err; err != nil {
			return r
		}
		base = change.Revision
		n--
	}
	return r
}

// replay applies changes to what was before, and expects what is after.
func replay(before document.Snapshot, changes []document.Change, after document.Snapshot) error {
	text, revision := []rune(before.Text), before.Revision
	for _, c := range changes {
		if revision++; c.Revision != revision {
			return fmt.Errorf("saw revision %d, want %d", c.Revision, revision)
		}
		text = slices.Replace(text, c.At, c.At+c.Remove, []rune(c.Insert)...)
	}
	if revision != after.Revision || string(text) != after.Text {
		return fmt.Errorf("saw the text become %q at revision %d, it is %q at %d",
			string(text), revision, after.Text, after.Revision)
	}
	return nil
}

// edit calls the method of that name.
func edit(ctx context.Context, s engine.Service, e document.Edit) (document.Change, error) {
	return engine.Call[document.Change](ctx, s.Method("edit"), e)
}
