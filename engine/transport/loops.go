//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package transport

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"runtime/debug"

	"github.com/panjf2000/gnet/v2"
)

// haveGnet reports whether this system has the gnet driver.
const haveGnet = true

// loops are the event loops of one listener: a gnet client engine, to which accepted connections
// are handed. gnet's own listener is not used: one failed accept would end its engine.
type loops struct {
	client *gnet.Client
	logger *slog.Logger
}

// startLoops starts cfg.Loops event loops. They end with stop.
func startLoops(cfg *Config) (*loops, error) {
	client, err := gnet.NewClient(&callbacks{},
		gnet.WithNumEventLoop(cfg.Loops),
		gnet.WithTCPNoDelay(gnet.TCPNoDelay),
		gnet.WithReadBufferCap(readBytes),
		gnet.WithLogger(gnetLog{cfg.Logger}))
	if err != nil {
		return nil, fmt.Errorf("gnet: %w", err)
	}
	if err := client.Start(); err != nil {
		return nil, fmt.Errorf("gnet: %w", err)
	}
	return &loops{client: client, logger: cfg.Logger}, nil
}

// attach makes the driver of an accepted connection.
func (l *loops) attach(c *Conn, nc net.Conn, cfg *Config) {
	d := &gnetDriver{conn: c, stall: cfg.StallTimeout, density: firstDensity}
	d.task = gnet.RunnableFunc(d.run)
	c.driver = d
	c.local, c.remote = keepAddr(nc.LocalAddr()), keepAddr(nc.RemoteAddr())
}

// adopt hands the connection to a loop, and waits until the loop has it. It must not be called
// from a loop, or after stop: nobody would answer. A failure ends the connection.
func (l *loops) adopt(c *Conn, nc net.Conn) error {
	d := c.driver.(*gnetDriver)
	err := l.enroll(nc, d)
	if err != nil {
		d.cause = err
		d.end()
	}
	return err
}

// enroll gives nc's descriptor to gnet. It closes nc in every case: gnet has a duplicate.
func (l *loops) enroll(nc net.Conn, d *gnetDriver) (err error) {
	defer func() {
		if v := recover(); v != nil {
			nc.Close()
			err = fmt.Errorf("gnet: panic: %v", v)
		}
	}()
	if _, err := l.client.EnrollContext(nc, d); err != nil {
		return err
	}
	// A loop that cannot watch the descriptor drops the connection and tells nobody.
	if !d.opened.Load() {
		return errors.New("gnet: the event loop did not take the connection")
	}
	return nil
}

// stop ends the loops, and waits for them. All connections must be gone.
func (l *loops) stop() {
	if err := l.client.Stop(); err != nil {
		l.logger.Error("transport: stop gnet", "error", err)
	}
}

// keepAddr copies an address that gnet changes: it renames unix sockets, and gives the memory of
// a zone's name to its buffer pool when the connection ends, so the zone is taken out of the
// original.
func keepAddr(a net.Addr) net.Addr {
	switch a := a.(type) {
	case *net.TCPAddr:
		kept := *a
		a.Zone = ""
		return &kept
	case *net.UnixAddr:
		kept := *a
		return &kept
	}
	return a
}

// callbacks pass gnet's events on to the connections that they are about. A panic that leaves
// one would end the process.
type callbacks struct {
	gnet.BuiltinEventEngine
}

func (*callbacks) OnOpen(gc gnet.Conn) ([]byte, gnet.Action) {
	d := gc.Context().(*gnetDriver)
	defer d.rescue(gc)
	d.open(gc)
	return nil, gnet.None
}

func (*callbacks) OnTraffic(gc gnet.Conn) gnet.Action {
	d := gc.Context().(*gnetDriver)
	defer d.rescue(gc)
	p, err := gc.Next(-1) // all of it: gnet would copy and keep what is left
	if err == nil {
		d.traffic(p)
	}
	return gnet.None
}

func (*callbacks) OnClose(gc gnet.Conn, err error) gnet.Action {
	d := gc.Context().(*gnetDriver)
	defer d.rescue(nil)
	d.close(err)
	return gnet.None
}

// rescue contains a panic that was contained nowhere else. It runs on the loop.
func (d *gnetDriver) rescue(gc gnet.Conn) {
	v := recover()
	if v == nil {
		return
	}
	d.conn.logger.Error("transport: gnet callback panicked", "remote", addrText(d.conn.remote),
		"panic", fmt.Sprint(v), "stack", string(debug.Stack()))
	if gc != nil && !d.closed {
		gc.EventLoop().Close(gc)
	}
}

// gnetLog keeps gnet quiet: its errors are worth a word, the rest is for debugging.
type gnetLog struct{ logger *slog.Logger }

func (l gnetLog) Debugf(string, ...any)     {}
func (l gnetLog) Infof(string, ...any)      {}
func (l gnetLog) Warnf(f string, v ...any)  { l.logger.Debug("gnet: " + fmt.Sprintf(f, v...)) }
func (l gnetLog) Errorf(f string, v ...any) { l.logger.Error("gnet: " + fmt.Sprintf(f, v...)) }
func (l gnetLog) Fatalf(f string, v ...any) { l.Errorf(f, v...) }
