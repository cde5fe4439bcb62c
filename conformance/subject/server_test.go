package subject

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/leverrpc/lever/conformance"
	"github.com/leverrpc/lever/conformance/play"
	"github.com/leverrpc/lever/conformance/script"
	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/frame"
)

// chops are the sizes in which every script is sent; 0: whole.
func chops() []int {
	if testing.Short() {
		return []int{0, 7}
	}
	return []int{0, 1, 7, 1447}
}

// quiet is a transport for tests, where crashes of handlers are meant.
var quiet = transport.Config{Logger: slog.New(slog.DiscardHandler)}

// narrow announces little credit and long frames, so that a single frame can exceed what the
// connection has.
var narrow = transport.Config{
	Logger: quiet.Logger,
	Session: session.Config{Params: frame.Params{
		MaxFrame: 1 << 20, MaxMessage: 4 << 20, Calls: 64, ConnBytes: 65536, StreamBytes: 65536,
		MaxBindings: 8,
	}},
}

func TestServerScripts(t *testing.T) {
	playServer(t, quiet, chops())
}

func TestServerScriptsWithNarrowLimits(t *testing.T) {
	playServer(t, narrow, []int{0})
}

// playServer runs all scripts in memory and in virtual time.
func playServer(t *testing.T, config transport.Config, chops []int) {
	all, err := conformance.Scripts(script.Server)
	if err != nil {
		t.Fatal(err)
	}
	known, err := conformance.Known(script.Server)
	if err != nil {
		t.Fatal(err)
	}
	for i := range all {
		s := &all[i]
		for _, chop := range chops {
			t.Run(fmt.Sprintf("%s/%s/%d", s.File, s.Name, chop), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					server, err := NewMemory(config)
					if err != nil {
						t.Fatal(err)
					}
					o := play.RunServer(context.Background(), s, server, chop, play.Options{})
					if err := server.Close(); err != nil {
						t.Error(err)
					}
					report(t, o, known)
				})
			})
		}
	}
}

// report turns an outcome into a test's. A known failure that passes must leave its list.
func report(t *testing.T, o play.Outcome, known map[string]string) {
	t.Helper()
	why, isKnown := known[o.Script.File+"/"+o.Script.Name]
	switch {
	case isKnown && o.Verdict == play.Passed:
		t.Errorf("it passes: take it out of known-failures.txt (%s)", why)
	case isKnown && o.Verdict == play.Failed:
		t.Skipf("known: %s", why)
	case o.Verdict == play.Failed:
		t.Errorf("%s\n\t%s", o.Reason, strings.Join(o.Log, "\n\t"))
	case o.Verdict == play.Skipped:
		t.Skip(o.Reason)
	}
}
