package registry

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/leverrpc/lever/lb"
)

// entry is a record with one member, or with none.
func entry(target string, epoch uint64, ids ...string) record {
	r := record{Target: target, Epoch: epoch, Members: []sitting{}}
	for _, id := range ids {
		in, t := person(id, 1)
		r.Members = append(r.Members, sitting{Instance: in, Key: t.Key, Level: t.Level, Since: epoch})
	}
	return r
}

// told is what records say, in one order. Those without members are one number.
func told(records []record) string {
	var all []string
	floor := uint64(0)
	for _, r := range records {
		if len(r.Members) == 0 {
			floor = max(floor, r.Epoch)
			continue
		}
		text := fmt.Sprint(r.Target, " ", r.Epoch)
		for _, m := range r.Members {
			text += " " + m.Instance.ID
		}
		all = append(all, text)
	}
	slices.Sort(all)
	return strings.Join(append(all, fmt.Sprint("floor ", floor)), ", ")
}

func open(t *testing.T, path string) (*store, []record) {
	t.Helper()
	s, known, err := openStore(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.close() })
	return s, known
}

func save(t *testing.T, s *store, records ...record) {
	t.Helper()
	if err := s.save(records); err != nil {
		t.Fatal(err)
	}
}

func TestStateIsReadAsItWasWritten(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	s, known := open(t, path)
	if known != nil {
		t.Errorf("a state that is new has %v", known)
	}
	save(t, s, entry("x", 5, "a"), entry("y", 9, "b", "c"))
	save(t, s, entry("x", 6, "a", "d"), entry("y", 10), entry("z", 3))
	s.close()
	_, known = open(t, path)
	if got, want := told(known), "x 6 a d, floor 10"; got != want {
		t.Errorf("the state has %s, want %s", got, want)
	}
}

func TestEmptyStateIsAState(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	s, _ := open(t, path)
	s.close()
	if _, known := open(t, path); known == nil {
		t.Error("a state without services counts as none")
	}
}

// Whatever the last write has left behind, all before it is there.
func TestStateThatIsCutShort(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	s, _ := open(t, path)
	save(t, s, entry("x", 5, "a"))
	before := s.size
	save(t, s, entry("x", 6, "b"))
	s.close()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for size := before; size < int64(len(whole)); size++ {
		cut := filepath.Join(t.TempDir(), "cut")
		for _, text := range [][]byte{
			whole[:size], append(slices.Clone(whole[:size]), make([]byte, int64(len(whole))-size)...),
		} {
			if err := os.WriteFile(cut, text, 0o644); err != nil {
				t.Fatal(err)
			}
			s, known := open(t, cut)
			if got, want := told(known), "x 5 a, floor 0"; got != want && string(text) != string(whole) {
				t.Fatalf("cut at %d the state has %s, want %s", size, got, want)
			}
			save(t, s, entry("x", 7, "c"))
			s.close()
			if s, known = open(t, cut); told(known) != "x 7 c, floor 0" {
				t.Fatalf("cut at %d, and continued, the state has %s", size, told(known))
			}
			s.close()
		}
	}
}

func TestDamagedStateIsRefused(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "state")
	s, _ := open(t, path)
	save(t, s, entry("x", 5, "a"))
	save(t, s, entry("y", 6, "b"))
	s.close()
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	whole[60] ^= 1
	tests := map[string]string{
		"a record is damaged": string(whole),
		"no state":            "127.0.0.1 localhost\n",
		"begins with":         storeMagic[:5],
	}
	for want, text := range tests {
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		_, _, err := openStore(path)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), path) {
			t.Errorf("%q: %v, want %q", text[:5], err, want)
		}
		if after, _ := os.ReadFile(path); string(after) != text {
			t.Error("a state that was refused was changed")
		}
	}
	if _, err := New(Config{State: filepath.Join(dir, "none", "state")}); err == nil {
		t.Error("a state in a folder that is not there")
	}
}

func TestStateHasOneRegistry(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	s, _ := open(t, path)
	if s.lock == nil {
		t.Skip("this system has no locks")
	}
	save(t, s, entry("x", 5, "a"))
	want := "registry: state " + path + ": another registry uses it: " + path + ".lock is locked"
	if _, err := New(Config{State: path}); err == nil || err.Error() != want {
		t.Errorf("a second registry: %v, want %s", err, want)
	}
	save(t, s, entry("x", 6, "b"))
	if err := s.close(); err != nil {
		t.Error(err)
	}
	s, known := open(t, path)
	defer s.close()
	if got, want := told(known), "x 6 b, floor 0"; got != want {
		t.Errorf("after the first has ended the state has %s, want %s", got, want)
	}
}

func TestStateStaysSmall(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	s, _ := open(t, path)
	members := []lb.Member{{ID: "a"}, {ID: "b"}}
	table := lb.NewTable(members, lb.SlotBits)
	r := entry("x", 1, "a", "b")
	r.Ledger = lb.AppendLedger(nil, new(lb.Ledger).Update(1, members, table, nil))
	for epoch := uint64(1); epoch <= 1200; epoch++ {
		r.Epoch = epoch
		save(t, s, r)
	}
	if most := int64(storeSlack + 4*len(r.Ledger)); s.size > most || s.used > most {
		t.Errorf("after 1,200 changes of one service the file has %d bytes", s.size)
	}
	s.close()
	if _, known := open(t, path); told(known) != "x 1200 a b, floor 0" {
		t.Errorf("the state has %s", told(known))
	}
}
