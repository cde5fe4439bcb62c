package engine

import (
	"context"
	"crypto/rand"
	"errors"
	"time"

	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/frame"
	"github.com/leverrpc/lever/lb"
)

// Key is an idempotency key: what it marks runs once, though it may be sent more often. The zero
// Key is a key like any other.
type Key [16]byte

// Once makes calls that run once, though their connection is lost: each gets a random key, by which
// the server knows it when it is sent again, and answers for the first time that it came.
//
// What remembers is one instance for as long as it lives, see [ServerConfig.Once]. A call that may
// have run is sent again to that instance only, and within half the time for which it remembers.
// If it is gone, or has been started anew, the call fails, and [EffectOf] says MaybeExecuted: the
// state of the application then has to tell. Streams are not repeated, so keys are nothing to them.
func (m Method) Once() Method {
	m.options.keying, m.options.key = randomKey, Key{}
	return m
}

// Keyed is [Method.Once] with a key of the caller's own, so that it may also call again itself
// after an error. Use another key for every other call. Only the instance that a call was sent to
// knows its key, and only calls of one caller meet: those with the same identity from Admit, if
// that is a string or has a String method, or else with the same names in their certificates, or
// else with the same announced Env and Instance. Where callers prove nothing, whoever can guess a
// key can ask for the call's result.
func (m Method) Keyed(key Key) Method {
	m.options.keying, m.options.key = givenKey, key
	return m
}

// keying says where the key of a call comes from.
type keying uint8

const (
	noKey keying = iota
	randomKey
	givenKey
)

// fixKey draws the random key of a call now, so that it is the same whoever makes the call again.
func (o *options) fixKey() {
	if o.keying == randomKey {
		o.keying = givenKey
		rand.Read(o.key[:]) // it never fails
	}
}

// errGone and errLate are why a call with a key is not tried again though it is not known whether it
// has run.
var (
	errGone = errors.New("the instance that it was sent to is gone")
	errLate = errors.New("the instance that it was sent to may not remember it for long enough")
)

// keyed is what the tries of a call with a key have in common. Owned by the caller's goroutine.
type keyed struct {
	key  Key
	sent uint8 // how often, 255 for more

	// The call may have run at home, and nowhere else.
	home  *lb.Endpoint // nil: it has not
	life  uint64       // of the instance: its incarnation
	until time.Duration
}

// withKey gives the record of a call with a key.
func (o options) withKey() *keyed {
	o.fixKey()
	return &keyed{key: o.key}
}

// extend adds the extensions of the next try: the key, and how often the call was sent before.
func (k *keyed) extend(ext []byte) []byte {
	ext = frame.AppendExtension(ext, frame.ExtIdempotencyKey, k.key[:])
	if k.sent > 0 {
		ext = frame.AppendExtension(ext, frame.ExtAttempt, []byte{k.sent})
	}
	if k.sent < 255 {
		k.sent++
	}
	return ext
}

// settle notes that the call may have run where the try p was sent. Without a word from that instance,
// it cannot be told from others, and there is no way back to it.
func (k *keyed) settle(p *pending) {
	if k.home == nil && p.conn.greeted.Load() && p.conn.remote.Incarnation != 0 {
		k.home, k.life = p.ep, p.conn.remote.Incarnation
		k.until = p.start + time.Duration(p.conn.remote.KeepMS)*time.Millisecond/2 // SPEC F-808
	}
}

// goHome connects to the instance where the call may have run.
func (k *keyed) goHome(ctx context.Context, now, deadline time.Duration) (*lb.Endpoint,
	*clientConn, error) {
	if now >= k.until {
		return nil, nil, errLate
	}
	conn, err := k.home.Data().(*link).get(ctx, deadline)
	if err == nil {
		err = await(ctx, deadline, conn.hello)
	}
	switch {
	case errors.Is(err, errLeft):
		return nil, nil, errGone
	case err != nil:
		return nil, nil, err
	case !conn.greeted.Load():
		return nil, nil, errors.New("closed without a greeting")
	case conn.remote.Incarnation != k.life:
		return nil, nil, errGone
	case transport.Now() >= k.until: // the way took that long
		return nil, nil, errLate
	}
	k.home.Take(now)
	return k.home, conn, nil
}
