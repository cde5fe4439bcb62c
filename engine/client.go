package engine

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/leverrpc/lever/engine/transport"
)

// ClientConfig is read once, by NewClient. The zero value works: the environment of a URL is then
// the host that is dialled.
type ClientConfig struct {
	// Addrs are the instances to call, whatever a URL's environment; each serves every service.
	// Empty: Resolver, or the host that the URL names.
	Addrs []string

	// Resolver finds the instances of a service. Only one of Addrs and Resolver may be set.
	Resolver Resolver

	// Env is the environment of this process. It is announced to servers, and completes relative
	// URLs. It may have a port. Empty: relative URLs are errors.
	Env string

	// Instance is the name of this process, announced to servers. Empty: nothing.
	Instance string

	// TLS is the policy for tls addresses. If it is set, hosts named by URLs are dialled with
	// TLS. Nil: Transport.TLS for tls addresses, and plain TCP to hosts named by URLs.
	TLS *tls.Config

	// AuthBytes are the credentials that are sent with the HELLO of each connection, at most 3,072
	// bytes. They travel as they are: use TLS. Empty: none. Calls to a server that does not accept
	// them fail with Unauthenticated.
	AuthBytes []byte

	// Auth, if not nil, gives the credentials of a connection that is about to be made, in place
	// of AuthBytes: a token that does not last. Its error fails the attempt to connect. ctx ends
	// with that attempt.
	Auth func(ctx context.Context) ([]byte, error)

	// Logger is told what no caller can be told. Nil: slog.Default.
	Logger *slog.Logger

	// Timeout bounds calls whose context has no deadline. Zero and negative: they wait forever.
	Timeout time.Duration

	// DialTimeout bounds the making of a connection, whoever waits for it. Zero: 5s. Negative:
	// the system's own limits do.
	DialTimeout time.Duration

	// IdleTimeout is about how long a connection without calls is kept. Zero: 5 minutes.
	// Negative: for ever.
	IdleTimeout time.Duration

	// MaxConns bounds the connections to one instance, from 1 to 64. There is one while that
	// suffices. One more is for bulk, see [Method.Bulk], from the first such call on. Further ones
	// share the calls when some have waited for 50 ms in one, say because the server grants it no
	// more slots, and go again when fewer would do for a minute. A connection that finishes its
	// last calls counts too, but does not keep the one for new calls from being made. Zero: 4.
	// Negative: one.
	MaxConns int

	// Attempts bounds how often one call is tried where trying again is safe. Zero: 3.
	// Negative: once.
	Attempts int

	// Failover is how long the owner of a resource may be out of reach before its calls go to the
	// next one by hashing, where the View has no Epoch. Where it has one they never do: they wait
	// for the news of another owner, a second at most. Zero: 2s. Negative: never.
	Failover time.Duration

	// Intercept, if not nil, runs around every call.
	Intercept Interceptor

	// Stats, if not nil, is told of each call that began, when it has ended: a regular one before
	// its caller, a stream at its end, and one of Go in Wait. It is called by many goroutines at
	// once, and must not block. One-way calls end when they are sent.
	Stats func(CallStats)

	// Transport holds the limits of connections and how they are driven.
	Transport transport.Config

	// dial makes a connection; tests replace it.
	dial func(context.Context, transport.Addr, transport.Config,
		transport.Handler) (*transport.Conn, error)
}

const (
	defaultDialTimeout = 5 * time.Second
	defaultIdleTimeout = 5 * time.Minute
	defaultMaxConns    = 4
	mostConns          = 64
	defaultAttempts    = 3
	defaultFailover    = 2 * time.Second
)

// ErrClientClosed is why a call fails after Close.
var ErrClientClosed = errors.New("engine: client was closed")

// Client calls services. It makes one connection to each instance, when the first call needs it,
// makes it again when it is lost, and more beside it where that helps: see [ClientConfig.MaxConns].
// Safe for concurrent use.
type Client struct {
	config   ClientConfig
	base     URL // completes relative URLs
	attempts int
	maxConns int // to one instance, at least 1
	budget   budget
	hedges   budget
	calls    outgoings

	ctx    context.Context // ends with Close; stops dialling
	cancel context.CancelFunc

	mu       sync.Mutex // guards what follows
	closed   bool
	idle     *time.Timer           // nil: connections are kept
	services map[URL]*service      // by target without resource
	awake    map[*service]struct{} // those that hold instances
	links    map[transport.Addr]*link
	leaving  map[*link]struct{} // links that finish their last calls
	all      sync.WaitGroup     // goroutines that dial
}

