package main

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/leverrpc/lever/cmd/lever/internal/document"
)

func TestDemoBehaves(t *testing.T) {
	var stdout, stderr bytes.Buffer
	w := &world{stdin: strings.NewReader(""), stdout: &stdout, stderr: &stderr}
	if status := run(t.Context(), []string{"demo"}, w); status != statusDone {
		t.Fatalf("got status %d\n%s%s", status, stdout.String(), stderr.String())
	}
	for _, s := range steps {
		if strings.Count(stdout.String(), " "+s.name+" ") == 0 {
			t.Errorf("no line for the step %s in\n%s", s.name, stdout.String())
		}
	}
}

func TestDemoTellsWhatDidNotBehave(t *testing.T) {
	defer func(all []step) { steps = all }(steps)
	steps = []step{
		{"good", func(*show, context.Context) (string, error) { return "fine", nil }},
		{"bad", func(*show, context.Context) (string, error) { return "", errors.New("broken") }},
	}
	var stdout, stderr bytes.Buffer
	w := &world{stdin: strings.NewReader(""), stdout: &stdout, stderr: &stderr}
	if status := run(t.Context(), []string{"demo"}, w); status != statusFailed {
		t.Errorf("got status %d, want %d", status, statusFailed)
	}
	if !strings.Contains(stdout.String(), "bad       FAILED: broken") {
		t.Errorf("got\n%s", stdout.String())
	}
	if want := "lever demo: 1 of 2 steps did not behave\n"; stderr.String() != want {
		t.Errorf("got %q, want %q", stderr.String(), want)
	}
}

// The demo's watchers must notice an edit that is missed, doubled or changed.
func TestReplayFindsWhatIsWrong(t *testing.T) {
	before := document.Snapshot{Revision: 1, Text: "a"}
	after := document.Snapshot{Revision: 3, Text: "cba"}
	b := document.Change{Revision: 2, Insert: "b"}
	c := document.Change{Revision: 3, Insert: "c"}
	if err := replay(before, []document.Change{b, c}, after); err != nil {
		t.Errorf("all changes: %v", err)
	}
	for name, changes := range map[string][]document.Change{
		"the last is missed":   {b},
		"the first is missed":  {c},
		"one comes twice":      {b, b, c},
		"the order is wrong":   {c, b},
		"one says other words": {b, {Revision: 3, Insert: "x"}},
		"none":                 nil,
	} {
		if replay(before, changes, after) == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestRounded(t *testing.T) {
	for d, want := range map[time.Duration]string{
		1500 * time.Nanosecond:   "1.5 µs",
		150 * time.Microsecond:   "150 µs",
		1500 * time.Microsecond:  "1.5 ms",
		150 * time.Millisecond:   "150 ms",
		12345 * time.Millisecond: "12.3 s",
	} {
		if got := rounded(d); got != want {
			t.Errorf("rounded(%d) = %q, want %q", d, got, want)
		}
	}
}
