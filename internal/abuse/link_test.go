package abuse

import (
	"net"
	"strings"
	"sync"
	"testing"
)

// link is a proxy on loopback between a client and a server, which can lose what it carries.
type link struct {
	addr string // where clients dial
	ln   net.Listener
	done sync.WaitGroup

	mu    sync.Mutex
	to    string
	lost  bool // everything is read and thrown away
	mutes bool // and so is what the server says
	pairs map[net.Conn]net.Conn
	made  int // connections so far
}

// newLink makes a proxy to addr. It ends with the test.
func newLink(t testing.TB, addr string) *link {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := &link{addr: "tcp://" + ln.Addr().String(), ln: ln, to: addr, pairs: map[net.Conn]net.Conn{}}
	l.done.Go(l.accept)
	t.Cleanup(func() {
		ln.Close()
		l.cut()
		l.done.Wait()
	})
	return l
}

func (l *link) accept() {
	for {
		a, err := l.ln.Accept()
		if err != nil {
			return
		}
		b, err := net.Dial("tcp", strings.TrimPrefix(l.to, "tcp://"))
		if err != nil {
			a.Close()
			continue
		}
		l.mu.Lock()
		l.pairs[a] = b
		l.made++
		l.mu.Unlock()
		l.done.Go(func() { l.carry(a, b, false) })
		l.done.Go(func() { l.carry(b, a, true) })
	}
}

// carry moves bytes from a to b until either ends; back: a is the server's.
func (l *link) carry(a, b net.Conn, back bool) {
	buf := make([]byte, 32<<10)
	for {
		n, err := a.Read(buf)
		l.mu.Lock()
		lost := l.lost || back && l.mutes
		l.mu.Unlock()
		if !lost && n > 0 {
			if _, err := b.Write(buf[:n]); err != nil {
				break
			}
		}
		if err != nil {
			if lost { // nobody is told of an end either
				return
			}
			break
		}
	}
	a.Close()
	b.Close()
}

// cut resets all connections.
func (l *link) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for a, b := range l.pairs {
		for _, nc := range []net.Conn{a, b} {
			nc.(*net.TCPConn).SetLinger(0)
			nc.Close()
		}
	}
	clear(l.pairs)
}

// count is the number of connections that there were.
func (l *link) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.made
}

// lose says whether everything is lost from now on, without anybody being told.
func (l *link) lose(on bool) {
	l.mu.Lock()
	l.lost = on
	l.mu.Unlock()
}

// mute says whether all that the server says is lost from now on.
func (l *link) mute(on bool) {
	l.mu.Lock()
	l.mutes = on
	l.mu.Unlock()
}
