package transport

import (
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"time"
)

// door counts a listener's connections and refuses those beyond its limits. It is safe for
// concurrent use.
type door struct {
	most, mostPerHost int
	logger            *slog.Logger

	mu      sync.Mutex // guards the fields below
	inside  int
	perHost map[netip.Addr]int // only if mostPerHost > 0
	refused int                // since the last word about it
	said    time.Duration      // when that was
}

const sayEvery = time.Second

func newDoor(cfg *Config) *door {
	d := &door{most: cfg.MaxConns, mostPerHost: cfg.MaxConnsPerHost, logger: cfg.Logger}
	if d.mostPerHost > 0 {
		d.perHost = make(map[netip.Addr]int)
	}
	return d
}

// enter lets a connection from this address in, which must leave later; false: there are too
// many.
func (d *door) enter(from net.Addr) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	host := hostOf(from)
	if d.most > 0 && d.inside >= d.most {
		d.refuse("too many connections", from)
		return false
	}
	if d.perHost != nil && host.IsValid() {
		if d.perHost[host] >= d.mostPerHost {
			d.refuse("too many connections of one host", from)
			return false
		}
		d.perHost[host]++
	}
	d.inside++
	return true
}

func (d *door) leave(from net.Addr) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.inside--
	host := hostOf(from)
	if d.perHost == nil || !host.IsValid() {
		return
	}
	if d.perHost[host]--; d.perHost[host] <= 0 {
		delete(d.perHost, host)
	}
}

// refuse logs, but not once for each of a flood. mu is held.
func (d *door) refuse(why string, from net.Addr) {
	d.refused++
	if now := Now(); d.said == 0 || now-d.said >= sayEvery {
		d.logger.Warn("transport: "+why, "remote", addrText(from), "refused", d.refused)
		d.refused, d.said = 0, now
	}
}

// hostOf is the IP address of a, or the zero Addr if it has none. The zone does not count: it
// names an interface of this machine, and it may be taken out of a meanwhile (see keepAddr).
func hostOf(a net.Addr) netip.Addr {
	if t, ok := a.(*net.TCPAddr); ok {
		return t.AddrPort().Addr().Unmap().WithZone("")
	}
	return netip.Addr{}
}
