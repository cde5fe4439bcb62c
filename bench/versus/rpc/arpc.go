package main

import (
	"context"
	"net"
	"time"

	"github.com/lesismal/arpc"
	"github.com/lesismal/arpc/log"

	"github.com/leverrpc/lever/bench/load/sample"
)

func init() { log.SetLevel(log.LevelNone) }

func serveARPC() (addr string, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	s := arpc.NewServer()
	s.Codec = protobuf{}
	s.Handler.Handle(objectMethod, arpcEcho[sample.Order])
	s.Handler.Handle(bytesMethod, func(ctx *arpc.Context) { ctx.Write(ctx.Body()) })
	go s.Serve(l) // until the process ends
	return l.Addr().String(), nil
}

func arpcEcho[T any](ctx *arpc.Context) {
	v := new(T)
	if err := ctx.Bind(v); err != nil {
		ctx.Error(err)
		return
	}
	ctx.Write(v)
}

// arpcConn is a connection of arpc.
type arpcConn struct{ c *arpc.Client }

func dialARPC(addr string) (conn, error) {
	c, err := arpc.NewClient(func() (net.Conn, error) {
		return net.DialTimeout("tcp", addr, 5*time.Second)
	})
	if err != nil {
		return nil, err
	}
	c.Codec = protobuf{}
	return arpcConn{c}, nil
}

func (c arpcConn) object(in, out *sample.Order) error {
	return c.c.CallContext(context.Background(), objectMethod, in, out)
}

func (c arpcConn) bytes(in []byte) (out []byte, err error) {
	err = c.c.CallContext(context.Background(), bytesMethod, in, &out)
	return out, err
}

func (c arpcConn) close() error {
	c.c.Stop()
	return nil
}
