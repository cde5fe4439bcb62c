package dns

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/leverrpc/lever/discovery"
	"github.com/leverrpc/lever/engine"
	"github.com/leverrpc/lever/engine/transport"
)

// Config is read once, by Hosts and Services. The zero value works.
type Config struct {
	// Name gives the name to look up for a target; one that ends in a dot is not completed by the
	// search list of the system. Nil: "service.env" for Hosts, "_lever._tcp.service.env" for
	// Services.
	Name func(target engine.URL) string

	// Scheme is that of the instances: "tcp" or "tls". Empty: tcp.
	Scheme string

	// Network limits Hosts to A records by "ip4" and to AAAA records by "ip6". Empty: "ip", both.
	Network string

	// Resolver asks the servers. Its exported fields are copied. Nil: Go's own implementation, with
	// StrictErrors. One that uses the system's functions works too, but tells no TTL; one without
	// StrictErrors may take addresses of one kind for all.
	Resolver *net.Resolver
}

// lookupMax bounds one look-up, with all its questions to all servers.
const lookupMax = 20 * time.Second

// Hosts is a source that looks up addresses.
func Hosts(config Config) discovery.Source {
	config.fill(func(t engine.URL) string { return t.Service + "." + t.Env })
	return source{config, hosts}
}

// Services is a source that looks up SRV records.
func Services(config Config) discovery.Source {
	config.fill(func(t engine.URL) string { return "_lever._tcp." + t.Service + "." + t.Env })
	return source{config, services}
}

func (c *Config) fill(name func(engine.URL) string) {
	if c.Name == nil {
		c.Name = name
	}
	if c.Scheme == "" {
		c.Scheme = transport.TCP
	}
	if c.Network == "" {
		c.Network = "ip"
	}
	if c.Resolver == nil {
		c.Resolver = &net.Resolver{PreferGo: true, StrictErrors: true}
	}
}

// source is immutable.
type source struct {
	config Config
	find   func(context.Context, *net.Resolver, *Config, engine.URL) ([]engine.Instance, error)
}

// Watch implements discovery.Source.
func (s source) Watch(ctx context.Context, target engine.URL, emit func(engine.View)) error {
	timer := time.NewTimer(0)
	defer timer.Stop()
	var pace pace
	for {
		select {
		case <-timer.C:
		case <-ctx.Done():
			return nil
		}
		instances, ttl, err := s.lookup(ctx, target)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		pause, news := pace.next(instances, ttl)
		if news {
			emit(engine.View{Instances: instances})
		}
		timer.Reset(pause)
	}
}

// lookup asks once. The ttl is negative if none was heard.
func (s source) lookup(ctx context.Context,
	target engine.URL) (instances []engine.Instance, ttl time.Duration, err error) {
	ctx, cancel := context.WithTimeout(ctx, lookupMax)
	defer cancel()
	ear := newEar(s.config.Resolver.Dial)
	resolver := &net.Resolver{
		PreferGo:     s.config.Resolver.PreferGo,
		StrictErrors: s.config.Resolver.StrictErrors,
		Dial:         ear.dial,
	}
	instances, err = s.find(ctx, resolver, &s.config, target)
	if e, ok := errors.AsType[*net.DNSError](err); ok && e.IsNotFound {
		return nil, 0, fmt.Errorf("discovery/dns: %w: %w", discovery.ErrNoService, e)
	}
	if err == nil {
		ttl, err = ear.heard()
	}
	if err != nil {
		return nil, 0, fmt.Errorf("discovery/dns: look up %s: %w", s.config.Name(target), err)
	}
	return instances, ttl, nil
}
