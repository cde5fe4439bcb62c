package session

import (
	"errors"
	"fmt"

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

	// Vet makes a server wait with its HELLO until the application has judged the client's: after
	// the event Hello it owes an Admit, or a Close, within Limits.HelloTimeout.
	// What the client sends meanwhile waits.
	Vet bool

	// Limits bound what a peer can make this side hold and how long it may take.
	Limits Limits

	// Budget is shared by all connections whose windows may grow together to no more than its
	// size, beyond what they announce. Nil: only Limits.WindowBytes bounds each of them.
	Budget Budget

	// FirstID is the id of a client's first call. Zero means 1; an even number is raised by one.
	FirstID uint32

	// Seed makes the grease of HELLO. Any number will do; equal seeds give equal bytes.
	Seed uint64

	terms *terms // nil: not shared yet
}

// DefaultParams is what a session announces where its Config leaves a zero.
var DefaultParams = frame.Params{
	MaxFrame:    64 << 10,
	MaxMessage:  4 << 20,
	Calls:       1024,
	ConnBytes:   256 << 10,
	StreamBytes: 256 << 10,
	MaxBindings: 1024,
	IdleMS:      30_000,
}

// Check says what in cfg is out of its range and in which range it belongs, or nil. New takes such
// a Config too, since it has no error to give, and brings everything into range.
func (cfg Config) Check() error {
	_, err := cfg.fit()
	return err
}

// fit returns cfg with every zero replaced and everything in range, and says what was not.
func (cfg Config) fit() (Config, error) {
	cfg.Params = cfg.announced()
	errs := cfg.Limits.fit()
	if err := cfg.Params.Check(); err != nil {
		errs = errors.Join(fmt.Errorf("session: Params: %w", err), errs)
		cfg.Params = cfg.Params.InRange()
	}
	cfg.Limits.AssemblyBytes = max(cfg.Limits.AssemblyBytes, int(cfg.Params.MaxMessage))
	cfg.FirstID |= 1
	return cfg, errs
}

// terms are what many sessions have in common.
type terms struct {
	params frame.Params
	limits Limits
}

// Shared gives cfg for sessions that are many: those made of it hold Params and Limits together,
// and not each for itself, so these are final. FirstID, Seed and Budget may still be set.
func (cfg Config) Shared() Config {
	cfg, _ = cfg.fit() // who wants the error asks Check
	cfg.terms = &terms{cfg.Params, cfg.Limits}
	return cfg
}

// announced returns the parameters with every zero replaced.
func (cfg *Config) announced() frame.Params {
	p, d := cfg.Params, DefaultParams
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
	return p
}

// orElse sets *v to def if it is zero.
func orElse[T comparable](v *T, def T) {
	var zero T
	if *v == zero {
		*v = def
	}
}
