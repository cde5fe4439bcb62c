package engine

import (
	"math"
	"time"
)

// OnceLimits bound what a server remembers of calls with a key, see [Method.Once]. One caller has
// at most a quarter of everything. The zero value works.
type OnceLimits struct {
	// Keep is how long a call is remembered after its end: a millisecond at least, and 2^31 - 1 of
	// them, 24 days, at most. Zero: 2 minutes. Negative: the server remembers nothing, and keys mean nothing to it.
	Keep time.Duration

	// Keys is how many calls are remembered. One more is refused with ResourceExhausted: to forget
	// another before its time could run that one twice. So Keys/4/Keep is the rate at which one
	// caller can go on calling. Zero and negative: 262,144.
	Keys int

	// Bytes is how much is kept of their results. A call whose result had no room, or had to make
	// room for a younger one, is still remembered: whoever sends it again is told Forgotten. Zero:
	// 16 MiB. Negative: no result is kept.
	Bytes int
}

const (
	defaultKeep      = 2 * time.Minute
	defaultKeys      = 1 << 18
	defaultKeepBytes = 16 << 20

	// shares is in how many parts everything is divided. One caller has one of them at most.
	shares = 4

	// fullPause is the longest time after which a caller is asked to come back when there is no
	// room for its key.
	fullPause = time.Second
)

// withDefaults returns l with every zero replaced.
func (l OnceLimits) withDefaults() OnceLimits {
	if l.Keep == 0 {
		l.Keep = defaultKeep
	}
	if l.Keep > 0 {
		l.Keep = min(max(l.Keep, time.Millisecond), math.MaxInt32*time.Millisecond)
	}
	if l.Keys <= 0 {
		l.Keys = defaultKeys
	}
	if l.Bytes == 0 {
		l.Bytes = defaultKeepBytes
	}
	return l
}

// tally counts what the runs of a once take, in all and by caller, and knows which is to be
// forgotten next. Guarded by once.mu.
type tally struct {
	limits         OnceLimits
	callers        map[string]*share
	keys, bytes    int
	oldest, newest *run // of those that have ended: all are remembered for the same time
}

// share is what one caller makes a server remember.
type share struct {
	name        string
	keys, bytes int
	results     []*run // those that have kept their results, the oldest first
}

func newTally(limits OnceLimits) tally {
	return tally{limits: limits, callers: map[string]*share{}}
}

// open counts a run that begins. Without room for it, it gives nil, and the time after which there
// may be some.
func (t *tally) open(who string, now time.Duration) (a *share, pause time.Duration) {
	a = t.callers[who]
	if t.keys >= t.limits.Keys || a != nil && a.keys >= max(t.limits.Keys/shares, 1) {
		pause = fullPause
		if t.oldest != nil {
			pause = min(pause, t.oldest.forgetAt-now)
		}
		return nil, pause
	}
	if a == nil {
		a = &share{name: who}
		t.callers[who] = a
	}
	a.keys++
	t.keys++
	return a, 0
}

// cancel takes back what open has counted.
func (t *tally) cancel(a *share) {
	t.keys--
	if a.keys--; a.keys == 0 {
		delete(t.callers, a.name)
	}
}

// close counts a run that has ended, and keeps a copy of its result if it can.
func (t *tally) close(rn *run, payload []byte) {
	if t.newest == nil {
		t.oldest = rn
	} else {
		t.newest.next = rn
	}
	t.newest = rn
	if len(payload) > 0 && !t.makeRoom(rn.share, len(payload)) {
		rn.lost = true
		return
	}
	rn.payload = append([]byte(nil), payload...)
	rn.share.results = append(rn.share.results, rn)
	t.count(rn.share, len(payload))
}

// makeRoom lets older results of the same caller go until n bytes fit into its share.
func (t *tally) makeRoom(a *share, n int) bool {
	most := t.limits.Bytes / shares
	if n > most {
		return false
	}
	for a.bytes+n > most {
		t.lose(a.results[0])
	}
	return t.bytes+n <= t.limits.Bytes
}

// lose lets go of the oldest result of a caller, which is that of rn.
func (t *tally) lose(rn *run) {
	a := rn.share
	t.count(a, -len(rn.payload))
	rn.lost = len(rn.payload) > 0
	rn.payload = nil
	a.results[0] = nil
	a.results = a.results[1:]
}

func (t *tally) count(a *share, n int) {
	a.bytes += n
	t.bytes += n
}

// expired takes out the next run that is to be forgotten by now, or gives nil.
func (t *tally) expired(now time.Duration) *run {
	rn := t.oldest
	if rn == nil || rn.forgetAt > now {
		return nil
	}
	if t.oldest = rn.next; t.oldest == nil {
		t.newest = nil
	}
	if a := rn.share; len(a.results) > 0 && a.results[0] == rn {
		t.lose(rn)
	}
	t.cancel(rn.share)
	return rn
}
