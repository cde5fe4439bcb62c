package session

import (
	"errors"
	"fmt"
	"math"
	"time"
)

// Limits bound what one connection costs this side, beside what its HELLO announces. Zero means
// the default; what is out of range is an error of Config.Check, and New brings it into range.
//
// The bounds on times and on glitches that stand in SPEC.md too are what an honest peer may rely
// on; others than the defaults are for tests, and where both sides are known.
type Limits struct {
	// HelloTimeout is the longest wait for the peer's HELLO. From 1ms to 1m, default 5s.
	HelloTimeout time.Duration

	// FrameTimeout is the longest time from a frame's first byte to its last. From 1ms to 1h,
	// default 10s.
	FrameTimeout time.Duration

	// AssemblyBytes bounds the messages of one connection that have begun and not ended.
	// What goes beyond fails its call with RESOURCE_EXHAUSTED. From one MAX_MESSAGE, to which
	// less is raised, default 16 MiB.
	AssemblyBytes int

	// PieceBytes is how much of a payload of several frames is kept in one place. The rest of a
	// larger one lies in pieces of that size: Event.More. From 1 KiB, default 1 MiB.
	PieceBytes int

	// WindowBytes is the most that the connection's byte window grows to, by measured need, from
	// CONN_BYTES, which is not undercut. From 1, default 16 MiB.
	WindowBytes int

	// CallWindowBytes is the most that the byte window of each call grows to, by measured need,
	// from STREAM_BYTES, which is not undercut. From 1, default 4 MiB.
	CallWindowBytes int

	// BodyTimeout is how long a message that has begun, and all that may go before it, may grow by
	// less than 16 KiB although the peer has credit to go on. Its call fails with
	// RESOURCE_EXHAUSTED between one and two of these later. From 1ms to 1h, default 30s.
	BodyTimeout time.Duration

	// UnreadBytes is how much delivered and unread stream data a connection may hold before its
	// connection credit is withheld too. Up to it, a stream that nobody reads does not slow the
	// others. From 1, default 16 MiB.
	UnreadBytes int

	// ResultBytes bounds the results of unary calls that wait for the peer to take them. From an
	// eighth of it on, further calls of methods whose results are large wait before they are told
	// to the application; beyond all of it the results of calls that run already are replaced by
	// RESOURCE_EXHAUSTED. So it is exceeded by one result at most. From 1, default 64 MiB.
	ResultBytes int

	// OutputBytes is the fill of the output buffer at which payload waits in its call's queue
	// instead, so that control frames stay prompt. From 1 to 16 MiB, default 64 KiB.
	OutputBytes int

	// CreditTimeout is how long results of unary calls may wait for credit while less than 16 KiB
	// of them, or of what goes before one that has credit, could be sent. The connection closes
	// between one and two of these later. From 1ms to 1h, default 30s.
	CreditTimeout time.Duration

	// Replies is how many answers to PING and grants of credit may wait for a peer that does not
	// read. Then no more credit is granted, and twice as many close the connection. From 16 to
	// 1,048,576, default 1,000.
	Replies int

	// Glitches is the size of the bucket that frames without progress draw from. From 1,000,
	// default 1,000.
	Glitches int

	// GlitchRefill is how many glitches come back per second. From 33 to 1,000,000, default 33.
	GlitchRefill int
}

// DefaultLimits is what a session keeps where its Config leaves a zero.
var DefaultLimits = Limits{
	HelloTimeout:    5 * time.Second,
	FrameTimeout:    10 * time.Second,
	AssemblyBytes:   16 << 20,
	PieceBytes:      1 << 20,
	WindowBytes:     16 << 20,
	CallWindowBytes: 4 << 20,
	BodyTimeout:     30 * time.Second,
	UnreadBytes:     16 << 20,
	ResultBytes:     64 << 20,
	OutputBytes:     64 << 10,
	CreditTimeout:   30 * time.Second,
	Replies:         1000,
	Glitches:        1000,
	GlitchRefill:    33,
}

// fit brings every limit into its range, and says which were not in it.
func (l *Limits) fit() error {
	const most = math.MaxInt32
	d := &DefaultLimits
	return errors.Join(
		fit("HelloTimeout", &l.HelloTimeout, d.HelloTimeout, time.Millisecond, time.Minute),
		fit("FrameTimeout", &l.FrameTimeout, d.FrameTimeout, time.Millisecond, time.Hour),
		fit("AssemblyBytes", &l.AssemblyBytes, d.AssemblyBytes, 1, most),
		fit("PieceBytes", &l.PieceBytes, d.PieceBytes, 1<<10, most),
		fit("WindowBytes", &l.WindowBytes, d.WindowBytes, 1, most),
		fit("CallWindowBytes", &l.CallWindowBytes, d.CallWindowBytes, 1, most),
		fit("BodyTimeout", &l.BodyTimeout, d.BodyTimeout, time.Millisecond, time.Hour),
		fit("UnreadBytes", &l.UnreadBytes, d.UnreadBytes, 1, most),
		fit("ResultBytes", &l.ResultBytes, d.ResultBytes, 1, most),
		fit("OutputBytes", &l.OutputBytes, d.OutputBytes, 1, 16<<20),
		fit("CreditTimeout", &l.CreditTimeout, d.CreditTimeout, time.Millisecond, time.Hour),
		fit("Replies", &l.Replies, d.Replies, 16, 1<<20),
		fit("Glitches", &l.Glitches, d.Glitches, 1000, most),
		fit("GlitchRefill", &l.GlitchRefill, d.GlitchRefill, 33, 1_000_000),
	)
}

// fit replaces a zero by the default, and what is not in least to most by the nearer of the two;
// then it says so.
func fit[T int | time.Duration](name string, v *T, def, least, most T) error {
	was := *v
	switch {
	case was == 0:
		*v = def
		return nil
	case was < least:
		*v = least
	case was > most:
		*v = most
	default:
		return nil
	}
	return fmt.Errorf("session: Limits.%s is %v, want %v to %v, or 0 for %v",
		name, was, least, most, def)
}
