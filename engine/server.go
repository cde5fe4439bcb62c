package engine

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/engine/transport"
)

// ServerConfig is read once, by NewServer. Only Service must be set. Listen, ServeConn and Pipe give
// an error that says what in it is wrong.
type ServerConfig struct {
	// Service is the name of the service that the server's methods belong to.
	Service string

	// Env and Instance are what the server announces to its callers: the environment it runs in and
	// its own name. Empty: nothing.
	Env, Instance string

	// OwnEnv makes the service private: only callers that announce the same environment, in any
	// case, may call it; others are refused with the code Private. It takes an Env. What callers
	// announce is worth as much as the way they come: let TLS with certificates of clients, or the
	// network, say who can connect at all.
	OwnEnv bool

	// TLS is the certificate and policy for tls addresses. Nil: Transport.TLS.
	TLS *tls.Config

	// Logger is told what no caller can be told, such as a handler's panic. Nil: slog.Default.
	Logger *slog.Logger

	// MaxRunning bounds the handlers that run at once, over all connections. A call beyond it is
	// refused with ResourceExhausted, which callers retry elsewhere. Zero and negative: no bound
	// but the call credit of each connection.
	MaxRunning int

	// MaxWait is how long calls may have to wait for their handlers to begin. If for a tenth of a
	// second seven of eight wait longer, the server is overloaded: it refuses a share of the calls
	// that come, bulk first and urgent ones last, with ResourceExhausted, which callers retry
	// elsewhere. Calls of Inline handlers do not wait, and are not refused. Zero: 20ms. Negative:
	// as long as they like.
	MaxWait time.Duration

	// Workers is how many idle goroutines are kept for the next calls. What finds none starts one.
	// Calls whose handlers have been brief so far, less than 100µs on average, may share one, each
	// after the other; behind one that turns out to take long they wait for 2ms at most. Zero: 512.
	// Negative: none are kept.
	Workers int

	// Grace is how long ListenAndServe and Serve let calls finish when their context ends.
	// Zero: 10s. Negative: not at all.
	Grace time.Duration

	// Once bounds what is remembered of calls with a key.
	Once OnceLimits

	// Registrar makes the server known to callers while it serves, and tells who owns which
	// resource; calls on resources of others are refused then. Needs Env. Nil: callers find the
	// server in another way, and it serves every resource that it is asked for.
	Registrar Registrar

	// Self is what Registrar is told of this instance. Without an ID it is Instance, or random if
	// that is empty too; without an Incarnation the time when the server was made, in ns; without
	// an Addr the first one that is bound. Where views have no IDs the instance finds itself in
	// them by Addr.
	Self Instance

	// Resources is a Hooks: it makes what the server keeps for each resource that is in use. Nil:
	// nothing.
	Resources ResourceHooks

	// ResourceIdle is how long a resource without calls counts as in use. Zero: 3 minutes.
	// Negative: until the server loses it.
	ResourceIdle time.Duration

	// MaxResources bounds the resources in use at once, if there are Resources or a Registrar. A
	// call on one more ends the one that has been without calls for longest, and is refused with
	// ResourceExhausted if there is none. Zero: 65,536. Negative: no bound.
	MaxResources int

	// Admit, if not nil, judges each client before its calls are read.
	Admit Admit

	// ShowPanics tells the caller the text of a handler's panic. Otherwise it is only logged.
	ShowPanics bool

	// Intercept, if not nil, runs around every handler.
	Intercept Interceptor

	// Stats, if not nil, is told of each call whose handler has run, after its answer was given. It
	// is called by many goroutines at once, and must not block.
	Stats func(CallStats)

	// Transport holds the limits of connections and how they are driven.
	Transport transport.Config
}

const (
	defaultWorkers = 512
	defaultGrace   = 10 * time.Second

	// overloadPause is how long the caller of a normal call is asked to wait when it is refused.
	overloadPause = 50 * time.Millisecond
)

// check says what is wrong with the configuration, or nil. NewServer has no error to give, so
// whatever gives the server connections asks.
func (c *ServerConfig) check() error {
	err := errors.Join(checkService(c.Service), c.Transport.Check())
	if c.OwnEnv && c.Env == "" {
		err = errors.Join(err, errors.New("OwnEnv is set and Env is not"))
	}
	if err != nil {
		return fmt.Errorf("engine: server: %w", err)
	}
	return nil
}

// ErrServerClosed is what a Server gives once it was shut down.
var ErrServerClosed = errors.New("engine: server was shut down")

