package dns

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"sync"
	"testing"
)

// The types of records that the zone has, and the codes that it answers with.
const (
	typeA, typeAAAA, typeSRV = 1, 28, 33

	codeOK, codeServerFailure, codeNoName = 0, 2, 3
)

// zone is a name server in memory, reached by what its dial gives. Safe for concurrent use.
type zone struct {
	mu      sync.Mutex // guards what follows
	records []resource
	broken  bool
	spoilt  bool // answers lack their end
	cut     bool // answers say that they are not all
	asked   int
}

// resource is one record.
type resource struct {
	name string // with the last dot
	kind uint16
	ttl  uint32
	data []byte
}

func addressOf(name, ip string, ttl uint32) resource {
	addr := netip.MustParseAddr(ip)
	kind := uint16(typeA)
	if addr.Is6() {
		kind = typeAAAA
	}
	return resource{name, kind, ttl, addr.AsSlice()}
}

func serviceOf(name, host string, port, weight, priority uint16, ttl uint32) resource {
	data := binary.BigEndian.AppendUint16(nil, priority)
	data = binary.BigEndian.AppendUint16(data, weight)
	data = binary.BigEndian.AppendUint16(data, port)
	return resource{name, typeSRV, ttl, appendName(data, host)}
}

func (z *zone) change(f func()) error {
	z.mu.Lock()
	defer z.mu.Unlock()
	f()
	return nil
}

func (z *zone) set(records ...resource) error {
	return z.change(func() { z.records, z.spoilt = records, false })
}

// resolver asks the zone, through pipes that carry what TCP would.
func (z *zone) resolver() *net.Resolver {
	return &net.Resolver{PreferGo: true, StrictErrors: true,
		Dial: func(context.Context, string, string) (net.Conn, error) {
			client, server := net.Pipe()
			go z.serve(server)
			return client, nil
		}}
}

// serve answers the questions of one stream.
func (z *zone) serve(conn net.Conn) {
	defer conn.Close()
	for {
		size := make([]byte, 2)
		if _, err := io.ReadFull(conn, size); err != nil {
			return
		}
		question := make([]byte, binary.BigEndian.Uint16(size))
		if _, err := io.ReadFull(conn, question); err != nil {
			return
		}
		answer := z.answer(question)
		answer = append(binary.BigEndian.AppendUint16(nil, uint16(len(answer))), answer...)
		for _, part := range [][]byte{answer[:1], answer[1:20], answer[20:]} {
			if _, err := conn.Write(part); err != nil {
				return
			}
		}
	}
}

// servePackets answers the questions that come in packets.
func (z *zone) servePackets(conn net.PacketConn) {
	b := make([]byte, 2048)
	for {
		n, from, err := conn.ReadFrom(b)
		if err != nil {
			return
		}
		if _, err := conn.WriteTo(z.answer(b[:n]), from); err != nil {
			return
		}
	}
}

// answer makes the answer to a message with one question.
func (z *zone) answer(m []byte) []byte {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.asked++
	rest, ok := skipName(m[headerSize:])
	if !ok || len(rest) < 4 {
		return m
	}
	name, kind := nameOf(m[headerSize:]), binary.BigEndian.Uint16(rest)
	question := m[headerSize : len(m)-len(rest)+4]
	code, count := codeNoName, 0
	var answers []byte
	for _, r := range z.records {
		if strings.EqualFold(r.name, name) {
			code = codeOK
			if r.kind == kind {
				answers = r.append(answers)
				count++
			}
		}
	}
	if z.broken {
		code, count, answers = codeServerFailure, 0, nil
	}
	out := append([]byte(nil), m[:2]...)
	out = append(out, 0x85, 0x80|byte(code), 0, 1, 0, byte(count), 0, 0, 0, 0)
	out = append(append(out, question...), answers...)
	if z.cut {
		out[2] |= 2
	}
	if z.spoilt {
		out = out[:len(out)-2]
	}
	return out
}

// append adds the record, whose name is that of the question, as a pointer.
func (r resource) append(b []byte) []byte {
	b = append(b, 0xC0, headerSize)
	b = binary.BigEndian.AppendUint16(b, r.kind)
	b = binary.BigEndian.AppendUint16(b, 1)
	b = binary.BigEndian.AppendUint32(b, r.ttl)
	b = binary.BigEndian.AppendUint16(b, uint16(len(r.data)))
	return append(b, r.data...)
}

func appendName(b []byte, name string) []byte {
	for label := range strings.SplitSeq(strings.TrimSuffix(name, "."), ".") {
		if label != "" {
			b = append(append(b, byte(len(label))), label...)
		}
	}
	return append(b, 0)
}

// nameOf reads a name without pointers.
func nameOf(b []byte) string {
	var name strings.Builder
	for n := int(b[0]); n > 0; n = int(b[0]) {
		name.Write(b[1 : 1+n])
		name.WriteByte('.')
		b = b[1+n:]
	}
	return name.String()
}

// TestMain makes package net read the system's configuration, which it keeps behind a channel that
// would otherwise belong to the first bubble.
func TestMain(m *testing.M) {
	refuse := &net.Resolver{PreferGo: true,
		Dial: func(context.Context, string, string) (net.Conn, error) {
			return nil, errors.New("not now")
		}}
	_, _ = refuse.LookupHost(context.Background(), "warm.test.")
	os.Exit(m.Run())
}
