package transport

import (
	"time"

	"github.com/leverrpc/lever/engine/session"
)

// burst recognises a caller that sends message after message on one stream. The first of them goes
// at once, as does the only one of a caller that waits for an answer: no answer is back within
// burstGap. Guarded by Conn.mu.
type burst struct {
	call *session.Call // of the last message, nil before the first
	at   time.Duration // when it was sent
}

// burstGap is the longest pause between two messages of one burst. It is several times what it
// takes to encode and append a message, and less than a round trip through the kernel.
const burstGap = 20 * time.Microsecond

// next takes note of a message, and reports whether it continues a burst.
func (b *burst) next(call *session.Call, now time.Duration) bool {
	more := b.call == call && now-b.at < burstGap
	b.call, b.at = call, now
	return more
}
