package sim

import "github.com/leverrpc/lever/engine/session"

// purse is what all connections of one process have for windows that grow.
type purse struct {
	w     *world
	limit int64
	used  int64
	short bool // more was asked for than there was
}

var _ session.Budget = (*purse)(nil)

func (w *world) newPurse() *purse {
	return &purse{w: w, limit: pick(w, 0, w.rand.Int64N(1<<20), 1<<40)}
}

// Take gives what there is, up to n.
func (p *purse) Take(n int64) int64 {
	given := min(n, p.limit-p.used)
	p.used += given
	p.short = p.short || given < n
	return given
}

// Give takes back what a connection no longer needs.
func (p *purse) Give(n int64) {
	p.used -= n
	p.short = p.short && p.used > 0
	if n < 0 || p.used < 0 {
		p.w.fail("a connection returns %d bytes more than it has taken", -p.used)
	}
}

// Short reports whether connections should give back.
func (p *purse) Short() bool { return p.short }

// checkBack: who has no connection any more has all of it. I7.
func (p *purse) checkBack(name string, n int) {
	if p.used != 0 {
		p.w.fail("%s %d: connections that are over keep %d bytes of its budget", name, n, p.used)
	}
}
