package transport

import (
	"errors"
	"log/slog"
	"net"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// scriptedListener answers each Accept with the next of its errors, nil meaning a connection,
// and with net.ErrClosed when it is closed.
type scriptedListener struct {
	script []error
	closed chan struct{}
	at     []time.Duration // of each Accept
}

func (l *scriptedListener) Accept() (net.Conn, error) {
	l.at = append(l.at, Now())
	if len(l.script) == 0 {
		<-l.closed
		return nil, net.ErrClosed
	}
	err := l.script[0]
	l.script = l.script[1:]
	if err != nil {
		return nil, err
	}
	a, _ := NetPipe(1)
	return a, nil
}

func (l *scriptedListener) Close() error   { close(l.closed); return nil }
func (l *scriptedListener) Addr() net.Addr { return pipeAddr{} }

func emfile() error {
	return &net.OpError{Op: "accept", Err: syscall.EMFILE}
}

func TestAbuseA29AcceptGoesOnAfterErrors(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ln := &scriptedListener{closed: make(chan struct{})}
		for range 12 {
			ln.script = append(ln.script, emfile())
		}
		ln.script = append(ln.script, nil, emfile(), errors.New("never heard of"), nil)
		taken, said := 0, 0
		go acceptLoop(ln, make(chan struct{}), func(net.Conn) error {
			taken++
			return nil
		}, func(error) { said++ })
		time.Sleep(time.Minute)
		synctest.Wait()
		if taken != 2 || said != 2 {
			t.Errorf("took %d connections and said %d words, want 2 and 2", taken, said)
		}
		for i, want := range []time.Duration{5, 10, 20, 40, 80, 160, 320, 640, 1000, 1000, 1000, 1000,
			0, 5, 10, 0} {
			if i+1 < len(ln.at) && ln.at[i+1]-ln.at[i] != want*time.Millisecond {
				t.Errorf("pause %d is %v, want %v", i, ln.at[i+1]-ln.at[i], want*time.Millisecond)
			}
		}
		ln.Close()
	})
}

func TestAbuseA29TakingPausesLikeAccepting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ln := &scriptedListener{closed: make(chan struct{}), script: make([]error, 20)}
		said := 0
		go acceptLoop(ln, make(chan struct{}), func(net.Conn) error {
			if len(ln.script) > 10 {
				return syscall.EMFILE // there was a descriptor to accept with, and none to go on
			}
			return nil
		}, func(error) { said++ })
		start := Now()
		time.Sleep(time.Minute)
		synctest.Wait()
		if said != 1 || len(ln.at) != 21 || ln.at[20]-start < time.Second {
			t.Errorf("%d words, %d accepts within %v", said, len(ln.at), ln.at[len(ln.at)-1]-start)
		}
		ln.Close()
	})
}

func TestAPauseOfAcceptIsCutShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ln := &scriptedListener{closed: make(chan struct{})}
		for range 100 {
			ln.script = append(ln.script, emfile())
		}
		stop, ended := make(chan struct{}), make(chan time.Duration)
		go func() {
			acceptLoop(ln, stop, func(net.Conn) error { return nil }, func(error) {})
			ended <- Now()
		}()
		time.Sleep(10 * time.Second)
		synctest.Wait()
		start := Now()
		close(stop)
		if d := <-ended - start; d != 0 {
			t.Errorf("the loop ended %v after it was stopped", d)
		}
	})
}

func TestDoorCountsAllAndEachHost(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		log := &countedLog{}
		d := newDoor(&Config{MaxConns: 3, MaxConnsPerHost: 2, Logger: slog.New(log)})
		one := &net.TCPAddr{IP: net.IPv4(10, 0, 0, 1), Port: 1}
		mapped := &net.TCPAddr{IP: net.IPv4(10, 0, 0, 1).To16(), Port: 2}
		two := &net.TCPAddr{IP: net.IPv4(10, 0, 0, 2), Port: 1}
		steps := []struct {
			name string
			from net.Addr
			want bool
		}{
			{"the first", one, true},
			{"the second of a host, written as IPv6", mapped, true},
			{"the third of a host", one, false},
			{"one of another host", two, true},
			{"the fourth of all", two, false},
			{"a unix socket counts too", &net.UnixAddr{}, false},
		}
		for _, s := range steps {
			if got := d.enter(s.from); got != s.want {
				t.Errorf("%s: let in %v, want %v", s.name, got, s.want)
			}
		}
		if log.warnings.Load() != 1 {
			t.Errorf("three refusals at once made %d log entries, want 1", log.warnings.Load())
		}
		time.Sleep(2 * sayEvery)
		d.enter(one)
		if log.warnings.Load() != 2 {
			t.Error("a refusal later was not logged")
		}
		d.leave(mapped)
		if !d.enter(one) {
			t.Error("a place that became free was not given")
		}
		for _, a := range []net.Addr{one, one, two} {
			d.leave(a)
		}
		if d.inside != 0 || len(d.perHost) != 0 {
			t.Errorf("an empty house counts %d, %v", d.inside, d.perHost)
		}
	})
}
