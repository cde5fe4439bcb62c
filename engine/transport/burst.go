package transport

import (
	"time"

	"github.com/leverrpc/lever/engine/session"
)

// burst recognises a caller that sends message after message on one stream. The first of them goes
// at once, as does one that may be the answer to a message that has come. Guarded by Conn.mu.
type burst struct {
	call *session.Call // of the last message, nil before the first
	at   time.Duration // when it was sent
}

// burstGap is the longest pause between two messages of one burst. It is several times what it
// takes to encode and append a message.
const burstGap = 20 * time.Microsecond

// next takes note of a message, and reports whether it continues a burst.
func (b *burst) next(call *session.Call, now time.Duration) bool {
	more := b.call == call && now-b.at < burstGap
	b.call, b.at = call, now
	return more
}

// heard takes note of an event, which ends the burst if it is a message the other way.
func (b *burst) heard(ev *session.Event) {
	if ev.Kind == session.Message && ev.Call == b.call {
		b.call = nil
	}
}
