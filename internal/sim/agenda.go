package sim

import "time"

// agenda is what will happen, the earliest first, and of the same moment in the order in which
// it was planned. It is a binary heap.
type agenda struct {
	items []item
	made  uint64
}

type item struct {
	at time.Duration
	n  uint64
	do func()
}

func (it *item) before(other *item) bool {
	return it.at < other.at || it.at == other.at && it.n < other.n
}

// add plans do for the moment at.
func (a *agenda) add(at time.Duration, do func()) {
	a.made++
	a.items = append(a.items, item{at: at, n: a.made, do: do})
	for i := len(a.items) - 1; i > 0; {
		parent := (i - 1) / 2
		if !a.items[i].before(&a.items[parent]) {
			return
		}
		a.items[i], a.items[parent] = a.items[parent], a.items[i]
		i = parent
	}
}

// take removes the earliest item; ok is false when nothing is planned.
func (a *agenda) take() (first item, ok bool) {
	if len(a.items) == 0 {
		return item{}, false
	}
	first = a.items[0]
	last := len(a.items) - 1
	a.items[0], a.items[last] = a.items[last], item{}
	a.items = a.items[:last]
	a.sink()
	return first, true
}

// sink moves the item at the root down to its place.
func (a *agenda) sink() {
	for i := 0; ; {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(a.items); child++ {
			if a.items[child].before(&a.items[least]) {
				least = child
			}
		}
		if least == i {
			return
		}
		a.items[i], a.items[least] = a.items[least], a.items[i]
		i = least
	}
}
