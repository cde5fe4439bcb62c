package conformance

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/leverrpc/lever/conformance/script"
)

var rewrite = flag.Bool("rewrite", false, "write index.json anew")

// requirement is one entry of index.json.
type requirement struct {
	Must    bool     `json:"must"`
	Cases   []string `json:"cases"`             // scripts as role/file/name
	Vectors []string `json:"vectors,omitempty"` // as file: how many
}

// requirements reads every requirement of SPEC.md, and whether it says MUST.
func requirements(t *testing.T) map[string]*requirement {
	t.Helper()
	spec, err := os.ReadFile("../SPEC.md")
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string]*requirement)
	head := regexp.MustCompile(`^- \*\*\[(F-\d+)\]\*\*`)
	var current *requirement
	for line := range strings.Lines(string(spec)) {
		switch m := head.FindStringSubmatch(line); {
		case m != nil:
			current = &requirement{Cases: []string{}}
			all[m[1]] = current
		case !strings.HasPrefix(line, "  "):
			current = nil
		}
		if current != nil && strings.Contains(line, "MUST") {
			current.Must = true
		}
	}
	if len(all) < 80 {
		t.Fatalf("SPEC.md has %d requirements, want at least 80", len(all))
	}
	return all
}

// index finds the cases of every requirement.
func index(t *testing.T) map[string]*requirement {
	t.Helper()
	all := requirements(t)
	add := func(req, what string, to func(*requirement) *[]string) {
		r := all[req]
		if r == nil {
			t.Errorf("%s covers %s, which SPEC.md does not have", what, req)
			return
		}
		*to(r) = append(*to(r), what)
	}
	for _, role := range []script.Role{script.Server, script.Client} {
		scripts, err := Scripts(role)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range scripts {
			for _, req := range s.Covers {
				add(req, fmt.Sprintf("%s/%s/%s", role, s.File, s.Name),
					func(r *requirement) *[]string { return &r.Cases })
			}
		}
	}
	files, err := filepath.Glob("vectors/*.json")
	if err != nil || len(files) < 4 {
		t.Fatalf("files of vectors: %v, %v", files, err)
	}
	for _, file := range files {
		count := vectorsOf(t, file)
		for _, req := range slices.Sorted(maps.Keys(count)) {
			add(req, fmt.Sprintf("%s: %d", filepath.Base(file), count[req]),
				func(r *requirement) *[]string { return &r.Vectors })
		}
	}
	return all
}

// vectorsOf counts the vectors of a file by requirement.
func vectorsOf(t *testing.T, file string) map[string]int {
	t.Helper()
	b, err := os.ReadFile(file)
	var vectors []struct{ Req []string }
	if err == nil {
		err = json.Unmarshal(b, &vectors)
	}
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	count := make(map[string]int)
	for _, v := range vectors {
		for _, req := range v.Req {
			count[req]++
		}
	}
	return count
}

func TestIndexHoldsEveryCase(t *testing.T) {
	var want bytes.Buffer
	enc := json.NewEncoder(&want)
	enc.SetIndent("", "\t")
	if err := enc.Encode(index(t)); err != nil {
		t.Fatal(err)
	}
	if *rewrite {
		if err := os.WriteFile("index.json", want.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile("index.json")
	if err != nil || !bytes.Equal(got, want.Bytes()) {
		t.Errorf("index.json is not up to date: run the test with -rewrite (%v)", err)
	}
}

// elsewhere are the requirements that this suite cannot show, with the reason.
func elsewhere(t *testing.T) map[string]string {
	t.Helper()
	b, err := os.ReadFile("elsewhere.txt")
	if err != nil {
		t.Fatal(err)
	}
	reasons := make(map[string]string)
	for line := range strings.Lines(string(b)) {
		req, why, ok := strings.Cut(strings.TrimSpace(line), " ")
		if req == "" || req[0] == '#' {
			continue
		}
		if !ok {
			t.Errorf("elsewhere.txt: %s has no reason", req)
		}
		reasons[req] = strings.TrimSpace(why)
	}
	return reasons
}

func TestEveryMustHasACase(t *testing.T) {
	reasons := elsewhere(t)
	for req, r := range index(t) {
		covered := len(r.Cases)+len(r.Vectors) > 0
		switch _, excused := reasons[req]; {
		case r.Must && !covered && !excused:
			t.Errorf("%s has no case", req)
		case covered && excused:
			t.Errorf("%s has cases: take it out of elsewhere.txt", req)
		}
		delete(reasons, req)
	}
	for req := range reasons {
		t.Errorf("elsewhere.txt: SPEC.md has no %s", req)
	}
}

func TestSuiteIsAsLargeAsItSays(t *testing.T) {
	for role, least := range map[script.Role]int{script.Server: 150, script.Client: 80} {
		scripts, err := Scripts(role)
		if err != nil || len(scripts) < least {
			t.Errorf("%d scripts for a %s, want at least %d (%v)", len(scripts), role, least, err)
		}
	}
}
