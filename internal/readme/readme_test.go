package readme

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// root is the top of the module.
const root = "../.."

// block is one fenced block.
type block struct {
	info string // what follows the opening fence
	text string
}

// TestPlain keeps addresses and pictures out: the README is read offline, too.
func TestPlain(t *testing.T) {
	text := readme(t)
	for _, unwanted := range []string{"http:", "https:", "![", "<img"} {
		if strings.Contains(text, unwanted) {
			t.Errorf("README.md contains %q", unwanted)
		}
	}
}

func TestSetUpCommandsAreThere(t *testing.T) {
	for _, command := range []string{"go run ./cmd/lever demo", "go test ./... ./discovery/etcd/... ./bench/versus/..."} {
		found := slices.ContainsFunc(blocks(t), func(b block) bool {
			return slices.Contains(strings.Split(b.text, "\n"), command)
		})
		if !found {
			t.Errorf("no fenced block has the line %q", command)
		}
	}
}

func TestLinksLeadSomewhere(t *testing.T) {
	prose := regexp.MustCompile("(?ms)^```.*?^```$").ReplaceAllString(readme(t), "")
	links := regexp.MustCompile(`\]\(([^)#]+)[^)]*\)`).FindAllStringSubmatch(prose, -1)
	if len(links) == 0 {
		t.Error("no links")
	}
	for _, link := range links {
		if _, err := os.Stat(filepath.Join(root, link[1])); err != nil {
			t.Errorf("the link to %s: %v", link[1], err)
		}
	}
}

// TestMap compares the map of the folders with the top of the module, both ways.
func TestMap(t *testing.T) {
	_, section, ok := strings.Cut(readme(t), "\n## Map\n")
	if !ok {
		t.Fatal("no section Map")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	mapped := map[string]bool{}
	rows := regexp.MustCompile("(?m)^\\| \\[`([^`]+)/`\\]")
	for _, row := range rows.FindAllStringSubmatch(section, -1) {
		path := row[1]
		if info, err := os.Stat(filepath.Join(root, path)); err != nil || !info.IsDir() {
			t.Errorf("the map has %s, which is no folder", path)
		}
		top, _, _ := strings.Cut(path, "/")
		mapped[top] = true
	}
	entries, err := os.ReadDir(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() && !strings.HasPrefix(e.Name(), ".") && !mapped[e.Name()] {
			t.Errorf("the map lacks %s", e.Name())
		}
	}
}

// readme gives README.md.
func readme(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(root, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// blocks gives the fenced blocks of README.md in order.
func blocks(t *testing.T) []block {
	t.Helper()
	var all []block
	inside := false
	for line := range strings.SplitSeq(readme(t), "\n") {
		info, fence := strings.CutPrefix(line, "```")
		switch {
		case fence && !inside:
			all = append(all, block{info: info})
			inside = true
		case fence:
			inside = false
		case inside:
			all[len(all)-1].text += line + "\n"
		}
	}
	if inside {
		t.Error("the last fenced block has no end")
	}
	return all
}
