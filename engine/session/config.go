package session

import (
	"time"

	"github.com/leverrpc/lever/frame"
)

// Role says which side of the connection a session is. It decides who speaks first and whose
// calls have odd ids; the state tables do not ask for it.
type Role uint8

const (
	Client Role = iota // opens the connection and starts calls
	Server             // accepts the connection and answers them
)

// Config is read once by New. The zero value works.
type Config struct {
	// Params is what the local HELLO announces. A number of zero means the default of
	// DefaultParams; for IdleMS and MaxBindings, which may be zero on the wire, NoIdle and
	// NoBindings ask for that.
	Params frame.Params

	// NoIdle announces that this side asks for no keepalive.
	NoIdle bool

	// NoBindings makes a server take no BIND, and a client send none.
	NoBindings bool

	// Limits bound what a peer can make this side hold and how long it may take.
	Limits Limits

	// FirstID is the id of a client's first call. Zero means 1; an even number is raised by one.
	FirstID uint32

	// Seed makes the grease of HELLO. Any number will do; equal seeds give equal bytes.
	Seed uint64
}

// Limits bound one connection. Zero means the default.
type Limits struct {
	// HelloTimeout is the longest wait for the peer's HELLO. Default 5s.
	HelloTimeout time.Duration

	// FrameTimeout is the longest time from a frame's first byte to its last. Default 10s.
	FrameTimeout time.Duration

	// AssemblyBytes bounds the messages of one connection that have begun and not ended.
	// What goes beyond fails its call with RESOURCE_EXHAUSTED. Default 16 MiB, and never less
	// than one MAX_MESSAGE.
	AssemblyBytes int

	// UnreadBytes is how much delivered and unread stream data a connection may hold before its
	// connection credit is withheld too. Up to it, a stream that nobody reads does not slow the
	// others. Default 16 MiB.
	UnreadBytes int

	// OutputBytes is the fill of the output buffer at which payload waits in its call's queue
	// instead, so that control frames stay prompt. Default 64 KiB.
	OutputBytes int

	// CreditTimeout is how long results of unary calls may wait for credit while none of them
	// moves. The connection closes between one and two of these later. Default 30s.
	CreditTimeout time.Duration

	// Replies is how many answers to PING and grants of credit may wait for a peer that does not
	// read. Then no more credit is granted, and twice as many close the connection. Default 1000.
	Replies int

	// Glitches is the size of the bucket that frames without progress draw from. Default 1000.
	Glitches int

	// GlitchRefill is how many glitches come back per second. Default 33.
	GlitchRefill int
}

// DefaultParams is what a session announces where its Config leaves a zero.
var DefaultParams = frame.Params{
	MaxFrame:    64 << 10,
	MaxMessage:  4 << 20,
	Calls:       1024,
	ConnBytes:   1 << 20,
	StreamBytes: 256 << 10,
	MaxBindings: 1024,
	IdleMS:      30_000,
}

// DefaultLimits is what a session keeps where its Config leaves a zero.
var DefaultLimits = Limits{
	HelloTimeout:  5 * time.Second,
	FrameTimeout:  10 * time.Second,
	AssemblyBytes: 16 << 20,
	UnreadBytes:   16 << 20,
	OutputBytes:   64 << 10,
	CreditTimeout: 30 * time.Second,
	Replies:       1000,
	Glitches:      1000,
	GlitchRefill:  33,
}

// withDefaults returns cfg with every zero replaced.
func (cfg Config) withDefaults() Config {
	p, d := &cfg.Params, DefaultParams
	orElse(&p.MaxFrame, d.MaxFrame)
	orElse(&p.MaxMessage, d.MaxMessage)
	orElse(&p.Calls, d.Calls)
	orElse(&p.ConnBytes, d.ConnBytes)
	orElse(&p.StreamBytes, d.StreamBytes)
	orElse(&p.MaxBindings, d.MaxBindings)
	orElse(&p.IdleMS, d.IdleMS)
	if cfg.NoIdle {
		p.IdleMS = 0
	}
	if cfg.NoBindings {
		p.MaxBindings = 0
	}

	l, e := &cfg.Limits, DefaultLimits
	orElse(&l.HelloTimeout, e.HelloTimeout)
	orElse(&l.FrameTimeout, e.FrameTimeout)
	orElse(&l.AssemblyBytes, e.AssemblyBytes)
	orElse(&l.UnreadBytes, e.UnreadBytes)
	orElse(&l.OutputBytes, e.OutputBytes)
	orElse(&l.CreditTimeout, e.CreditTimeout)
	orElse(&l.Replies, e.Replies)
	orElse(&l.Glitches, e.Glitches)
	orElse(&l.GlitchRefill, e.GlitchRefill)
	l.AssemblyBytes = max(l.AssemblyBytes, int(p.MaxMessage))

	cfg.FirstID |= 1
	return cfg
}

// orElse sets *v to def if it is zero.
func orElse[T comparable](v *T, def T) {
	var zero T
	if *v == zero {
		*v = def
	}
}
