package session

import "time"

// window counts what the peer may still send, in bytes or in calls.
//
//	granted so far = received so far + open
//	size           = open + owed + what the application still holds
//
// open is negative only in the moment before a violation closes the connection.
type window struct {
	open  int64 // granted and not yet received
	owed  int64 // consumed, and not yet granted again
	size  int64
	since time.Duration // when bytes were granted last
}

func newWindow(size uint32, now time.Duration) window {
	return window{open: int64(size), size: int64(size), since: now}
}

// take counts n received; false: the peer had no credit for that.
func (w *window) take(n int) bool {
	w.open -= int64(n)
	return w.open >= 0
}

// consume makes n of what was received grantable again.
func (w *window) consume(n int) { w.owed += int64(n) }

// due reports whether a CREDIT frame is worth its bytes. The threshold falls with what the peer
// has left, so a peer whose credit is held by long calls still learns of every bit in time, and
// a peer with plenty hears about once per third of the window.
func (w *window) due() bool { return w.owed > 0 && 2*w.owed >= w.open }

// grant moves up to most of what is owed to the peer and returns how much.
func (w *window) grant(now time.Duration, most int64) int64 {
	n := min(w.owed, most)
	w.owed -= n
	w.open += n
	w.since = now
	return n
}
