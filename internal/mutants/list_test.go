package mutants

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const listFile = "mutants.txt"

// mutant is one planted bug.
type mutant struct {
	name     string
	file     string // relative to the module
	tests    string // the package whose tests must fail
	found    string // the test of it that fails; empty: one of them
	sim      string // whether the simulation finds it: yes, or no and why
	old, new string // old stands in the file exactly once
}

// listHead explains the list where it stands.
const listHead = `# Bugs that the tests must find. A block is: name, file, the package whose tests find it, the test,
# whether the simulation finds it, the old text behind -, the new text behind +. Old text stands in
# its file once; \n is the end of a line.
`

// load reads the list.
func load(t *testing.T) (list []mutant) {
	t.Helper()
	text, err := os.ReadFile(listFile)
	if err != nil {
		t.Fatal(err)
	}
	for block := range strings.SplitSeq(string(text), "\n\n") {
		lines := strings.Split(strings.TrimSpace(block), "\n")
		if strings.HasPrefix(lines[0], "#") {
			continue
		}
		m := mutant{name: lines[0]}
		for _, line := range lines[1:] {
			key, rest, _ := strings.Cut(line, " ")
			field := m.field(key)
			if field == nil {
				t.Fatalf("%s: %q: unknown word %q", listFile, m.name, key)
			}
			*field = strings.ReplaceAll(rest, `\n`, "\n")
		}
		if m.file == "" || m.tests == "" || m.old == "" || m.old == m.new {
			t.Fatalf("%s: %q is not complete", listFile, m.name)
		}
		list = append(list, m)
	}
	return list
}

// keys are the words of a block, in order.
var keys = []string{"file", "tests", "found", "sim", "-", "+"}

// field is what a word of a block sets, or nil.
func (m *mutant) field(key string) *string {
	return map[string]*string{
		"file": &m.file, "tests": &m.tests, "found": &m.found, "sim": &m.sim,
		"-": &m.old, "+": &m.new,
	}[key]
}

// write gives the text of a list.
func write(list []mutant) string {
	var b strings.Builder
	b.WriteString(listHead)
	for i := range list {
		fmt.Fprintf(&b, "\n%s\n", list[i].name)
		for _, key := range keys {
			fmt.Fprintf(&b, "%s %s\n", key, strings.ReplaceAll(*list[i].field(key), "\n", `\n`))
		}
	}
	return b.String()
}

// tableHead is the text in front of the table.
const tableHead = `# Planted bugs

Each row is a mistake that somebody could make. It is planted, alone, and the test beside it must fail; that is
how the tests are tested. The last column says whether the simulation of [internal/sim](../sim) finds it as well,
which knows nothing of it: both its sides are honest, so it cannot see what only guards against a hostile peer.

This page is made from [mutants.txt](mutants.txt), which has the changes themselves; the package's comment says how.

| bug | in | found by | simulation |
|---|---|---|---|
`

// table gives the text of README.md.
func table(list []mutant) string {
	var b strings.Builder
	b.WriteString(tableHead)
	finds := 0
	for _, m := range list {
		by := strings.TrimPrefix(m.tests, "./")
		if m.found != "" {
			by += ", `" + m.found + "`"
		}
		fmt.Fprintf(&b, "| %s | `%s` | %s | %s |\n", m.name, filepath.Base(m.file), by, m.sim)
		if m.sim == "yes" {
			finds++
		}
	}
	fmt.Fprintf(&b, "\n%d bugs, of which the simulation finds %d.\n", len(list), finds)
	return b.String()
}
