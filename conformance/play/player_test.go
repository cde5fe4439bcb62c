package play

import (
	"context"
	"io"
	"maps"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/leverrpc/lever/conformance/script"
)

// canned is a server that writes what it was given when it has read a HELLO, and then ends the
// connection if it was told to.
type canned struct {
	says string // hex
	ends bool
}

// Dial implements Server.
func (c canned) Dial(context.Context) (Conn, error) {
	near, far := Pipe()
	go func() {
		if _, err := io.ReadFull(far, make([]byte, 16)); err != nil {
			return
		}
		b, _ := script.Hex(c.says)
		far.Write(b)
		if c.ends {
			far.CloseWrite()
		}
		io.Copy(io.Discard, far)
		far.Close()
	}()
	return near, nil
}

const (
	hello    = "00000000010001004c45565200000000"
	protocol = "00000000090001000000000000000000"
	flowBye  = "00000000090002000000000000000000"
	result   = "01000000030000000100000000000000d0"
	question = "00000000080000000000000007000000"
)

func TestPlayerJudges(t *testing.T) {
	for name, c := range map[string]struct {
		server canned
		steps  string
		want   Verdict
		why    string
	}{
		"a goodbye that was wanted": {
			canned{hello + protocol, true}, "open\nexpect_close PROTOCOL", Passed, ""},
		"a goodbye for another reason": {
			canned{hello + flowBye, true}, "open\nexpect_close PROTOCOL", Failed, "reason=FLOW"},
		"an end without a goodbye": {
			canned{hello, true}, "open\nexpect_close PROTOCOL", Failed, "ended"},
		"a goodbye without an end": {
			canned{hello + protocol, false}, "open\nexpect_close PROTOCOL", Failed, "nothing came"},
		"a frame behind the goodbye": {
			canned{hello + protocol + question, true}, "open\nexpect_close PROTOCOL", Failed, "F-711"},
		"silence": {
			canned{hello, false}, "open\nexpect PING answer", Failed, "nothing came"},
		"a PING that nobody answers": {
			canned{hello, false}, "open\nexpect_none", Failed, "nothing came"},
		"a result that was wanted": {
			canned{hello + question + result, false},
			"open\nsend CALL #1 name=abc/d args=[]\nexpect RESULT #1 value=null", Passed, ""},
		"a result with another value": {
			canned{hello + result, false},
			"open\nsend CALL #1 name=abc/d args=[]\nexpect RESULT #1 value=1", Failed, "null"},
		"a result of another status": {
			canned{hello + result, false},
			"open\nsend CALL #1 name=abc/d args=[]\nexpect RESULT #1 status=INTERNAL", Failed, "OK"},
		"no HELLO": {canned{question, false}, "open", Failed, "F-211"},
		"a limit that is not there": {
			canned{hello, false}, "open\nrequire $CALLS >= 1000", Skipped, "64"},
		"a check that fails": {
			canned{hello, false}, "open\ncheck $CALLS >= 1000", Failed, "64"},
		"a drain that nobody can begin": {
			canned{hello, false}, "needs drain\nopen\ndrain", Skipped, "drain"},
	} {
		synctest.Test(t, func(t *testing.T) {
			all, err := script.Parse("x", script.Server, "script a\nabout b\ncovers F-001\n"+c.steps+"\n")
			if err != nil {
				t.Fatal(err)
			}
			o := RunServer(t.Context(), &all[0], c.server, 7, Options{})
			if o.Verdict != c.want || !strings.Contains(o.Reason, c.why) {
				t.Errorf("%s: %s %q, want %s %q", name, o.Verdict, o.Reason, c.want, c.why)
			}
		})
	}
}

func TestReportsTellEveryOutcome(t *testing.T) {
	all, err := script.Parse("x", script.Server,
		"script good\nabout b\ncovers F-001\nopen\nscript bad\nabout b\ncovers F-001\nopen\nexpect_end\n")
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		suite := Suite{Scripts: all, Chops: []int{0}, Workers: 2}
		outcomes := suite.Run(OfServer(t.Context(), canned{hello, false}, Options{}))
		if c := Judge(outcomes, nil); c.Passed != 1 || c.Failed != 1 {
			t.Errorf("judged %+v, want one of each", c)
		}
		known := map[string]string{"x/bad": "why", "x/good": "stale"}
		if c := Judge(outcomes, known); c.Failed != 0 || c.Known != 1 || len(c.Stale) != 1 {
			t.Errorf("judged %+v, want a known failure and a stale one", c)
		}
		var text, junit, lines strings.Builder
		if err := WriteText(&text, outcomes, nil); err != nil {
			t.Error(err)
		}
		if err := WriteJUnit(&junit, outcomes, nil); err != nil {
			t.Error(err)
		}
		if err := WriteJSON(&lines, outcomes); err != nil {
			t.Error(err)
		}
		for what, got := range map[string][2]string{
			"text":  {text.String(), "FAIL x/bad, whole"},
			"junit": {junit.String(), `failures="1"`},
			"json":  {lines.String(), `"verdict":"failed"`},
		} {
			if !strings.Contains(got[0], got[1]) {
				t.Errorf("%s report\n%s\nlacks %s", what, got[0], got[1])
			}
		}
	})
}

func TestScriptsInWhichTimeCountsAreTriedAgain(t *testing.T) {
	all, err := script.Parse("x", script.Server, "script patient\nabout b\ncovers F-001\nopen\n"+
		"repeat 2\nwait 5\nend\nscript silent\nabout b\ncovers F-001\nopen IDLE_MS=100\n"+
		"script other\nabout b\ncovers F-001\nopen\n")
	if err != nil {
		t.Fatal(err)
	}
	var runs map[string]int
	failing := func(times int) func(s *script.Script, _ int) Outcome {
		runs = map[string]int{}
		return func(s *script.Script, _ int) Outcome {
			if runs[s.Name]++; runs[s.Name] <= times {
				return Outcome{Script: s, Verdict: Failed}
			}
			return Outcome{Script: s, Verdict: Passed}
		}
	}
	for _, x := range []struct {
		attempts, fails int
		want            map[string]int
		passed          int
	}{
		{0, 1, map[string]int{"patient": 1, "silent": 1, "other": 1}, 0},
		{3, 0, map[string]int{"patient": 1, "silent": 1, "other": 1}, 3},
		{3, 2, map[string]int{"patient": 3, "silent": 3, "other": 1}, 2},
		{3, 9, map[string]int{"patient": 3, "silent": 3, "other": 1}, 0},
	} {
		suite := Suite{Scripts: all, Chops: []int{0}, Workers: 1, Attempts: x.attempts}
		outcomes := suite.Run(failing(x.fails))
		if got := Judge(outcomes, nil).Passed; got != x.passed || !maps.Equal(runs, x.want) {
			t.Errorf("%d attempts of what fails %d times: %d passed in %v, want %d in %v",
				x.attempts, x.fails, got, runs, x.passed, x.want)
		}
	}
}
