package play

import (
	"context"
	"os/exec"
	"strings"
	"testing"

	"github.com/leverrpc/lever/conformance/script"
)

// A client whose news are no such JSON is told so, and not that it is gone.
func TestNewsThatCannotBeReadAreTold(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("there is no sh to write news with")
	}
	p := Program{sh, "-c", `read line; echo '{"event":"result","call":"a","status":4000}'`}
	scripts, err := script.Parse("t", script.Client, `script s
about a
covers F-001
do connect
outcome #a status=OK
`)
	if err != nil {
		t.Fatal(err)
	}
	o := RunClient(context.Background(), &scripts[0], p, 0, Options{})
	if o.Verdict != Failed || !strings.Contains(o.Reason, "cannot be read") {
		t.Errorf("got %v, %q; want a failure that names the news", o.Verdict, o.Reason)
	}
}
