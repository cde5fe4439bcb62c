package session

import "time"

// account counts what the peer may still send, in bytes or in calls.
//
//	granted so far = received so far + open
//
// open is negative only in the moment before a violation closes the connection.
type account struct {
	open int64 // granted and not yet received
	owed int64 // consumed, and not yet granted again
}

// window is an account of bytes whose size changes with need (grow.go).
//
//	size = open + owed + what the application still holds
type window struct {
	account
	size  int64
	since time.Duration // when its pace was told last
	used  int64         // granted since then
}

func newWindow(size uint32, now time.Duration) window {
	return window{account: account{open: int64(size)}, size: int64(size), since: now}
}

// take counts n received; false: the peer had no credit for that.
func (a *account) take(n int) bool {
	a.open -= int64(n)
	return a.open >= 0
}

// consume makes n of what was received grantable again.
func (a *account) consume(n int) { a.owed += int64(n) }

// due reports whether a CREDIT frame is worth its bytes. The threshold falls with what the peer
// has left, so a peer whose credit is held by long calls still learns of every bit in time, and
// a peer with plenty hears about once per third of the window.
func (a *account) due() bool { return a.owed > 0 && 2*a.owed >= a.open }

// grant moves up to most of what is owed to the peer and returns how much.
func (a *account) grant(most int64) int64 {
	n := min(a.owed, most)
	a.owed -= n
	a.open += n
	return n
}