// NewClient makes a client without connections. The error says what is wrong with the
// configuration.
func NewClient(config ClientConfig) (*Client, error) {
	c := &Client{config: config, services: map[URL]*service{}, awake: map[*service]struct{}{},
		links: map[transport.Addr]*link{}, leaving: map[*link]struct{}{}}
	c.budget.cost, c.budget.max = tryCost, budgetMax
	c.hedges.cost, c.hedges.max = hedgeCost, hedgeMax
	if err := c.configure(); err != nil {
		return nil, fmt.Errorf("engine: client: %w", err)
	}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	c.watchIdle()
	return c, nil
}

// configure checks the configuration and fills in what it leaves out.
func (c *Client) configure() error {
	cfg := &c.config
	if len(cfg.Addrs) > 0 {
		if cfg.Resolver != nil {
			return errors.New("both Addrs and Resolver are set")
		}
		static, err := Static(cfg.Addrs...)
		if err != nil {
			return err
		}
		cfg.Resolver = static
	}
	if cfg.Env != "" {
		if err := c.base.parseAuthority(cfg.Env); err != nil {
			return err
		}
		env, err := canonicalEnv(c.base.Env)
		if err != nil {
			return err
		}
		c.base.Env = env
		cfg.Transport.Session.Params.Environment = env
	}
	if cfg.Instance != "" {
		cfg.Transport.Session.Params.Peer = cfg.Instance
	}
	if cfg.TLS != nil {
		cfg.Transport.TLS = cfg.TLS
	}
	if cfg.Logger != nil {
		cfg.Transport.Logger = cfg.Logger
	}
	if cfg.DialTimeout == 0 {
		cfg.DialTimeout = defaultDialTimeout
	}
	if cfg.IdleTimeout == 0 {
		cfg.IdleTimeout = defaultIdleTimeout
	}
	if cfg.Failover == 0 {
		cfg.Failover = defaultFailover
	}
	if len(cfg.AuthBytes) > 0 {
		cfg.Transport.Session.Params.Auth = cfg.AuthBytes
	}
	if err := cfg.Transport.Check(); err != nil {
		return err
	}
	if cfg.dial == nil {
		cfg.dial = transport.Dial
	}
	if cfg.MaxConns > mostConns {
		return fmt.Errorf("MaxConns is %d, want 1 to %d, or 0 for %d", cfg.MaxConns, mostConns,
			defaultMaxConns)
	}
	c.maxConns = max(cfg.MaxConns, 1)
	if cfg.MaxConns == 0 {
		c.maxConns = defaultMaxConns
	}
	c.attempts = max(cfg.Attempts, 1)
	if cfg.Attempts == 0 {
		c.attempts = defaultAttempts
	}
	return nil
}

// Service addresses a service, or one of its resources, by a target URL: absolute, or relative to
// the client's environment. An error in it is the error of every call.
func (c *Client) Service(target string) Service {
	u, err := c.base.ParseTarget(target)
	if err != nil {
		return Service{err: &Error{Code: InvalidArgument, Message: err.Error(), Effect: NotSent}}
	}
	return c.serviceOf(u)
}

// Method addresses a method by its URL. An error in it is the error of every call.
func (c *Client) Method(url string) Method {
	u, err := c.base.Parse(url)
	if err != nil {
		return Method{err: &Error{Code: InvalidArgument, Message: err.Error(), Effect: NotSent}}
	}
	return c.serviceOf(u).Method(u.Method)
}

// serviceOf gives the handle for a checked URL.
func (c *Client) serviceOf(u URL) Service {
	key := URL{Env: u.Env, Port: u.Port, Service: u.Service}
	c.mu.Lock()
	s := c.services[key]
	if s == nil {
		s = newService(c, key)
		c.services[key] = s
	}
	c.mu.Unlock()
	return Service{s: s}.Resource(u.Resource)
}

// Conns is the number of connections that the client has now, to all instances: those included that
// are being made, and those that finish their last calls.
func (c *Client) Conns() (n int) {
	for _, l := range c.allLinks() {
		l.mu.Lock()
		n += len(l.conns)
		l.mu.Unlock()
	}
	return n
}

// allLinks gives the ways to all addresses, those included that finish their last calls. The locks
// of links come before that of the client.
func (c *Client) allLinks() []*link {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.AppendSeq(slices.Collect(maps.Values(c.links)), maps.Keys(c.leaving))
}

// Close ends all connections at once; calls in flight fail. Later calls fail too.
func (c *Client) Close() error {
	c.cancel()
	c.mu.Lock()
	c.closed = true
	if c.idle != nil {
		c.idle.Stop()
	}
	c.mu.Unlock()
	for _, l := range c.allLinks() {
		l.close()
	}
	c.all.Wait()
	return nil
}
