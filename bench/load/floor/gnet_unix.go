//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package floor

import (
	"net"
	"os"
	"runtime"

	"github.com/panjf2000/gnet/v2"
)

// gnetServer echoes on the event loops of a gnet engine.
type gnetServer struct {
	gnet.BuiltinEventEngine
	booted chan booted
}

// booted is how the engine came up.
type booted struct {
	addr string
	err  error
}

// serveGnet starts the engine on a port of the system's choice.
func serveGnet() (addr string, err error) {
	s := &gnetServer{booted: make(chan booted, 2)}
	go func() {
		s.booted <- booted{err: gnet.Run(s, "tcp://127.0.0.1:0",
			gnet.WithNumEventLoop(runtime.GOMAXPROCS(0)), gnet.WithLogger(silence{}))}
	}()
	b := <-s.booted
	return b.addr, b.err
}

// OnBoot tells where the engine listens.
func (s *gnetServer) OnBoot(e gnet.Engine) gnet.Action {
	addr, err := localAddr(e)
	s.booted <- booted{addr, err}
	return gnet.None
}

// localAddr asks a copy of the listener's descriptor.
func localAddr(e gnet.Engine) (string, error) {
	fd, err := e.Dup()
	if err != nil {
		return "", err
	}
	file := os.NewFile(uintptr(fd), "listener")
	defer file.Close()
	l, err := net.FileListener(file)
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// OnOpen gives the connection its memory.
func (s *gnetServer) OnOpen(c gnet.Conn) ([]byte, gnet.Action) {
	c.SetContext(new(holder))
	return nil, gnet.None
}

// OnTraffic sends all whole messages back in one write.
func (s *gnetServer) OnTraffic(c gnet.Conn) gnet.Action {
	p, err := c.Next(-1)
	if err != nil {
		return gnet.Close
	}
	whole, err := c.Context().(*holder).take(p)
	if err != nil {
		return gnet.Close
	}
	if len(whole) > 0 {
		if _, err := c.Write(whole); err != nil {
			return gnet.Close
		}
	}
	return gnet.None
}

// silence is a logger of nothing: standard output belongs to others, and errors are returned.
type silence struct{}

func (silence) Debugf(string, ...any) {}
func (silence) Infof(string, ...any)  {}
func (silence) Warnf(string, ...any)  {}
func (silence) Errorf(string, ...any) {}
func (silence) Fatalf(string, ...any) {}
