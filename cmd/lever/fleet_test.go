package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/leverrpc/lever/engine"
)

// beating gives the demo of a fleet another unit of time, and makes its instances processes of this
// test.
func beating(t *testing.T, beat time.Duration) {
	t.Helper()
	t.Setenv(asCommand, "1")
	t.Setenv("GORACE", "atexit_sleep_ms=0")
	before := fleetBeat
	fleetBeat = beat
	t.Cleanup(func() { fleetBeat = before })
}

// TestFleetBehaves runs the demo with real processes. What it says is compared without its figures.
//
// A process that was given no processor for the time of a lease, which is short here, has lost it,
// and its documents have moved; one that was given none for the time of grace has not ended in good
// order. That is as it should be, and a reason to try once more, with longer leases. What must never
// happen fails at once.
func TestFleetBehaves(t *testing.T) {
	late := regexp.MustCompile("documents have moved|engine: shutdown: .* deadline exceeded")
	var stdout, stderr bytes.Buffer
	for _, beat := range []time.Duration{400 * time.Millisecond, time.Second, 3 * time.Second} {
		beating(t, beat)
		stdout.Reset()
		stderr.Reset()
		w := &world{stdin: strings.NewReader(""), stdout: &stdout, stderr: &stderr}
		status := run(t.Context(), []string{"demo", "--instances", "2"}, w)
		if status == statusDone {
			break
		}
		said := fmt.Sprintf("got status %d\n%s%s", status, stdout.String(), stderr.String())
		if beat > time.Second || !late.MatchString(stderr.String()) {
			t.Fatal(said)
		}
		t.Log(said)
	}
	var got strings.Builder
	figures := regexp.MustCompile(`[0-9][0-9.]*( [mµ]?s\b)?`)
	for line := range strings.Lines(stdout.String()) {
		if text := line[min(len(line), 10):]; strings.Contains(line[:len(line)-len(text)], ".") {
			got.WriteString(figures.ReplaceAllString(text, "#"))
		}
	}
	const want = `# joined; # callers of documents and # of no document begin, leases last #
i# joins
i# has joined: # of # documents have moved
kill -# i#: the calls of its # documents wait until its lease is over
the documents of i# are elsewhere, # after its end
# documents have moved; the longest call has taken #
i# is asked to end: it hands its # documents over, and finishes its calls
i# has ended after #, and is started again
i# is back after #
# documents have moved; the longest call has taken #
# calls were answered, # of them reads, which may run twice
# failed, # ran twice, # were answered and have not run
# were under way where the process was killed: callers were told that they may have run; # have
# times a caller called again what had surely not run
calls that are no reads have a key, by which an instance runs them once
`
	if got.String() != want {
		t.Errorf("got\n%s\nwant\n%s\nof\n%s", got.String(), want, stdout.String())
	}
	for _, text := range []string{
		": 0 of 24 documents have moved\n", " 0 failed, 0 ran twice, 0 were answered and have not run\n",
		" killed ", " serves ",
	} {
		if !strings.Contains(stdout.String(), text) {
			t.Errorf("there is no %q in\n%s", text, stdout.String())
		}
	}
}

// An interrupt ends all processes, and with them the demo, which otherwise goes on until demoMax.
func TestFleetEndsWhenItIsInterrupted(t *testing.T) {
	beating(t, demoMax)
	ctx, interrupt := context.WithCancel(t.Context())
	stdout := &trigger{at: "joined", do: interrupt}
	var stderr bytes.Buffer
	w := &world{stdin: strings.NewReader(""), stdout: stdout, stderr: &stderr}
	begun := time.Now()
	if status := run(ctx, []string{"demo", "--instances", "1"}, w); status != statusFailed {
		t.Errorf("got status %d, want %d", status, statusFailed)
	}
	if want := "lever demo: context canceled\n"; stderr.String() != want {
		t.Errorf("got %q, want %q", stderr.String(), want)
	}
	if took := time.Since(begun); took > demoMax/2 {
		t.Errorf("it has taken %v", took)
	}
}

// trigger does something when a text is written.
type trigger struct {
	at string
	do func()
}

func (w *trigger) Write(p []byte) (int, error) {
	if strings.Contains(string(p), w.at) {
		w.do()
	}
	return len(p), nil
}

// An instance ends when nobody holds its standard input any more: the system sees to that,
// however the demo ends.
func TestInstancesDoNotOutliveTheirDemo(t *testing.T) {
	f := &fleet{screen: &screen{w: &world{stdout: io.Discard}}, books: newBooks()}
	t.Setenv(asCommand, "1")
	stop, err := f.open()
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := stop(); err != nil {
			t.Error(err)
		}
	}()
	p, err := start(t.Context(), "i1", f.addr, f.books.told)
	if err != nil {
		t.Fatal(err)
	}
	p.stdin.Close()
	select {
	case <-p.ended:
	case <-time.After(2 * fleetGrace):
		p.kill()
		t.Error("it goes on")
	}
	if p.err != nil {
		t.Error(p.err)
	}
}

// The demo must notice what it promises not to happen.
func TestReportFindsWhatIsWrong(t *testing.T) {
	for _, x := range []struct {
		name string
		do   func(b *books, c *fleetCall)
		want string
	}{
		{"all is well", func(b *books, c *fleetCall) {
			b.told("i1", c.key)
			b.end(c, 0, nil)
		}, "<nil>"},
		{"it may have run", func(b *books, c *fleetCall) {
			b.told("i1", c.key)
			b.end(c, 0, &engine.Error{Code: engine.Unavailable, Effect: engine.MaybeExecuted})
		}, "<nil>"},
		{"it ran twice", func(b *books, c *fleetCall) {
			b.told("i1", c.key)
			b.told("i2", c.key)
			b.end(c, 0, nil)
		}, "calls ran twice, or not at all"},
		{"it was answered and has not run", func(b *books, c *fleetCall) {
			b.end(c, 0, nil)
		}, "calls ran twice, or not at all"},
		{"it has failed", func(b *books, c *fleetCall) {
			b.end(c, 3, &engine.Error{Code: engine.NotLeased, Effect: engine.NotExecuted})
		}, "calls have failed, such as this\nengine: not leased (not executed)"},
	} {
		t.Run(x.name, func(t *testing.T) {
			b := newBooks()
			x.do(b, b.begin("d", false))
			err := b.report(&screen{w: &world{stdout: io.Discard}})
			if got := fmt.Sprint(err); got != x.want {
				t.Errorf("got %s, want %s", got, x.want)
			}
		})
	}
}

func TestTablesStayInTheirPlaceOnATerminal(t *testing.T) {
	var stdout strings.Builder
	s := &screen{w: &world{stdout: &stdout, stdoutTerminal: true}, begun: time.Now()}
	s.show("one\ntwo")
	s.tell("news")
	s.show("three")
	const up = "\x1b[3A\x1b[J"
	want := "\none\ntwo\n" + up + "   0.0 s  news\n\none\ntwo\n" + up + "\nthree\n"
	if stdout.String() != want {
		t.Errorf("got %q, want %q", stdout.String(), want)
	}
}
