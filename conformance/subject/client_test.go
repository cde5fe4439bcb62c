package subject

import (
	"context"
	"testing"

	"github.com/leverrpc/lever/conformance/play"
	"github.com/leverrpc/lever/conformance/script"
	"github.com/leverrpc/lever/engine/transport"
)

func TestClientScripts(t *testing.T) {
	t.Run("default", func(t *testing.T) { playClient(t, quiet, suiteOf(t, script.Client, false)) })
	t.Run("narrow", func(t *testing.T) { playClient(t, narrow, suiteOf(t, script.Client, true)) })
}

func playClient(t *testing.T, config transport.Config, suite play.Suite) {
	run := play.OfClients(context.Background(), Clients{Config: config}, play.Options{})
	report(t, script.Client, suite.Run(run))
}
