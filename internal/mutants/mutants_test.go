package mutants

import (
	"flag"
	"os"
	"strings"
	"testing"
)

var (
	all     = flag.Bool("all", false, "plant every bug and run the tests that must find it")
	record  = flag.Bool("record", false, "plant every bug and note in the list what finds it")
	rewrite = flag.Bool("rewrite", false, "write the table of README.md from the list")
)

// TestListOfBugsFitsTheCode fails when the code has moved on and a bug can no longer be planted.
func TestListOfBugsFitsTheCode(t *testing.T) {
	list := load(t)
	if len(list) < 30 {
		t.Errorf("the list has %d bugs, want 30 at least", len(list))
	}
	names := make(map[string]bool)
	for _, m := range list {
		m.plant(t)
		if names[m.name] {
			t.Errorf("%s: stands twice", m.name)
		}
		names[m.name] = true
	}
}

// TestEveryBugIsFound plants the bugs, each in a copy of its file that only the compiler sees.
func TestEveryBugIsFound(t *testing.T) {
	if !*all {
		t.Skip("runs with -all: it takes many minutes")
	}
	for _, m := range load(t) {
		t.Run(m.name, func(t *testing.T) {
			if failed := m.run(t, m.tests, m.found); len(failed) == 0 {
				t.Errorf("%s: the tests of %s do not find it (%s)", m.file, m.tests, m.found)
			}
			if m.sim == "yes" && len(m.run(t, simulation, "")) == 0 {
				t.Errorf("%s: the simulation does not find it", m.file)
			}
		})
	}
}

// TestRecordWhatFindsTheBugs writes which test finds each bug, and whether the simulation does.
func TestRecordWhatFindsTheBugs(t *testing.T) {
	if !*record {
		t.Skip("runs with -record: it takes many minutes")
	}
	list := load(t)
	for i := range list {
		m := &list[i]
		if failed := m.run(t, m.tests, ""); len(failed) > 0 {
			m.found = failed[0]
		} else {
			t.Errorf("%s: the tests of %s do not find it", m.name, m.tests)
		}
		switch failed := m.run(t, simulation, ""); {
		case len(failed) > 0:
			m.sim = "yes"
		case !strings.HasPrefix(m.sim, "no"):
			m.sim = "no"
		}
		t.Logf("%s: %s, simulation: %s", m.name, m.found, m.sim)
		if err := os.WriteFile(listFile, []byte(write(list)), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestTableIsTheList compares README.md with the list.
func TestTableIsTheList(t *testing.T) {
	want := table(load(t))
	if *rewrite {
		if err := os.WriteFile("README.md", []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := os.ReadFile("README.md"); err != nil || string(got) != want {
		t.Errorf("README.md is not what mutants.txt says (%v): run with -rewrite", err)
	}
}
