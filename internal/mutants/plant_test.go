package mutants

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const (
	root       = "../.."
	simulation = "./internal/sim"
)

// plant returns the text of the file with the bug in it.
func (m *mutant) plant(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, m.file))
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(text), m.old); n != 1 {
		t.Errorf("%s: %q stands %d times in %s, want once", m.name, m.old, n, m.file)
	}
	return strings.Replace(string(text), m.old, m.new, 1)
}

// run tests a package with the bug in it, or one test of it, and returns the tests that fail. A
// test that does not end, or panics, counts as one. The simulation plays all its seeds.
func (m *mutant) run(t *testing.T, pkg, test string) (failed []string) {
	t.Helper()
	args := []string{"test", "-vet=off", "-overlay", m.overlay(t)}
	if pkg != simulation {
		args = append(args, "-short", "-timeout", "2m")
	}
	if test != "" {
		args = append(args, "-run", "^"+test+"$")
	}
	cmd := exec.Command("go", append(args, pkg)...)
	cmd.Dir = root
	out, err := cmd.CombinedOutput()
	if err == nil {
		return nil
	}
	failed = failures(string(out))
	if len(failed) == 0 || strings.Contains(string(out), "[build failed]") {
		t.Errorf("%s: the tests of %s did not run:\n%s", m.name, pkg, out)
	}
	return failed
}

// failures finds the names of the tests that failed, or that ran when time was up.
func failures(out string) (names []string) {
	_, ran, _ := strings.Cut(out, "running tests:\n")
	for line := range strings.SplitSeq(out, "\n") {
		if name, ok := strings.CutPrefix(line, "--- FAIL: "); ok {
			name, _, _ = strings.Cut(name, " ")
			names = append(names, name)
		}
	}
	if name, _, ok := strings.Cut(strings.TrimSpace(ran), " "); ok && len(names) == 0 {
		names = append(names, name)
	}
	return names
}

// overlay writes the file with the bug, and the list that puts it in the place of the other.
func (m *mutant) overlay(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	source, err := filepath.Abs(filepath.Join(root, m.file))
	if err != nil {
		t.Fatal(err)
	}
	copied, overlay := filepath.Join(dir, "mutant.go"), filepath.Join(dir, "overlay.json")
	list, err := json.Marshal(map[string]any{"Replace": map[string]string{source: copied}})
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{copied: m.plant(t), overlay: string(list)} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return overlay
}
