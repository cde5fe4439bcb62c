package main

import (
	"context"
	"net"

	kitex "github.com/cloudwego/kitex/client"
	"github.com/cloudwego/kitex/pkg/klog"
	"github.com/cloudwego/kitex/pkg/serviceinfo"
	"github.com/cloudwego/kitex/server"

	"github.com/leverrpc/lever/bench/load/sample"
)

func init() { klog.SetLevel(klog.LevelFatal) }

// kitexService is what generated code would describe.
var kitexService = &serviceinfo.ServiceInfo{
	ServiceName:  "bench",
	PayloadCodec: serviceinfo.Thrift,
	Methods: map[string]serviceinfo.MethodInfo{
		objectMethod: serviceinfo.NewMethodInfo(kitexObject,
			func() any { return &orderMessage{id: argsField} },
			func() any { return new(orderMessage) }, false),
		bytesMethod: serviceinfo.NewMethodInfo(kitexBytes,
			func() any { return &bytesMessage{id: argsField} },
			func() any { return new(bytesMessage) }, false),
	},
	Extra: map[string]any{"PackageName": "bench"},
}

func kitexObject(_ context.Context, _, args, result any) error {
	result.(*orderMessage).order = args.(*orderMessage).order
	return nil
}

func kitexBytes(_ context.Context, _, args, result any) error {
	result.(*bytesMessage).bytes = args.(*bytesMessage).bytes
	return nil
}

func serveKitex() (addr string, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	s := server.NewServer(server.WithListener(l), server.WithMuxTransport())
	if err := s.RegisterService(kitexService, new(any)); err != nil {
		return "", err
	}
	go s.Run() // until the process ends
	return l.Addr().String(), nil
}

// kitexConn is a client of kitex that has one multiplexed connection.
type kitexConn struct{ c kitex.Client }

func dialKitex(addr string) (conn, error) {
	c, err := kitex.NewClient(kitexService, kitex.WithDestService("bench"), kitex.WithHostPorts(addr),
		kitex.WithMuxConnection(1))
	if err != nil {
		return nil, err
	}
	return kitexConn{c}, nil
}

func (c kitexConn) object(in, out *sample.Order) error {
	args, result := orderMessage{id: argsField, order: *in}, orderMessage{}
	if err := c.c.Call(context.Background(), objectMethod, &args, &result); err != nil {
		return err
	}
	*out = result.order
	return nil
}

func (c kitexConn) bytes(in []byte) ([]byte, error) {
	args, result := bytesMessage{id: argsField, bytes: in}, bytesMessage{}
	err := c.c.Call(context.Background(), bytesMethod, &args, &result)
	return result.bytes, err
}

func (c kitexConn) close() error {
	if closer, ok := c.c.(interface{ Close() error }); ok {
		return closer.Close()
	}
	return nil
}
