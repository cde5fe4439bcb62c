package play

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
)

// Count tells how outcomes were judged. known are the scripts that may fail, by "file/script".
type Count struct {
	Passed, Failed, Skipped, Known int
	Stale                          []string // known failures that pass
}

// Judge counts outcomes.
func Judge(outcomes []Outcome, known map[string]string) (c Count) {
	stale := make(map[string]bool)
	for _, o := range outcomes {
		name := o.name()
		_, isKnown := known[name]
		switch {
		case o.Verdict == Failed && isKnown:
			c.Known++
			stale[name] = false
		case o.Verdict == Failed:
			c.Failed++
		case o.Verdict == Skipped:
			c.Skipped++
		default:
			c.Passed++
			if _, seen := stale[name]; isKnown && !seen {
				stale[name] = true
			}
		}
	}
	for name, isStale := range stale {
		if isStale {
			c.Stale = append(c.Stale, name)
		}
	}
	return c
}

func (o Outcome) name() string { return o.Script.File + "/" + o.Script.Name }

// cut tells in what pieces a script was sent.
func (o Outcome) cut() string {
	if o.Chop == 0 {
		return "whole"
	}
	return fmt.Sprintf("in pieces of %d", o.Chop)
}

// WriteText writes a report for people: what failed, what was skipped and why, and the sums.
func WriteText(w io.Writer, outcomes []Outcome, known map[string]string) error {
	var b strings.Builder
	reasons := make(map[string]int)
	for _, o := range outcomes {
		switch {
		case o.Verdict == Skipped:
			reasons[o.Reason]++
		case o.Verdict == Failed && known[o.name()] == "":
			fmt.Fprintf(&b, "FAIL %s, %s\n     %s\n     covers %s\n     %s\n", o.name(), o.cut(),
				o.Script.About, strings.Join(o.Script.Covers, " "), o.Reason)
			for _, line := range o.Log {
				fmt.Fprintf(&b, "       %s\n", line)
			}
		case o.Verdict == Failed:
			fmt.Fprintf(&b, "known failure %s, %s: %s\n", o.name(), o.cut(), known[o.name()])
		}
	}
	for reason, n := range reasons {
		fmt.Fprintf(&b, "skipped %d: %s\n", n, reason)
	}
	c := Judge(outcomes, known)
	for _, name := range c.Stale {
		fmt.Fprintf(&b, "%s passes and is still a known failure\n", name)
	}
	fmt.Fprintf(&b, "%d runs: %d passed, %d failed, %d known failures, %d skipped\n",
		len(outcomes), c.Passed, c.Failed, c.Known, c.Skipped)
	_, err := io.WriteString(w, b.String())
	return err
}

// line is one outcome in a JSON report.
type line struct {
	Script  string   `json:"script"`
	Chop    int      `json:"chop"`
	Verdict Verdict  `json:"verdict"`
	Reason  string   `json:"reason,omitempty"`
	Covers  []string `json:"covers"`
	Seconds float64  `json:"seconds"`
}

// WriteJSON writes one line of JSON for each outcome.
func WriteJSON(w io.Writer, outcomes []Outcome) error {
	enc := json.NewEncoder(w)
	for _, o := range outcomes {
		err := enc.Encode(line{o.name(), o.Chop, o.Verdict, o.Reason, o.Script.Covers, o.Took.Seconds()})
		if err != nil {
			return err
		}
	}
	return nil
}

type junitSuite struct {
	XMLName  xml.Name    `xml:"testsuite"`
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	Seconds float64       `xml:"time,attr"`
	Failure *junitMessage `xml:"failure,omitempty"`
	Skipped *junitMessage `xml:"skipped,omitempty"`
}

type junitMessage struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

// WriteJUnit writes the outcomes in the form that most build servers read. A known failure
// counts as skipped.
func WriteJUnit(w io.Writer, outcomes []Outcome, known map[string]string) error {
	c := Judge(outcomes, known)
	suite := junitSuite{
		Name: "lever conformance", Tests: len(outcomes), Failures: c.Failed,
		Skipped: c.Skipped + c.Known,
	}
	for _, o := range outcomes {
		one := junitCase{
			Class: string(o.Script.Role) + "." + o.Script.File, Name: o.Script.Name + ", " + o.cut(),
			Seconds: o.Took.Seconds(),
		}
		message := &junitMessage{o.Reason, strings.Join(o.Log, "\n")}
		switch {
		case o.Verdict == Skipped, o.Verdict == Failed && known[o.name()] != "":
			one.Skipped = message
		case o.Verdict == Failed:
			one.Failure = message
		}
		suite.Cases = append(suite.Cases, one)
	}
	b, err := xml.MarshalIndent(suite, "", "\t")
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "%s%s\n", xml.Header, b)
	return err
}
