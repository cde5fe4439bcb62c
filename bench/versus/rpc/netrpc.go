package main

import (
	"net"
	"net/rpc"

	"github.com/leverrpc/lever/bench/load/sample"
)

// Bench is the service of net/rpc, which finds methods by reflection.
type Bench struct{}

// Object echoes a value.
func (Bench) Object(in *sample.Order, out *sample.Order) error { *out = *in; return nil }

// Bytes echoes bytes.
func (Bench) Bytes(in *[]byte, out *[]byte) error { *out = *in; return nil }

func serveNetRPC() (addr string, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	s := rpc.NewServer()
	if err := s.Register(Bench{}); err != nil {
		return "", err
	}
	go s.Accept(l) // until the process ends
	return l.Addr().String(), nil
}

// netRPCConn is a connection of net/rpc.
type netRPCConn struct{ c *rpc.Client }

func dialNetRPC(addr string) (conn, error) {
	c, err := rpc.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	return netRPCConn{c}, nil
}

func (c netRPCConn) object(in, out *sample.Order) error { return c.c.Call("Bench.Object", in, out) }

func (c netRPCConn) bytes(in []byte) (out []byte, err error) {
	err = c.c.Call("Bench.Bytes", &in, &out)
	return out, err
}

func (c netRPCConn) close() error { return c.c.Close() }
