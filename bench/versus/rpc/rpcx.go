package main

import (
	"context"
	"net"

	rpcx "github.com/smallnest/rpcx/client"
	"github.com/smallnest/rpcx/log"
	"github.com/smallnest/rpcx/protocol"
	"github.com/smallnest/rpcx/server"
	"github.com/smallnest/rpcx/share"

	"github.com/leverrpc/lever/bench/load/sample"
)

func init() {
	log.SetDummyLogger()
	share.RegisterCodec(protocol.ProtoBuffer, protobuf{})
}

func serveRPCX() (addr string, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	s := server.NewServer()
	s.AddHandler("bench", objectMethod, rpcxEcho[sample.Order])
	s.AddHandler("bench", bytesMethod, rpcxEcho[[]byte])
	go s.ServeListener("tcp", l) // until the process ends
	return l.Addr().String(), nil
}

func rpcxEcho[T any](ctx *server.Context) error {
	v := new(T)
	if err := ctx.Bind(v); err != nil {
		return err
	}
	return ctx.Write(v)
}

// rpcxConn is a connection of rpcx.
type rpcxConn struct{ c *rpcx.Client }

func dialRPCX(addr string) (conn, error) {
	o := rpcx.DefaultOption
	o.SerializeType = protocol.ProtoBuffer
	c := rpcx.NewClient(o)
	if err := c.Connect("tcp", addr); err != nil {
		return nil, err
	}
	return rpcxConn{c}, nil
}

func (c rpcxConn) object(in, out *sample.Order) error {
	return c.c.Call(context.Background(), "bench", objectMethod, in, out)
}

func (c rpcxConn) bytes(in []byte) (out []byte, err error) {
	err = c.c.Call(context.Background(), "bench", bytesMethod, &in, &out)
	return out, err
}

func (c rpcxConn) close() error { return c.c.Close() }
