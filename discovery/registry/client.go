package registry

import (
	"log/slog"
	"sync"
	"time"

	"github.com/leverrpc/lever/engine"
)

// ClientConfig is read once, by NewClient. The zero value works.
type ClientConfig struct {
	// Target is where the registry is found, as the engine.Client resolves it. Empty:
	// "lever://registry/_registry", which is for clients with Addrs or a Resolver.
	Target string

	// Level is what instances are registered for. 2: they hold slots of resources by a lease. 1:
	// they only are there, and hashing says who owns what. Zero and negative: 2.
	Level int

	// Backoff bounds the pause before an instance tries again to reach the registry. The pause is
	// drawn evenly between nothing and 100ms, doubled with each failure in a row. Zero: 2s.
	// Negative: 100ms.
	Backoff time.Duration

	// Lost is how long a view without instances is held back if the last of them did not say
	// goodbye: it is more probable that they cannot reach the registry than that all have died.
	// Then Watch gives discovery.ErrNoService. Zero: 10s. Negative: not at all.
	Lost time.Duration

	// Logger is told when an instance loses its registry, and has it again. Nil: slog.Default.
	Logger *slog.Logger
}

const (
	defaultTarget  = "lever://registry/" + Service
	defaultBackoff = 2 * time.Second
	defaultLost    = 10 * time.Second
	minBackoff     = 100 * time.Millisecond
)

// Client reaches a registry. It is a discovery.Source, and an engine.Registrar. It has neither
// connections nor goroutines of its own; watches and memberships have. Safe for concurrent use.
type Client struct {
	registry engine.Service
	config   ClientConfig

	mu   sync.Mutex
	told map[string]*memory // by target; guarded by mu
}

// NewClient makes a client of the registry that c reaches. Several addresses are several ways to
// one registry.
func NewClient(c *engine.Client, config ClientConfig) *Client {
	if config.Target == "" {
		config.Target = defaultTarget
	}
	if config.Level <= 0 {
		config.Level = levelLeased
	}
	if config.Backoff == 0 {
		config.Backoff = defaultBackoff
	}
	config.Backoff = max(config.Backoff, minBackoff)
	if config.Lost == 0 {
		config.Lost = defaultLost
	}
	if config.Logger == nil {
		config.Logger = slog.Default()
	}
	return &Client{registry: c.Service(config.Target), config: config, told: map[string]*memory{}}
}
