package abuse

import (
	"crypto/tls"
	"io"
	"math/rand/v2"
	"net"
	"testing"
	"time"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/frame"
)

// TestAbuseA51WrongProtocol speaks something else.
func TestAbuseA51WrongProtocol(t *testing.T) {
	noise := make([]byte, 64<<10)
	rand.NewChaCha8([32]byte{5, 1}).Read(noise)
	noise[0] |= 1 // a magic number by chance would be one
	strangers := map[string][]byte{
		"HTTP/1":           []byte("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
		"HTTP/2":           []byte("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00"),
		"TLS":              clientHello(t),
		"noise":            noise,
		"zeros":            make([]byte, 64<<10),
		"SSH":              []byte("SSH-2.0-OpenSSH_9.6\r\n"),
		"another magic":    raw(frame.Hello, 0, 1, 0x5256454D, 1, ""),
		"a call":           call(1, 0, "echo", "x"),
		"a server's HELLO": raw(frame.Hello, 0, 0, frame.Magic, 0, ""),
	}
	eachDriver(t, func(t *testing.T, d transport.Driver) {
		addr, _ := serve(t, transport.Config{Driver: d})
		for name, text := range strangers {
			t.Run(name, func(t *testing.T) {
				p := dialPeer(t, addr)
				begin := time.Now()
				p.send(text)
				p.drain()
				if took := time.Since(begin); took > 4*time.Second {
					t.Errorf("a stranger was closed after %v, the timer of HELLO is 5s", took)
				}
				if n := p.read.Load(); n > 64 {
					t.Errorf("a stranger was sent %d bytes, want at most 64", n)
				}
			})
		}
	})
}

// clientHello is the first message of TLS.
func clientHello(t *testing.T) []byte {
	a, b := net.Pipe()
	defer b.Close()
	go func() {
		tls.Client(a, &tls.Config{ServerName: "localhost", NextProtos: []string{"lever/1"}}).Handshake()
		a.Close()
	}()
	buf := make([]byte, 4096)
	n, err := b.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	return buf[:n]
}

// TestAbuseA51VersionConfusion offers versions that are none of ours.
func TestAbuseA51VersionConfusion(t *testing.T) {
	addr, _ := serve(t, transport.Config{})
	tests := []struct {
		name      string
		high, low uint32
		want      frame.Reason
	}{
		{"only newer ones", 9, 2, frame.ReasonBadVersion},
		{"none at all", 1, 2, frame.ReasonBadVersion},
		{"zero", 0, 0, frame.ReasonProtocol},
		{"a low of 2^16", 1, 1 << 16, frame.ReasonProtocol},
		{"ours among others", 9, 0, frame.ReasonNone},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p := dialPeer(t, addr)
			p.send(raw(frame.Hello, 0, uint16(tt.high), frame.Magic, tt.low, ""))
			if tt.want != frame.ReasonNone {
				p.wantClosed(tt.want)
				return
			}
			if h, _ := p.await(frame.Hello); h.Code != frame.Version {
				t.Errorf("the server chose version %d", h.Code)
			}
		})
	}
}

