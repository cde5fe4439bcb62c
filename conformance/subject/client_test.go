package subject

import (
	"context"
	"fmt"
	"testing"

	"github.com/leverrpc/lever/conformance"
	"github.com/leverrpc/lever/conformance/play"
	"github.com/leverrpc/lever/conformance/script"
	"github.com/leverrpc/lever/engine/transport"
)

func TestClientScripts(t *testing.T) {
	playClient(t, quiet, chops())
}

func TestClientScriptsWithNarrowLimits(t *testing.T) {
	playClient(t, narrow, []int{0})
}

// playClient runs all scripts over sockets; those that wait for time limits only once.
func playClient(t *testing.T, config transport.Config, chops []int) {
	all, err := conformance.Scripts(script.Client)
	if err != nil {
		t.Fatal(err)
	}
	known, err := conformance.Known(script.Client)
	if err != nil {
		t.Fatal(err)
	}
	for i := range all {
		s := &all[i]
		for _, chop := range chops {
			if s.Has("slow") && (chop != 0 || testing.Short()) {
				continue
			}
			t.Run(fmt.Sprintf("%s/%s/%d", s.File, s.Name, chop), func(t *testing.T) {
				t.Parallel()
				o := play.RunClient(context.Background(), s, Clients{config}, chop, play.Options{})
				report(t, o, known)
			})
		}
	}
}
