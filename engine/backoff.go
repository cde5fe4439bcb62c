package engine

import (
	"math/rand/v2"
	"time"

	"github.com/leverrpc/lever/engine/transport"
)

// backoff is what is known of attempts to connect that fail: the pauses between them double, with
// jitter. The zero value has no failure. Its owner guards it.
type backoff struct {
	least, most time.Duration // of a pause

	failures int           // in a row
	downAt   time.Duration // of the first of them
	retryAt  time.Duration
	lastErr  error
}

// fail notes that connecting has failed, and when to try again.
func (b *backoff) fail(err error) {
	pause := min(b.least<<min(b.failures, 10), b.most)
	pause += time.Duration(rand.Int64N(int64(pause)/2 + 1))
	now := transport.Now()
	if b.failures == 0 {
		b.downAt = now
	}
	b.failures++
	b.retryAt = now + pause
	b.lastErr = err
}

// isEarly reports whether the pause after a failure is not over.
func (b *backoff) isEarly() bool { return b.failures > 0 && transport.Now() < b.retryAt }

// downFor is for how long connecting has failed; negative: it has not.
func (b *backoff) downFor() time.Duration {
	if b.failures == 0 {
		return -1
	}
	return transport.Now() - b.downAt
}
