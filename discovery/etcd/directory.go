package etcd

import (
	"log/slog"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"

	"github.com/leverrpc/lever/engine"
)

// Config is read once, by New. The zero value works.
type Config struct {
	// Prefix is what all keys begin with. Empty: "/lever".
	Prefix string

	// TTL is how long an instance that has crashed stays in the views. etcd counts in seconds, and
	// not below its own least, which is 2s as etcd comes. Zero: 10s. Less than 2s, and negative: 2s.
	TTL time.Duration

	// Logger is told when a registration is lost and made again. Nil: slog.Default.
	Logger *slog.Logger
}

const (
	defaultPrefix = "/lever"
	defaultTTL    = 10 * time.Second
	minTTL        = 2 * time.Second
)

// Directory is what etcd knows of services. It is a discovery.Source. Immutable and safe for
// concurrent use.
type Directory struct {
	client *clientv3.Client
	config Config
}

// New makes a Directory of what client reaches. The client stays the caller's.
func New(client *clientv3.Client, config Config) *Directory {
	if config.Prefix == "" {
		config.Prefix = defaultPrefix
	}
	if config.TTL == 0 {
		config.TTL = defaultTTL
	}
	config.TTL = max(config.TTL, minTTL).Round(time.Second)
	if config.Logger == nil {
		config.Logger = slog.Default()
	}
	return &Directory{client, config}
}

// keys are where a service is stored.
type keys struct {
	service   string // what all of them begin with
	instances string // and those of instances
}

func (d *Directory) keysOf(target engine.URL) keys {
	port := target.Port
	if port == 0 {
		port = engine.DefaultPort
	}
	env := net.JoinHostPort(target.Env, strconv.Itoa(port))
	service := strings.Join([]string{d.config.Prefix, env, target.Service, ""}, "/")
	return keys{service, service + "instances/"}
}

// instance gives the key of an instance.
func (k keys) instance(in engine.Instance) string {
	if in.ID == "" {
		return k.instances + url.PathEscape(in.Addr)
	}
	return k.instances + url.PathEscape(in.ID)
}