// TestAbuseA33BadLimits announces limits that would make a sender loop, or divide by zero.
func TestAbuseA33BadLimits(t *testing.T) {
	tests := []struct {
		name  string
		id    uint16
		value uint32
		ok    bool
	}{
		{"MAX_FRAME 0", frame.ParamMaxFrame, 0, false},
		{"MAX_FRAME 1", frame.ParamMaxFrame, 1, false},
		{"MAX_FRAME 16383", frame.ParamMaxFrame, 16383, false},
		{"MAX_FRAME 16384", frame.ParamMaxFrame, 16384, true},
		{"MAX_FRAME 2^24-1", frame.ParamMaxFrame, 1<<24 - 1, true},
		{"MAX_FRAME 2^24", frame.ParamMaxFrame, 1 << 24, false},
		{"MAX_FRAME 2^32-1", frame.ParamMaxFrame, 1<<32 - 1, false},
		{"CALLS 0", frame.ParamCalls, 0, false},
		{"CALLS 2^20+1", frame.ParamCalls, 1<<20 + 1, false},
		{"STREAM_BYTES 0", frame.ParamStreamBytes, 0, false},
		{"STREAM_BYTES 2^31", frame.ParamStreamBytes, 1 << 31, false},
		{"CONN_BYTES 0", frame.ParamConnBytes, 0, false},
		{"CONN_BYTES 2^32-1", frame.ParamConnBytes, 1<<32 - 1, false},
		{"MAX_MESSAGE 0", frame.ParamMaxMessage, 0, false},
		{"MAX_BINDINGS 65536", frame.ParamMaxBindings, 65536, false},
		{"IDLE_MS 1", frame.ParamIdleMS, 1, false},
	}
	for _, tt := range tests {
		for _, role := range []session.Role{session.Server, session.Client} {
			v := tt.value
			body := []byte{byte(tt.id), 0, 4, 0, byte(v), byte(v >> 8), byte(v >> 16), byte(v >> 24)}
			low := uint32(role) // a client offers from 1 on, a server says 0
			s := session.New(session.Config{}, role, 0)
			peer := &core{Session: s}
			peer.feed(0, raw(frame.Hello, 0, frame.Version, frame.Magic, low, string(body)))
			if !tt.ok {
				wantFault(t, s.Err(), frame.ReasonProtocol)
				continue
			}
			if s.Closed() {
				t.Errorf("%s: %v", tt.name, s.Err())
				continue
			}
			wantProgress(t, peer, role)
		}
	}
}

// wantProgress makes a session send a large body: each output must bring it further.
func wantProgress(t *testing.T, s *core, role session.Role) {
	t.Helper()
	defer s.HandleEnd(nil) // what is not sent is released
	const size = 100_000
	if role == session.Client {
		if _, err := s.Open(0, &session.Open{Name: "abuse/echo"}, make([]byte, size)); err != nil {
			t.Fatal(err)
		}
	} else {
		s.feed(0, call(1, 0, "echo", ""))
		s.Result(0, s.calls[0], session.Result{}, make([]byte, size))
	}
	sent := 0
	for range 100 {
		out := s.TakeOutput(nil)
		if out == nil {
			break
		}
		for _, h := range headers(t, out) {
			sent += int(h.Length)
		}
	}
	if s.HasOutput() || sent < 60_000 { // the credit is 64 KiB
		t.Errorf("%d bytes were sent, and there is output: %v", sent, s.HasOutput())
	}
}

// TestAbuseA25SilentConnections opens many connections and says nothing on them.
func TestAbuseA25SilentConnections(t *testing.T) {
	eachDriver(t, func(t *testing.T, d transport.Driver) {
		o := order{Driver: d, Limits: session.Limits{HelloTimeout: 500 * time.Millisecond}}
		n := times(150, 5000)
		siege(t, o, n*24<<10, func(c *child) {
			var idle []*peer
			for range n {
				idle = append(idle, dialPeer(t, c.addr))
			}
			for _, p := range idle {
				p.wantClosed(frame.ReasonTimeout)
			}
		})
	})
}

// TestAbuseA30OpenAndAbort opens connections and resets them, at every stage.
func TestAbuseA30OpenAndAbort(t *testing.T) {
	eachDriver(t, func(t *testing.T, d transport.Driver) {
		siege(t, order{Driver: d}, 4<<20, func(c *child) {
			for i := range times(300, 30_000) {
				nc, err := net.Dial("tcp", c.addr[len("tcp://"):])
				if err != nil {
					t.Fatal(err)
				}
				p := &peer{t: t, nc: nc}
				switch i % 4 {
				case 1:
					p.send(hello(wide)[:9])
				case 2:
					p.send(hello(wide))
				case 3:
					p.send(hello(wide), call(1, 0, "work", "x"), stream(3, "idleChan"))
					if i%8 == 3 {
						io.ReadFull(nc, make([]byte, 10))
					}
				}
				p.reset()
			}
		})
	})
}
