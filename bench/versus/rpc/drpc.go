package main

import (
	"context"
	"fmt"
	"net"

	"storj.io/drpc"
	"storj.io/drpc/drpcconn"
	"storj.io/drpc/drpcserver"

	"github.com/leverrpc/lever/bench/load/sample"
)

// drpcHandler is what a mux with generated descriptions would do, without its reflection.
type drpcHandler struct{}

// HandleRPC implements drpc.Handler.
func (drpcHandler) HandleRPC(s drpc.Stream, rpc string) error {
	switch rpc {
	case objectMethod:
		return drpcEcho(s, new(sample.Order))
	case bytesMethod:
		return drpcEcho(s, new([]byte))
	}
	return fmt.Errorf("no method %q", rpc)
}

func drpcEcho(s drpc.Stream, v any) error {
	if err := s.MsgRecv(v, drpcProtobuf{}); err != nil {
		return err
	}
	return s.MsgSend(v, drpcProtobuf{})
}

func serveDRPC() (addr string, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	go drpcserver.New(drpcHandler{}).Serve(context.Background(), l) // until the process ends
	return l.Addr().String(), nil
}

// drpcConn is a connection of drpc. Calls wait for their turn inside of it.
type drpcConn struct{ c *drpcconn.Conn }

func dialDRPC(addr string) (conn, error) {
	nc, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	return drpcConn{drpcconn.New(nc)}, nil
}

func (c drpcConn) object(in, out *sample.Order) error {
	return c.c.Invoke(context.Background(), objectMethod, drpcProtobuf{}, in, out)
}

func (c drpcConn) bytes(in []byte) (out []byte, err error) {
	err = c.c.Invoke(context.Background(), bytesMethod, drpcProtobuf{}, &in, &out)
	return out, err
}

func (c drpcConn) close() error { return c.c.Close() }
