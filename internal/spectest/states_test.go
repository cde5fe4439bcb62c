package spectest

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
)

// states is spec/states.json: table, then frame, then state, then action.
type states map[string]map[string]map[string]string

// readStates gives the file as it is.
func readStates(t *testing.T) (s states) {
	t.Helper()
	if err := json.Unmarshal([]byte(read(t, "spec/states.json")), &s); err != nil {
		t.Fatal(err)
	}
	return s
}

// tableStates gives the same from the tables of chapter 7.
func tableStates(t *testing.T) states {
	t.Helper()
	s := states{}
	for name, place := range map[string]struct {
		section string
		columns []string
	}{
		"connection at the server": {"7.1", []string{"frame", "WAIT_HELLO", "OPEN", "DRAINING", "DRAINED"}},
		"connection at the client": {"7.1", []string{"frame", "WAIT_HELLO", "OPEN", "DRAINING"}},
		"call at the responder":    {"7.2", []string{"frame", "IDLE", "OPEN", "HALF", "DONE"}},
		"call at the initiator":    {"7.3", []string{"frame", "IDLE", "OPEN", "HALF", "CANCELLED", "DONE"}},
	} {
		s[name] = map[string]map[string]string{}
		for _, tab := range tables(section(t, place.section)) {
			if !slices.Equal(tab[0], place.columns) {
				continue
			}
			for _, row := range tab[1:] {
				s[name][row[0]] = map[string]string{}
				for i, state := range place.columns[1:] {
					s[name][row[0]][state] = row[i+1]
				}
			}
		}
	}
	return s
}

func TestStatesFileIsTheTables(t *testing.T) {
	want := tableStates(t)
	if *rewrite {
		b, err := json.MarshalIndent(want, "", "\t")
		if err != nil {
			t.Fatal(err)
		}
		write(t, "spec/states.json", string(b)+"\n")
	}
	got := readStates(t)
	for name, frames := range want {
		for typ, row := range frames {
			if !maps.Equal(got[name][typ], row) {
				t.Errorf("%s, %s: states.json has %v, SPEC.md has %v", name, typ, got[name][typ], row)
			}
		}
		if len(frames) < 6 || len(got[name]) != len(frames) {
			t.Errorf("%s: states.json has %d frames, SPEC.md has %d", name, len(got[name]), len(frames))
		}
	}
	if len(got) != len(want) {
		t.Errorf("states.json has %d tables, SPEC.md has %d", len(got), len(want))
	}
}

// TestStateTablesAreComplete: each frame type has a row, each cell is an action that the text below
// the tables explains.
func TestStateTablesAreComplete(t *testing.T) {
	text := section(t, "7.1") + section(t, "7.3")
	call := []string{"CALL", "RESULT", "MSG", "FINISH", "CANCEL", "CREDIT"}
	all := append([]string{"HELLO", "PING", "GOAWAY", "BIND", "ignorable", "reserved"}, call...)
	for name, frames := range tableStates(t) {
		want := call
		if name[:4] == "conn" {
			want = all
		}
		for _, typ := range want {
			if frames[typ] == nil {
				t.Errorf("%s: no row for %s", name, typ)
			}
		}
		for typ, row := range frames {
			for state, action := range row {
				if action != "PROTOCOL" && !explained(text, action) {
					t.Errorf("%s: %s in %s is %q, which is not explained", name, typ, state, action)
				}
			}
		}
	}
}

func explained(text, action string) bool {
	return action != "" && strings.Contains(text, "*"+action+"*:")
}
