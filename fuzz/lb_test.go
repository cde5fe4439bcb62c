package fuzz

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/leverrpc/lever/lb"
)

// FuzzResourceHash: each byte pair changes the weight of a member. A table that was updated on the
// way is the one that is made afresh, and a slot moves only from or to the member that changed.
func FuzzResourceHash(f *testing.F) {
	f.Add([]byte{0, 1, 1, 1, 2, 1, 1, 0})
	f.Add([]byte{0, 1, 1, 3, 0, 5, 1, 2, 0, 0, 1, 0})
	f.Fuzz(func(t *testing.T, ops []byte) {
		const bits = 6
		weights := make(map[string]int)
		table := lb.NewTable(nil, bits)
		for i := 0; i+1 < len(ops) && i < 64; i += 2 {
			id := fmt.Sprint("m", ops[i]%8)
			weights[id] = int(ops[i+1] % 6)
			if weights[id] == 0 {
				delete(weights, id)
			}
			var members []lb.Member
			for id, w := range weights {
				members = append(members, lb.Member{ID: id, Weight: w})
			}
			before := table
			table = table.Update(members)
			fresh := lb.NewTable(members, bits)
			for slot := range 1 << bits {
				was, is := name(before.OwnerOf(slot)), name(table.OwnerOf(slot))
				if want := name(fresh.OwnerOf(slot)); is != want {
					t.Fatalf("slot %d belongs to %q, in a fresh table to %q", slot, is, want)
				}
				if was != is && was != id && is != id {
					t.Fatalf("slot %d moved from %q to %q when %q changed", slot, was, is, id)
				}
			}
		}
	})
}

func name(m *lb.Member) string {
	if m == nil {
		return ""
	}
	return m.ID
}

// FuzzPicker: whatever happens to a fleet, the picker agrees with a dumb model of it.
func FuzzPicker(f *testing.F) {
	f.Add([]byte{5, 7, 0, 0, 0, 1, 0, 2, 1, 0, 3, 1})
	f.Add([]byte{5, 255, 0, 0, 0, 1, 2, 0, 2, 0, 2, 0, 2, 0, 2, 0, 4, 9, 6, 1, 0, 0})
	f.Add(slices.Repeat([]byte{5, 15, 0, 3, 2, 0, 0, 1, 6, 3, 1, 0, 7, 1}, 20))
	f.Fuzz(func(t *testing.T, ops []byte) {
		m := fleetModel{t: t, picker: lb.NewPicker(lb.Config{}), members: map[string]bool{}}
		for i := 0; i+1 < len(ops); i += 2 {
			m.apply(ops[i]%8, ops[i+1])
			m.check()
		}
		for len(m.open) > 0 {
			m.end(0, lb.Ignored)
		}
		m.check()
	})
}

// fleetModel knows what a picker has to know.
type fleetModel struct {
	t       *testing.T
	picker  *lb.Picker
	now     time.Duration
	members map[string]bool // present ones, and whether they are ready
	open    []openCall
}

type openCall struct {
	endpoint *lb.Endpoint
	start    time.Duration
	stream   bool
}

func (m *fleetModel) apply(op, arg byte) {
	m.now += time.Duration(arg) * time.Millisecond
	switch op {
	case 0:
		m.pick(arg, nil)
	case 1:
		m.end(arg, lb.Succeeded)
	case 2:
		m.end(arg, lb.Failed)
	case 3:
		if at := int(arg); at < len(m.open) && !m.open[at].stream {
			m.open[at].endpoint.Opened(lb.Succeeded, m.open[at].start, m.now)
			m.open[at].stream = true
		}
	case 4:
		if all := m.picker.Endpoints(); len(all) > 0 {
			e, s := all[int(arg)%len(all)], lb.State(arg%3)
			e.SetState(m.now, s)
			m.members[e.ID()] = s == lb.Ready
		}
	case 5:
		m.update(arg)
	case 6:
		m.now += time.Duration(arg) * time.Second
	case 7:
		all := m.picker.Endpoints()
		m.pick(arg, all[:min(int(arg)%5, len(all))])
	}
}

// pick picks, leaving some out, and compares with who could be.
func (m *fleetModel) pick(arg byte, tried []*lb.Endpoint) {
	want := lb.ErrEmpty
	for id, ready := range m.members {
		left := !slices.ContainsFunc(tried, func(e *lb.Endpoint) bool { return e.ID() == id })
		switch {
		case ready && left:
			want = nil
		case ready && want != nil:
			want = lb.ErrTried
		case errors.Is(want, lb.ErrEmpty):
			want = lb.ErrUnready
		}
	}
	e, err := m.picker.Pick(m.now, uint64(arg)*0x9E3779B97F4A7C15, tried)
	if !errors.Is(err, want) {
		m.t.Fatalf("picked %v, %v, want error %v of %v", e, err, want, m.members)
	}
	if err != nil {
		return
	}
	if !m.members[e.ID()] || slices.Contains(tried, e) {
		m.t.Fatalf("picked %s of %v, tried %d", e.ID(), m.members, len(tried))
	}
	m.open = append(m.open, openCall{endpoint: e, start: m.now})
}

func (m *fleetModel) end(arg byte, o lb.Outcome) {
	if len(m.open) == 0 {
		return
	}
	at := int(arg) % len(m.open)
	if c := m.open[at]; c.stream {
		c.endpoint.Closed(o, m.now)
	} else {
		c.endpoint.Done(o, c.start, m.now)
	}
	m.open = slices.Delete(m.open, at, at+1)
}

// update makes the bits of the argument the member set.
func (m *fleetModel) update(bits byte) {
	var next []lb.Member
	present := make(map[string]bool)
	for i := range 8 {
		if bits>>i&1 == 0 {
			continue
		}
		id := fmt.Sprint("m", i)
		next = append(next, lb.Member{ID: id, Weight: 1 + i%3})
		ready, known := m.members[id]
		present[id] = ready || !known
	}
	m.picker.Update(m.now, next)
	m.members = present
}

// check compares the counts of calls in flight, and of the ejected.
func (m *fleetModel) check() {
	calls, streams := make(map[*lb.Endpoint]int), make(map[*lb.Endpoint]int)
	for _, c := range m.open {
		if c.stream {
			streams[c.endpoint]++
		} else {
			calls[c.endpoint]++
		}
	}
	ejected := 0
	all := m.picker.Endpoints()
	if len(all) != len(m.members) {
		m.t.Fatalf("%d endpoints of %d members", len(all), len(m.members))
	}
	for _, e := range all {
		s := e.Stats()
		if s.Calls != calls[e] || s.Streams != streams[e] {
			m.t.Fatalf("%s: %+v, want %d calls, %d streams", e.ID(), s, calls[e], streams[e])
		}
		if s.Success < 0 || s.Success > 1 || s.Latency < 0 {
			m.t.Fatalf("%s: absurd averages: %+v", e.ID(), s)
		}
		if s.Ejected {
			ejected++
		}
	}
	if 2*ejected > len(all) {
		m.t.Fatalf("%d of %d are ejected", ejected, len(all))
	}
}
