package play

import (
	"fmt"
	"strings"
	"testing"

	"github.com/leverrpc/lever/conformance/script"
)

// frames builds the frames of a transcript: lines "> FRAME" of the runner and "< FRAME" of the
// subject.
func frames(t *testing.T, role script.Role, text string) (err error) {
	t.Helper()
	l := newLedger(role)
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		all, fault := script.Parse("x", role, "script a\nabout b\ncovers F-001\nsend "+line[2:]+"\n")
		if fault != nil {
			t.Fatal(fault)
		}
		f, fault := all[0].Steps[0].Frames[0].Build(script.NewEnv())
		if fault != nil {
			t.Fatal(fault)
		}
		if err != nil {
			t.Fatalf("%s stands behind the fault %v", line, err)
		}
		if line[0] == '>' {
			l.sent(f)
		} else {
			_, err = l.received(f)
		}
	}
	return err
}

const hellos = "> HELLO versions=1..1\n< HELLO version=1\n"

func TestLedgerFindsWhatAServerMustNotDo(t *testing.T) {
	call := hellos + "> CALL #1 name=abc/d args=[]\n"
	stream := hellos + "> CALL #1 flags=STREAM name=abc/chan args=[]\n"
	for _, c := range []struct{ req, text string }{
		{"F-211", "> HELLO versions=1..1\n< PING ask"},
		{"F-212", hellos + "< HELLO version=1"},
		{"F-215", "> HELLO versions=1..1\n< HELLO version=1 CALLS=63"},
		{"F-202", hellos + "< FRAME type=0x0b"},
		{"F-204", call + "< RESULT #1 flags=0x40"},
		{"F-204", call + "< RESULT #1 flags=NORETRY"},
		{"F-205", call + "< RESULT #1 flags=MORE fill=1023"},
		{"F-201", call + "< RESULT #1 fill=16385"},
		{"F-207", hellos + "< CALL #2 name=abc/d args=[]"},
		{"F-232", hellos + "< RESULT #1"},
		{"F-231", call + "< RESULT #1\n< RESULT #1"},
		{"F-232", hellos + "> CALL #1 flags=ONEWAY name=abc/d args=[]\n< RESULT #1"},
		{"F-242", call + "< MSG #1 value=1"},
		{"F-207", stream + "< RESULT #1\n< MSG #1 value=1"},
		{"F-243", stream + "< FINISH #1\n< MSG #1 value=1"},
		{"F-251", stream + "< FINISH #1\n< FINISH #1"},
		{"F-251", stream + "< MSG #1 flags=MORE fill=1024\n< FINISH #1"},
		{"F-234", stream + "< MSG #1 flags=MORE fill=1024\n< RESULT #1"},
		{"F-241", stream + "< MSG #1 flags=MORE fill=1024\n< MSG #1 flags=BYTES"},
		{"F-412", call + "< RESULT #1 flags=EXT hex=05"},
		{"F-262", call + "< CREDIT calls=1"},
		{"F-422", hellos + "< CREDIT grant=1"},
		{"F-422", stream + "< CREDIT #1 grant=120"},
		{"F-422", stream + "< MSG #1 grant=120 value=1"},
		{"F-271", hellos + "< CREDIT"},
		{"F-273", hellos + "< CREDIT #1 grant=1"},
		{"F-281", hellos + "< PING answer token=1"},
		{"F-281", hellos + "> PING ask token=1\n> PING ask token=2\n< PING answer token=2"},
		{"F-291", hellos + "< GOAWAY last=5\n< GOAWAY last=7"},
		{"F-711", hellos + "< GOAWAY reason=FLOW\n< PING ask"},
	} {
		if err := frames(t, script.Server, c.text); err == nil || !strings.Contains(err.Error(), c.req) {
			t.Errorf("%s\ngives %v, want %s", c.text, err, c.req)
		}
	}
}

func TestLedgerFindsWhatAClientMustNotDo(t *testing.T) {
	open := "< HELLO versions=1..1\n> HELLO version=1\n"
	call := open + "< CALL #1 name=abc/d args=[]\n"
	for _, c := range []struct{ req, text string }{
		{"F-211", "< GOAWAY"},
		{"F-221", open + "< CALL #2 name=abc/d args=[]"},
		{"F-221", call + "< CALL #5 name=abc/d args=[]"},
		{"F-222", open + "< CALL #0xffffff03 name=abc/d args=[]"},
		{"F-224", open + "< CALL #1 method=1 args=[]"},
		{"F-301", open + "< BIND method=1 name=abc/d"},
		{"F-301", "< HELLO versions=1..1\n> HELLO version=1 MAX_BINDINGS=5\n< BIND method=2 name=abc/d"},
		{"F-235", call + "< RESULT #1"},
		{"F-261", call + "< CANCEL #3"},
		{"F-261", call + "< CANCEL #1\n< CANCEL #1"},
		{"F-501", open + "< CALL #1 name=ab/d args=[]"},
		{"F-702", open + "> GOAWAY last=9\n> PING ask token=1\n< PING answer token=1\n< CALL #1 name=abc/d args=[]"},
		{"F-242", call + "< MSG #1 value=1"},
	} {
		if err := frames(t, script.Client, c.text); err == nil || !strings.Contains(err.Error(), c.req) {
			t.Errorf("%s\ngives %v, want %s", c.text, err, c.req)
		}
	}
}

func TestLedgerKeepsTheCreditOfBothSides(t *testing.T) {
	big := hellos + "> CALL #1 name=abc/d args=[]\n" + strings.Repeat("< MSG #1 flags=MORE fill=16384\n", 3)
	big = strings.Replace(big, "< MSG #1 flags=MORE", "< RESULT #1 flags=MORE", 1)
	if err := frames(t, script.Server, big+"< MSG #1 fill=16384"); err != nil {
		t.Errorf("65,536 bytes: %v", err)
	}
	err := frames(t, script.Server, big+"< MSG #1 flags=MORE fill=16384\n< MSG #1 fill=1")
	if err == nil || !strings.Contains(err.Error(), "F-401") {
		t.Errorf("65,537 bytes: %v, want F-401", err)
	}
	slots := "< HELLO versions=1..1\n"
	for i := range 64 {
		slots += fmt.Sprintf("< CALL #%d name=abc/d args=[]\n", 2*i+1)
	}
	if err := frames(t, script.Client, slots); err != nil {
		t.Errorf("64 calls: %v", err)
	}
	err = frames(t, script.Client, slots+"< CALL #129 name=abc/d args=[]")
	if err == nil || !strings.Contains(err.Error(), "F-401") {
		t.Errorf("65 calls: %v, want F-401", err)
	}
}
