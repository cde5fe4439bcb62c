package session

import "github.com/leverrpc/lever/frame"

// Method is a name that the peer has bound to a number on this connection.
type Method struct {
	// Name is "service/method".
	Name string

	// Data is the application's own, kept as long as the connection: a resolved route. Only
	// the goroutine that handles events may touch it.
	Data any

	mark uint8 // of Name
}

// binder gives a client's method names numbers. SPEC: BIND.
//
// A name is bound when it is used for the second time: a connection that calls a method once
// pays nothing for it.
type binder struct {
	numbers map[string]uint16 // zero: used once, not bound
	last    uint16

	// The bound name that was asked for last, or none: often it is the same one again.
	recent string
	number uint16
}

// maxNames bounds the names that a client remembers beyond those it has bound.
const maxNames = 4096

// bind returns the number of name, or zero if the name must go inline. It writes the BIND frame
// when the name gets its number, so the number must be used in a frame that comes later.
func (s *Session) bind(name string) uint16 {
	if b := &s.binder; name == b.recent {
		return b.number
	}
	return s.number(name)
}

func (s *Session) number(name string) uint16 {
	b := &s.binder
	limit := min(s.remote.MaxBindings, s.local.MaxBindings)
	if limit == 0 || s.state == waitHello {
		return 0
	}
	n, used := b.numbers[name]
	if n != 0 {
		b.recent, b.number = name, n
		return n
	}
	if !used {
		if b.numbers == nil {
			b.numbers = make(map[string]uint16)
		}
		if len(b.numbers) < maxNames {
			b.numbers[name] = 0
		}
		return 0
	}
	if uint32(b.last) == limit {
		return 0
	}
	b.last++
	b.numbers[name] = b.last
	h := frame.Header{Length: uint32(len(name)), Type: frame.Bind, Code: b.last}
	s.out = append(frame.AppendHeader(s.out, h), name...)
	s.framesSent++
	return b.last
}

// onBind remembers a name under the next number.
func (s *Session) onBind(h *frame.Header, name []byte) bool {
	if s.role == Client {
		return s.violate(frame.ReasonProtocol, "BIND from a server")
	}
	if n := len(s.methods); uint32(n) == s.local.MaxBindings || int(h.Code) != n+1 {
		return s.violate(frame.ReasonProtocol,
			"BIND of number %d: %d are bound and at most %d may be, in order",
			h.Code, n, s.local.MaxBindings)
	}
	if err := frame.CheckName(name); err != nil {
		return s.violate(frame.ReasonProtocol, "BIND: %v", err)
	}
	s.methods = append(s.methods, &Method{Name: string(name), mark: markOf(name)})
	return true
}
