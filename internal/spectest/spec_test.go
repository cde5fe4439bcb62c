package spectest

import (
	"bytes"
	"flag"
	"os"
	"strconv"
	"strings"
	"testing"
)

var rewrite = flag.Bool("rewrite", false, "render the worked examples into SPEC.md and its twins")

const root = "../../"

// read gives a file of the repository.
func read(t testing.TB, path string) string {
	t.Helper()
	b, err := os.ReadFile(root + path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// write replaces a file of the repository if its content differs.
func write(t testing.TB, path, content string) {
	t.Helper()
	if old, err := os.ReadFile(root + path); err == nil && bytes.Equal(old, []byte(content)) {
		return
	}
	if err := os.WriteFile(root+path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// section gives the text under the heading whose text begins with number and a space, up to the
// next heading of any level.
func section(t testing.TB, number string) string {
	t.Helper()
	lines := strings.SplitAfter(read(t, "SPEC.md"), "\n")
	for i, line := range lines {
		heading, ok := strings.CutPrefix(strings.TrimLeft(line, "#"), " "+number+" ")
		if !ok || heading == "" || line[0] != '#' {
			continue
		}
		end := i + 1
		for end < len(lines) && !strings.HasPrefix(lines[end], "#") {
			end++
		}
		return strings.Join(lines[i+1:end], "")
	}
	t.Fatalf("SPEC.md has no section %s", number)
	return ""
}

// tables gives the Markdown tables of text: each is its rows of cells, the headings first.
func tables(text string) (all [][][]string) {
	var table [][]string
	for _, line := range append(strings.Split(text, "\n"), "") {
		if !strings.HasPrefix(line, "|") {
			if table != nil {
				all = append(all, table)
			}
			table = nil
			continue
		}
		cells := strings.Split(strings.Trim(line, "|"), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		if !strings.HasPrefix(cells[0], "---") {
			table = append(table, cells)
		}
	}
	return all
}

// table gives the only table of a section whose first headings are these.
func table(t testing.TB, number string, headings ...string) [][]string {
	t.Helper()
	for _, tab := range tables(section(t, number)) {
		if len(tab[0]) >= len(headings) && strings.Join(tab[0][:len(headings)], "|") ==
			strings.Join(headings, "|") {
			return tab[1:]
		}
	}
	t.Fatalf("SPEC.md section %s has no table with the columns %q", number, headings)
	return nil
}

// num reads a number as the tables print it: "1,024", "0x8A", "`0x01`".
func num(t testing.TB, s string) uint64 {
	t.Helper()
	s = strings.ReplaceAll(strings.Trim(s, "`"), ",", "")
	n, err := strconv.ParseUint(s, 0, 64)
	if err != nil {
		t.Fatalf("%q is not a number", s)
	}
	return n
}

// span reads "5 to 511", or "0" as 0 to 0.
func span(t testing.TB, s string) (low, high uint64) {
	t.Helper()
	a, b, ok := strings.Cut(s, " to ")
	if !ok {
		b = a
	}
	return num(t, a), num(t, b)
}
