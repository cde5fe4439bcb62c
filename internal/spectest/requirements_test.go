package spectest

import (
	"encoding/json"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
)

// requirement is one of SPEC.md, and what breaks with it. It is an entry of spec/errors.json.
type requirement struct {
	Req     string   `json:"req"`
	Section string   `json:"section"`
	Closes  []string `json:"closes,omitempty"` // reasons of GOAWAY
	Call    []string `json:"call,omitempty"`   // statuses
	Value   bool     `json:"value,omitempty"`  // a decoder refuses
	Refused bool     `json:"refused,omitempty"`
	Seen    bool     `json:"seen,omitempty"`
	text    string
}

var (
	defined  = regexp.MustCompile(`^- \*\*\[(F-\d{3})\]\*\* `)
	cited    = regexp.MustCompile(`\bF-\d{3}\b`)
	closes   = regexp.MustCompile(`[Cc]loses: ([A-Z_]+)[.;*]`)
	fails    = regexp.MustCompile(`\*Call: ([A-Z_]+)\.`)
	keywords = regexp.MustCompile(`\b(MUST|SHOULD|MAY)\b`)
	heading  = regexp.MustCompile(`^#+ ([\d.]+) `)
)

// requirements reads them all, in their order.
func requirements(t *testing.T) (all []requirement) {
	t.Helper()
	number := ""
	open := false
	for _, line := range strings.Split(read(t, "SPEC.md"), "\n") {
		if m := heading.FindStringSubmatch(line); m != nil {
			number = m[1]
		}
		if m := defined.FindStringSubmatch(line); m != nil {
			all = append(all, requirement{Req: m[1], Section: number})
			open = true
		} else if !strings.HasPrefix(line, "  ") {
			open = false
		}
		if open {
			all[len(all)-1].text += strings.TrimSpace(line) + " "
		}
	}
	for i := range all {
		r := &all[i]
		for _, m := range closes.FindAllStringSubmatch(r.text, -1) {
			r.Closes = append(r.Closes, m[1])
		}
		for _, m := range fails.FindAllStringSubmatch(r.text, -1) {
			r.Call = append(r.Call, m[1])
		}
		r.Value = strings.Contains(r.text, "*Value: refused.*")
		r.Refused = strings.Contains(r.text, "*Refused.*")
		r.Seen = strings.Contains(r.text, "*Seen: ")
	}
	return all
}

func TestRequirementsHaveOneNumberAndAnEffect(t *testing.T) {
	seen := map[string]bool{}
	all := requirements(t)
	if len(all) < 80 {
		t.Errorf("%d requirements, want at least 80", len(all))
	}
	last := ""
	for _, r := range all {
		if seen[r.Req] {
			t.Errorf("%s is defined twice", r.Req)
		}
		if seen[r.Req] = true; r.Req < last {
			t.Errorf("%s stands behind %s", r.Req, last)
		}
		last = r.Req
		effect := r.Closes != nil || r.Call != nil || r.Value || r.Refused || r.Seen
		if strings.Contains(r.text, "MUST") && !effect {
			t.Errorf("%s: a MUST without a visible effect: %s", r.Req, r.text)
		}
		for _, name := range r.Closes {
			if !isReason(name) {
				t.Errorf("%s closes with %s, which is not a reason", r.Req, name)
			}
		}
		for _, name := range r.Call {
			if !isStatus(name) {
				t.Errorf("%s ends a call with %s, which is not a status", r.Req, name)
			}
		}
	}
	for _, id := range cited.FindAllString(read(t, "SPEC.md"), -1) {
		if !seen[id] {
			t.Errorf("%s is cited and not defined", id)
		}
	}
	for path, text := range sources(t) {
		for _, id := range cited.FindAllString(text, -1) {
			if !seen[id] && !strings.HasSuffix(path, "requirements_test.go") {
				t.Errorf("%s cites %s, which SPEC.md does not define", path, id)
			}
		}
	}
}

// sources gives the text of every Go file of the module.
func sources(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := fs.WalkDir(os.DirFS(root), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		all[path] = read(t, path)
		return nil
	})
	if err != nil || len(all) == 0 {
		t.Fatalf("%d files, %v", len(all), err)
	}
	return all
}

// TestKeywordsStandInRequirements: a MUST outside of a numbered requirement would have no test.
func TestKeywordsStandInRequirements(t *testing.T) {
	number, inside := "", false
	for i, line := range strings.Split(read(t, "SPEC.md"), "\n") {
		if m := heading.FindStringSubmatch(line); m != nil {
			number = m[1]
		}
		inside = defined.MatchString(line) || inside && strings.HasPrefix(line, "  ")
		if m := keywords.FindString(line); m == "MUST" && !inside && number != "2" {
			t.Errorf("SPEC.md:%d: MUST outside of a requirement: %s", i+1, line)
		}
	}
}

func TestErrorsFileIsTheRequirements(t *testing.T) {
	b, err := json.MarshalIndent(requirements(t), "", "\t")
	if err != nil {
		t.Fatal(err)
	}
	want := string(b) + "\n"
	if *rewrite {
		write(t, "spec/errors.json", want)
	}
	if got := read(t, "spec/errors.json"); got != want {
		t.Error("spec/errors.json is not what SPEC.md says: go test ./internal/spectest -rewrite")
	}
}
