package abuse

import (
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/leverrpc/lever/frame"
)

// peer is a hostile peer: it writes whatever it is told to and follows no rule by itself.
type peer struct {
	t     testing.TB
	nc    net.Conn
	in    []byte        // read and not yet taken
	read  atomic.Int64  // bytes read in all
	wrote atomic.Int64  // bytes written in all
	gone  *frame.Header // the GOAWAY with a reason that has come
}

// patience bounds every wait of a peer for the other side.
const patience = 20 * time.Second

// dialPeer connects to a server at addr, "tcp://host:port", and says nothing.
func dialPeer(t testing.TB, addr string) *peer {
	t.Helper()
	nc, err := net.DialTimeout("tcp", strings.TrimPrefix(addr, "tcp://"), patience)
	if err != nil {
		t.Fatal(err)
	}
	return newPeer(t, nc)
}

// newPeer makes a peer of a connection, which is closed with the test.
func newPeer(t testing.TB, nc net.Conn) *peer {
	t.Cleanup(func() { nc.Close() })
	nc.SetDeadline(time.Now().Add(patience))
	return &peer{t: t, nc: nc}
}

// greetPeer connects and says HELLO with these parameters.
func greetPeer(t testing.TB, addr string, params frame.Params) *peer {
	t.Helper()
	p := dialPeer(t, addr)
	p.send(hello(params))
	return p
}

// send writes frames, or any bytes. An error tells that the other side has gone.
func (p *peer) send(frames ...[]byte) error {
	n, err := p.nc.Write(join(frames...))
	p.wrote.Add(int64(n))
	return err
}

// flood writes chunk n times, or until the other side has gone, and returns how often.
func (p *peer) flood(n int, chunk []byte) int {
	for i := range n {
		if p.send(chunk) != nil {
			return i
		}
	}
	return n
}

// next reads one frame. The payload is valid until the next call.
func (p *peer) next() (frame.Header, []byte, error) {
	for {
		h, n := frame.ConsumeHeader(p.in)
		if n > 0 && len(p.in) >= n+int(h.Length) {
			payload := p.in[n : n+int(h.Length)]
			p.in = p.in[n+int(h.Length):]
			if h.Type == frame.GoAway && h.Code != uint16(frame.ReasonNone) {
				p.gone = &h
			}
			return h, payload, nil
		}
		buf := make([]byte, 64<<10)
		k, err := p.nc.Read(buf)
		p.read.Add(int64(k))
		p.in = append(p.in[:len(p.in):len(p.in)], buf[:k]...)
		if k == 0 {
			return frame.Header{}, nil, err
		}
	}
}

// await reads frames until one is of this type. It fails the test when the connection ends.
func (p *peer) await(typ frame.Type) (frame.Header, []byte) {
	p.t.Helper()
	for {
		h, payload, err := p.next()
		if err != nil {
			p.t.Fatalf("the connection ended before a %v came: %v", typ, err)
		}
		if h.Type == typ {
			return h, payload
		}
		if p.gone != nil {
			p.t.Fatalf("wanted %v, was told %v %q", typ, h, payload)
		}
	}
}

// awaitResult reads until the RESULT of a call.
func (p *peer) awaitResult(id uint32) (frame.Header, []byte) {
	p.t.Helper()
	for {
		if h, payload := p.await(frame.Result); h.ID == id {
			return h, payload
		}
	}
}

// drain reads until the connection ends, and returns the reason of the GOAWAY that came, or
// ReasonNone.
func (p *peer) drain() frame.Reason {
	for {
		if _, _, err := p.next(); err != nil {
			if p.gone == nil {
				return frame.ReasonNone
			}
			return frame.Reason(p.gone.Code)
		}
	}
}