// Server serves the methods of one service. Safe for concurrent use.
type Server struct {
	config  ServerConfig
	routes  routes
	workers *workers
	once    *once
	entry   *admission
	running atomic.Int64 // handlers on workers

	residents *residents // nil: resources are names and nothing else
	custody   *custody   // nil: every resource is served here

	mu        sync.Mutex // guards what follows
	listeners []*transport.Listener
	adopted   map[*transport.Conn]struct{} // connections that no listener knows
	closed    bool
	done      chan struct{} // closed when shutdown has ended
}

// NewServer makes a server without methods, which listens nowhere.
func NewServer(config ServerConfig) *Server {
	s := &Server{config: config, done: make(chan struct{})}
	s.routes.service = config.Service
	if config.TLS != nil {
		s.config.Transport.TLS = config.TLS
	}
	if config.Logger != nil {
		s.config.Transport.Logger = config.Logger
	}
	params := &s.config.Transport.Session.Params
	if config.Env != "" {
		params.Environment = config.Env
	}
	if config.Instance != "" {
		params.Peer = config.Instance
	}
	s.entry = newAdmission(config.MaxWait)
	s.once = newOnce(config.Once)
	s.once.announce(params)
	s.custody = newCustody(s)
	s.residents = newResidents(s, s.custody)
	if s.custody != nil {
		s.custody.residents = s.residents
	}
	s.config.Transport.Session.Vet = config.Admit != nil
	keep := config.Workers
	if keep == 0 {
		keep = defaultWorkers
	}
	s.workers = newWorkers(max(keep, 0), s.work)
	return s
}

// Handle registers the handler of a method, before or while calls are served. A name that says
// streaming takes a streaming handler, and only such a name; names that start with '_' are private
// and taken by nobody; a method has one handler.
func (s *Server) Handle(method string, h Handler) error { return s.routes.add(method, h) }

// Named is a handler with the name of its method, as declarations make it.
type Named struct {
	Name    string
	Handler Handler
}

// Add registers handlers that bring their names. It registers those it can and gives all errors.
func (s *Server) Add(handlers ...Named) error {
	var errs []error
	for _, n := range handlers {
		errs = append(errs, s.Handle(n.Name, n.Handler))
	}
	return errors.Join(errs...)
}

// Fallback registers the handler for methods that have none, of this service or any other; usually
// a Dynamic one. There is one for regular and one for streaming methods. Private methods stay
// private.
func (s *Server) Fallback(h Handler) error { return s.routes.addFallback(h) }

// ListenAndServe listens on the addresses and serves until ctx ends. Then it takes no more calls,
// lets those in flight finish within the grace period, and returns nil, or the reason why they
// could not. An address is "tcp://host:port", "tls://host:port", "unix:///path" or "host:port".
func (s *Server) ListenAndServe(ctx context.Context, addrs ...string) error {
	if err := s.Listen(addrs...); err != nil {
		return errors.Join(err, s.Shutdown(context.Background()))
	}
	return s.Serve(ctx)
}

// Listen binds addresses. Calls wait until Serve. On an error, none of these is bound.
func (s *Server) Listen(addrs ...string) error {
	if err := s.config.check(); err != nil {
		return err
	}
	var bound []*transport.Listener
	for _, text := range addrs {
		l, err := s.listen(text)
		if err != nil {
			for _, l := range bound {
				err = errors.Join(err, l.Close())
			}
			return err
		}
		bound = append(bound, l)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.listeners = append(s.listeners, bound...)
	return nil
}

func (s *Server) listen(text string) (*transport.Listener, error) {
	addr, err := transport.ParseAddr(text)
	if err != nil {
		return nil, fmt.Errorf("engine: listen: %w", err)
	}
	l, err := transport.Listen(addr, s.config.Transport, reception{s})
	if err != nil {
		return nil, fmt.Errorf("engine: listen on %s: %w", addr, err)
	}
	return l, nil
}

// Addrs gives the bound addresses, with the ports that the system chose.
func (s *Server) Addrs() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	addrs := make([]string, len(s.listeners))
	for i, l := range s.listeners {
		addrs[i] = l.Addr().String()
	}
	return addrs
}

// admit decides whether a call may go to a worker, and whether it is one to count.
func (s *Server) admit(ev *session.Event) (counted, ok bool) {
	class := classOf(ev.Flags)
	if counted = s.entry.counts(ev.Call.ID() >> 1); counted {
		s.entry.arrived(ev.At, class)
	}
	return counted, s.entry.admits(class, rand.Uint32)
}

// begin counts a call that is about to run on a worker, or refuses it.
func (s *Server) begin() bool {
	n := s.running.Add(1)
	if limit := int64(s.config.MaxRunning); limit > 0 && n > limit {
		s.running.Add(-1)
		return false
	}
	return true
}

func (s *Server) logger() *slog.Logger {
	if l := s.config.Transport.Logger; l != nil {
		return l
	}
	return slog.Default()
}
