package discovery

import (
	"hash/maphash"
	"math/bits"

	"github.com/leverrpc/lever/engine"
)

// table finds the watch of a target, as a map of its env, port and service would, in less than
// half the time: a struct with two strings is slow to hash as a key, and its strings are slow to
// compare although they mostly are the same bytes. Immutable; the zero value is empty.
type table struct {
	all   []*watch
	slots []*watch // by hash; a power of two, at least half of them nil
}

// tableSeed keeps those who choose names from choosing where they collide.
var tableSeed = maphash.MakeSeed()

// newTable makes the table of watches whose targets differ. The slice is given.
func newTable(all []*watch) *table {
	t := &table{all: all, slots: make([]*watch, 2<<bits.Len(uint(len(all))))}
	for _, w := range all {
		at := t.home(&w.target)
		for t.slots[at] != nil {
			at = t.after(at)
		}
		t.slots[at] = w
	}
	return t
}

// find gives the watch of the service that target addresses, or nil.
func (t *table) find(target *engine.URL) *watch {
	if len(t.slots) == 0 {
		return nil
	}
	at := t.home(target)
	for w := t.slots[at]; w != nil; w = t.slots[at] {
		if w.target.Service == target.Service && w.target.Env == target.Env &&
			w.target.Port == portOf(target) {
			return w
		}
		at = t.after(at)
	}
	return nil
}

// home is where the search for a target begins.
func (t *table) home(target *engine.URL) int {
	h := maphash.String(tableSeed, target.Service) + 3*maphash.String(tableSeed, target.Env)
	return (int(h) + portOf(target)) & (len(t.slots) - 1)
}

func (t *table) after(at int) int { return (at + 1) & (len(t.slots) - 1) }

func portOf(target *engine.URL) int {
	if target.Port == 0 {
		return engine.DefaultPort
	}
	return target.Port
}
