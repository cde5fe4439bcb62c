package transport

import (
	"io"

	"github.com/leverrpc/lever/pool"
)

const (
	idleRead  = 4 << 10  // what a connection that is not busy reads into
	readBytes = 64 << 10 // the most that is read at once
)

// source gives the bytes that arrive. They are lent until the next call.
type source interface {
	next() ([]byte, error)
}

// plainSource reads from any reader. It must hold a buffer while it waits, so it holds a small
// one; a read that fills the small buffer makes it borrow a large one, which it keeps for as
// long as reads stay larger than the small one.
type plainSource struct {
	r     io.Reader
	small []byte
	large *pool.Buf
	last  int // the size of the last read
}

func (s *plainSource) next() ([]byte, error) {
	s.fit()
	p := s.small
	if s.large != nil {
		p = s.large.B[:readBytes]
	} else if p == nil {
		s.small = make([]byte, idleRead)
		p = s.small
	}
	n, err := s.r.Read(p)
	for n == 0 && err == nil {
		n, err = s.r.Read(p)
	}
	if n == 0 {
		s.large.Release()
		s.large = nil
		return nil, err
	}
	s.last = n
	// A reader may give bytes and an error at once; it gives the error again.
	return p[:n], nil
}

// fit chooses the next buffer by the size of the last read. The bytes of that read are no
// longer needed.
func (s *plainSource) fit() {
	switch {
	case s.last < idleRead && s.large != nil:
		s.large.Release()
		s.large = nil
	case s.last >= idleRead && s.large == nil:
		s.large = pool.Get(readBytes)
	}
}
