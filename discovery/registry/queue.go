package registry

// queue has the members by the time of their last renewal. All leases are equally long, so the
// first is the first to end.
type queue struct{ first, last *member }

// push puts a member at the end, which was renewed last.
func (q *queue) push(m *member) {
	m.prev, m.next = q.last, nil
	if q.last != nil {
		q.last.next = m
	} else {
		q.first = m
	}
	q.last = m
}

func (q *queue) remove(m *member) {
	if m.prev != nil {
		m.prev.next = m.next
	} else {
		q.first = m.next
	}
	if m.next != nil {
		m.next.prev = m.prev
	} else {
		q.last = m.prev
	}
	m.prev, m.next = nil, nil
}