// wantClosed checks that the other side closes, and for which reason it says so. The connection
// must end as well.
func (p *peer) wantClosed(want frame.Reason) {
	p.t.Helper()
	for {
		_, _, err := p.next()
		if err == nil {
			continue
		}
		var timeout net.Error
		switch {
		case errors.As(err, &timeout) && timeout.Timeout():
			p.t.Fatalf("the connection was not closed, want %v", want)
		case p.gone == nil:
			p.t.Fatalf("the connection ended without a reason (%v), want %v", err, want)
		case frame.Reason(p.gone.Code) != want:
			p.t.Fatalf("closed for %v, want %v", frame.Reason(p.gone.Code), want)
		}
		p.nc.Close()
		return
	}
}

// wantOpen checks that the other side still answers.
func (p *peer) wantOpen() {
	p.t.Helper()
	const token = 0xA11EA11E
	p.send(raw(frame.Ping, 0, 0, 0, token, ""))
	for {
		if h, _ := p.await(frame.Ping); h.Code == 1 && h.Aux == token {
			return
		}
	}
}

// reset closes with a TCP reset.
func (p *peer) reset() {
	if tc, ok := p.nc.(*net.TCPConn); ok {
		tc.SetLinger(0)
	}
	p.nc.Close()
}

// discard reads and forgets until the end, in a goroutine that ends with the connection.
func (p *peer) discard() {
	go func() {
		n, _ := io.Copy(io.Discard, p.nc)
		p.read.Add(n)
	}()
}

// raw is a frame as it is said to be, right or wrong.
func raw(typ frame.Type, flags frame.Flags, code uint16, id, aux uint32, payload string) []byte {
	h := frame.Header{
		Length: uint32(len(payload)), Type: typ, Flags: flags, Code: code, ID: id, Aux: aux,
	}
	return append(frame.AppendHeader(nil, h), payload...)
}

// hello is a client's HELLO.
func hello(params frame.Params) []byte {
	body := frame.AppendParams(nil, params, 1)
	return raw(frame.Hello, 0, frame.Version, frame.Magic, frame.Version, string(body))
}

// wide are the parameters of a peer that grants all there is.
var wide = frame.Params{
	MaxFrame: frame.MaxLength, MaxMessage: 1<<31 - 1, Calls: 1 << 20,
	ConnBytes: 1<<31 - 1, StreamBytes: 1<<31 - 1,
}

// call is a CALL of a method of the test server, with raw bytes for arguments.
func call(id uint32, flags frame.Flags, method, body string) []byte {
	head := frame.AppendCallHead(nil, 0, service+"/"+method, nil)
	return raw(frame.Call, flags|frame.Bytes, 0, id, 0, string(head)+body)
}

// stream is a CALL that opens a stream.
func stream(id uint32, method string) []byte {
	head := frame.AppendCallHead(nil, 0, service+"/"+method, nil)
	return raw(frame.Call, frame.Stream, 0, id, 0, string(head)+"\x80")
}

// cancel is a CANCEL.
func cancel(id uint32) []byte { return raw(frame.Cancel, 0, 0, id, 0, "") }

// ping is a question.
func ping(token int) []byte { return raw(frame.Ping, 0, 0, 0, uint32(token), "") }

// credit grants bytes: to a call, or with the id zero to the connection.
func credit(id, bytes uint32) []byte { return raw(frame.Credit, 0, 0, id, bytes, "") }

// headerOnly is the header of a frame whose payload does not follow.
func headerOnly(typ frame.Type, flags frame.Flags, id, length uint32) []byte {
	h := frame.Header{Length: length, Type: typ, Flags: flags, ID: id}
	return frame.AppendHeader(nil, h)
}

func join(frames ...[]byte) (all []byte) {
	if len(frames) == 1 {
		return frames[0]
	}
	for _, f := range frames {
		all = append(all, f...)
	}
	return all
}

// lines names the frames in b, for messages.
func lines(b []byte) string {
	var s strings.Builder
	for len(b) > 0 {
		text, n := frame.Explain(b)
		fmt.Fprintln(&s, text)
		if n == 0 {
			break
		}
		b = b[n:]
	}
	return s.String()
}
