package play

import (
	"io"
	"net"
	"sync"
	"time"
)

// Conn is one connection to a subject.
type Conn interface {
	io.ReadWriteCloser
	CloseWrite() error // the end of what is sent; reading goes on
	Reset() error      // the end at once, without the courtesies of the transport
}

// link moves bytes between a script and its connection, so that the script never blocks on
// either direction. Safe for concurrent use.
type link struct {
	conn Conn
	done sync.WaitGroup

	mu      sync.Mutex
	wake    sync.Cond     // for both goroutines
	out     []segment     // waits to be written
	in      []byte        // read and not yet taken
	inEnd   error         // why reading ended
	paused  bool          // the reader rests
	stopped bool          // the link was closed
	news    chan struct{} // has an element when in or inEnd changed
}

// segment is what one step sends, in pieces of chop bytes; or an action in its turn.
type segment struct {
	b    []byte
	chop int
	act  func() error
}

func newLink(conn Conn) *link {
	l := &link{conn: conn, news: make(chan struct{}, 1)}
	l.wake.L = &l.mu
	l.done.Go(l.read)
	l.done.Go(l.write)
	return l
}

// read takes what comes until the end.
func (l *link) read() {
	buf := make([]byte, 64<<10)
	for {
		l.mu.Lock()
		for l.paused && !l.stopped {
			l.wake.Wait()
		}
		l.mu.Unlock()
		n, err := l.conn.Read(buf)
		l.mu.Lock()
		l.in = append(l.in, buf[:n]...)
		l.inEnd = err
		l.mu.Unlock()
		select {
		case l.news <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

// write sends what is queued. An error is not told: the reader will see the end.
func (l *link) write() {
	for {
		l.mu.Lock()
		for len(l.out) == 0 && !l.stopped {
			l.wake.Wait()
		}
		if l.stopped {
			l.mu.Unlock()
			return
		}
		s := l.out[0]
		l.out = l.out[1:]
		l.mu.Unlock()
		if s.act != nil {
			s.act()
			continue
		}
		for len(s.b) > 0 {
			n := min(s.chop, len(s.b))
			if _, err := l.conn.Write(s.b[:n]); err != nil {
				break
			}
			s.b = s.b[n:]
		}
	}
}

// mostPieces bounds the writes of one segment: a large one is cut into larger pieces.
const mostPieces = 512

// send queues b, to be written in pieces of chop bytes; 0: whole.
func (l *link) send(b []byte, chop int) {
	if chop <= 0 {
		chop = len(b)
	}
	l.queue(segment{b: b, chop: max(chop, (len(b)+mostPieces-1)/mostPieces)})
}

// then queues an action behind what was sent.
func (l *link) then(act func() error) { l.queue(segment{act: act}) }

func (l *link) queue(s segment) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.out = append(l.out, s)
	l.wake.Broadcast()
}

// pause stops reading after what is under way, or goes on.
func (l *link) pause(on bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.paused = on
	l.wake.Broadcast()
}

// take waits for bytes, or for the end. limit bounds the wait; late tells that it passed.
func (l *link) take(limit <-chan time.Time) (b []byte, end error, late bool) {
	for {
		if b, end = l.have(); len(b) > 0 || end != nil {
			return b, end, false
		}
		select {
		case <-l.news:
		case <-limit:
			return nil, nil, true
		}
	}
}

// have gives what was read so far.
func (l *link) have() (b []byte, end error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	b, l.in = l.in, nil
	return b, l.inEnd
}

// close ends the connection and both goroutines.
func (l *link) close() {
	l.mu.Lock()
	l.stopped = true
	l.wake.Broadcast()
	l.mu.Unlock()
	l.conn.Close()
	l.done.Wait()
}

// NetConn makes a Conn of a TCP, unix or TLS connection.
func NetConn(c net.Conn) Conn { return netConn{c} }

type netConn struct{ net.Conn }

// CloseWrite implements Conn.
func (c netConn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return c.Close()
}

// Reset implements Conn.
func (c netConn) Reset() error {
	if tcp, ok := c.Conn.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	return c.Close()
}
