package session

import (
	"maps"
	"slices"
)

// table finds a live call by its id. Ids rise by two, so calls that are young together lie in
// neighbouring slots of a ring, and only a call that outlives a whole turn of the ring meets a
// younger one at its slot; the younger then goes to the overflow map. A peer can choose only
// its first id, so it cannot make ids collide.
type table struct {
	ring  []*Call // a power of two, or nil
	over  map[uint32]*Call
	count int
	most  int // calls at a time since trim
}

const (
	minRing = 8
	maxRing = 4096
)

func (t *table) slot(id uint32) int { return int(id>>1) & (len(t.ring) - 1) }

// get returns the live call with this id, or nil.
func (t *table) get(id uint32) *Call {
	if len(t.ring) == 0 {
		return nil
	}
	if c := t.ring[t.slot(id)]; c != nil && c.id == id {
		return c
	}
	return t.over[id]
}

// put adds c under its id, which must be new.
func (t *table) put(c *Call) {
	if t.count*2 >= len(t.ring) && len(t.ring) < maxRing {
		t.grow()
	}
	t.count++
	t.most = max(t.most, t.count)
	if i := t.slot(c.id); t.ring[i] == nil {
		t.ring[i] = c
		return
	}
	if t.over == nil {
		t.over = make(map[uint32]*Call)
	}
	t.over[c.id] = c
}

// remove drops the call with this id, if it is there.
func (t *table) remove(id uint32) {
	if len(t.ring) == 0 {
		return
	}
	if i := t.slot(id); t.ring[i] != nil && t.ring[i].id == id {
		t.ring[i] = nil
		t.count--
	} else if _, ok := t.over[id]; ok {
		delete(t.over, id)
		t.count--
	}
}

// grow doubles the ring and lays every call anew.
func (t *table) grow() {
	old := t.all()
	t.ring = make([]*Call, max(minRing, 2*len(t.ring)))
	t.over, t.count = nil, 0
	for _, c := range old {
		if i := t.slot(c.id); t.ring[i] == nil {
			t.ring[i] = c
		} else {
			if t.over == nil {
				t.over = make(map[uint32]*Call)
			}
			t.over[c.id] = c
		}
		t.count++
	}
}

// trim halves the ring of an empty table that was not nearly filled since the last time.
func (t *table) trim() {
	if t.count == 0 && len(t.ring) > minRing && t.most*8 < len(t.ring) {
		t.ring = make([]*Call, len(t.ring)/2)
	}
	t.over, t.most = nil, 0
}

// all returns the live calls in the order of their ids, oldest first.
func (t *table) all() []*Call {
	if t.count == 0 {
		return nil
	}
	calls := make([]*Call, 0, t.count)
	for _, c := range t.ring {
		if c != nil {
			calls = append(calls, c)
		}
	}
	calls = slices.AppendSeq(calls, maps.Values(t.over))
	slices.SortFunc(calls, func(a, b *Call) int { return int(int64(a.id) - int64(b.id)) })
	return calls
}
