package engine

import "time"

// batch is a queue of jobs: those of the calls that a connection has read at once, or all that wait
// for a worker. first is nil if it is empty, and then last means nothing.
type batch struct {
	first, last *job
	n           int
	load        time.Duration // what the jobs are expected to take
}

// batchMost is how many calls are gathered before workers begin with them though more have been
// read.
const batchMost = 64

// add puts a job at the end.
func (b *batch) add(j *job) {
	b.join(batch{first: j, last: j, n: 1, load: j.cost})
}

// join puts the jobs of another queue, which is not empty, at the end.
func (b *batch) join(o batch) {
	if b.first == nil {
		b.first = o.first
	} else {
		b.last.next = o.first
	}
	b.last = o.last
	b.n += o.n
	b.load += o.load
}

// take removes the first job; nil: there is none.
func (b *batch) take() *job {
	j := b.first
	if j != nil {
		b.first, j.next = j.next, nil
		b.n--
		b.load -= j.cost
	}
	return j
}
