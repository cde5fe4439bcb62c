package transport

import "sync/atomic"

// Windows bounds what the byte windows of many connections grow by together, beyond what they
// announce: it is a session.Budget. Safe for concurrent use.
type Windows struct {
	limit   int64
	used    atomic.Int64
	starved atomic.Bool // the last who asked got less
}

// processWindows is the budget of all connections that are given none.
var processWindows = NewWindows(256 << 20)

// NewWindows makes a budget of so many bytes.
func NewWindows(limit int64) *Windows { return &Windows{limit: limit} }

// Take asks for n bytes and says how many of them there are.
func (w *Windows) Take(n int64) int64 {
	for {
		used := w.used.Load()
		got := max(min(n, w.limit-used), 0)
		if w.used.CompareAndSwap(used, used+got) {
			w.starved.Store(got < n)
			return got
		}
	}
}

// Give returns bytes that were taken.
func (w *Windows) Give(n int64) { w.used.Add(-n) }

// Short reports whether somebody has asked for more than there is, and little is there now.
func (w *Windows) Short() bool { return w.starved.Load() && w.limit-w.used.Load() < w.limit/64 }

// Used is how many bytes are taken.
func (w *Windows) Used() int64 { return w.used.Load() }
