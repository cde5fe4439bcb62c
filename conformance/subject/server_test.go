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

// suiteOf gives the scripts of a role. The short form leaves out half of the sizes and what
// waits for time limits.
func suiteOf(t *testing.T, role script.Role, whole bool) play.Suite {
	t.Helper()
	all, err := conformance.Scripts(role)
	if err != nil {
		t.Fatal(err)
	}
	s := play.Suite{
		Scripts: all, Chops: play.Chops, Fast: testing.Short() || whole, Attempts: play.Attempts,
	}
	switch {
	case whole:
		s.Chops = []int{0}
	case testing.Short():
		s.Chops = []int{0, 7}
	}
	return s
}

// In memory time is virtual: the scripts that wait for the protocol's time limits take none.
func TestServerScriptsInMemory(t *testing.T) {
	suite := suiteOf(t, script.Server, false)
	suite.Fast, suite.Workers, suite.Attempts = false, 2, 1
	report(t, script.Server, suite.Run(inMemory(t, quiet)))
	suite.Chops = []int{0}
	t.Run("narrow", func(t *testing.T) {
		report(t, script.Server, suite.Run(inMemory(t, narrow)))
	})
}

// inMemory runs each script in a bubble of its own, against a server of its own.
func inMemory(t *testing.T, config transport.Config) func(*script.Script, int) play.Outcome {
	return func(s *script.Script, chop int) (o play.Outcome) {
		synctest.Test(t, func(t *testing.T) {
			server, err := NewMemory(config)
			if err != nil {
				t.Error(err)
				return
			}
			o = play.RunServer(context.Background(), s, server, chop, play.Options{})
			if err := server.Close(); err != nil {
				t.Error(err)
			}
		})
		return o
	}
}

func TestServerScriptsOverSockets(t *testing.T) {
	server, err := Serve(quiet)
	if err != nil {
		t.Fatal(err)
	}
	suite := suiteOf(t, script.Server, true)
	report(t, script.Server, suite.Run(play.OfServer(context.Background(), server, play.Options{})))
	if err := server.Close(); err != nil {
		t.Error(err)
	}
}

// report turns outcomes into tests. A known failure that passes must leave its list.
func report(t *testing.T, role script.Role, outcomes []play.Outcome) {
	t.Helper()
	known, err := conformance.Known(role)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range outcomes {
		t.Run(fmt.Sprintf("%s/%s/%d", o.Script.File, o.Script.Name, o.Chop), func(t *testing.T) {
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
		})
	}
}
