package main

import (
	"context"
	"io"
	"net"
	"runtime"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/mem"

	"github.com/leverrpc/lever/bench/load/campaign"
	"github.com/leverrpc/lever/bench/load/meter"
	"github.com/leverrpc/lever/bench/load/sample"
)

// grpcCodec is protobuf for grpc, with its pooled buffers used as its own codec uses them.
type grpcCodec struct{}

// Name implements encoding.CodecV2.
func (grpcCodec) Name() string { return "proto" }

// Marshal implements encoding.CodecV2.
func (grpcCodec) Marshal(v any) (mem.BufferSlice, error) {
	size := orderSize
	if p, ok := v.(*[]byte); ok {
		size = len(*p)
	}
	if mem.IsBelowBufferPoolingThreshold(size) {
		p, err := appendMessage(make([]byte, 0, size), v)
		return mem.BufferSlice{mem.SliceBuffer(p)}, err
	}
	pool := mem.DefaultBufferPool()
	buf := pool.Get(size)
	p, err := appendMessage((*buf)[:0], v)
	if err != nil {
		pool.Put(buf)
		return nil, err
	}
	*buf = p
	return mem.BufferSlice{mem.NewBuffer(buf, pool)}, nil
}

// Unmarshal implements encoding.CodecV2.
func (grpcCodec) Unmarshal(data mem.BufferSlice, v any) error {
	buf := data.MaterializeToBuffer(mem.DefaultBufferPool())
	defer buf.Free()
	return parseMessage(buf.ReadOnlyData(), v)
}

// grpcService is what generated code would describe.
var grpcService = grpc.ServiceDesc{
	ServiceName: "bench",
	HandlerType: (*any)(nil),
	Methods: []grpc.MethodDesc{
		{MethodName: objectMethod, Handler: grpcEcho[sample.Order]},
		{MethodName: bytesMethod, Handler: grpcEcho[[]byte]},
	},
	Streams: []grpc.StreamDesc{
		{StreamName: "ping", Handler: grpcEchoAll, ServerStreams: true, ClientStreams: true},
		{StreamName: "push", Handler: grpcDrop, ClientStreams: true},
		{StreamName: "flood", Handler: grpcFill, ServerStreams: true},
	},
}

func grpcEcho[T any](_ any, _ context.Context, decode func(any) error,
	_ grpc.UnaryServerInterceptor) (any, error) {
	v := new(T)
	return v, decode(v)
}

func grpcEchoAll(_ any, s grpc.ServerStream) error {
	for {
		var p []byte
		if err := s.RecvMsg(&p); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		if err := s.SendMsg(&p); err != nil {
			return err
		}
	}
}

func grpcDrop(_ any, s grpc.ServerStream) error {
	for {
		var p []byte
		if err := s.RecvMsg(&p); err == io.EOF {
			return s.SendMsg(new([]byte))
		} else if err != nil {
			return err
		}
	}
}

func grpcFill(_ any, s grpc.ServerStream) error {
	p := sample.Bytes(64 << 10)
	for range campaign.StallBytes / len(p) {
		if err := s.SendMsg(&p); err != nil {
			return err
		}
	}
	return nil
}

func serveGRPC() (addr string, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	s := grpc.NewServer(grpc.ForceServerCodecV2(grpcCodec{}),
		grpc.NumStreamWorkers(uint32(runtime.GOMAXPROCS(0))))
	s.RegisterService(&grpcService, new(any))
	go s.Serve(l) // until the process ends
	return l.Addr().String(), nil
}

// grpcConn is a connection of grpc.
type grpcConn struct {
	cc     *grpc.ClientConn
	ctx    context.Context // of the streams
	cancel context.CancelFunc
}

func dialGRPC(addr string) (conn, error) {
	cc, err := grpc.NewClient("passthrough:///"+addr,
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.ForceCodecV2(grpcCodec{})))
	if err != nil {
		return nil, err
	}
	c := &grpcConn{cc: cc}
	c.ctx, c.cancel = context.WithCancel(context.Background())
	return c, nil
}

func (c *grpcConn) object(in, out *sample.Order) error {
	return c.cc.Invoke(context.Background(), "/bench/"+objectMethod, in, out)
}

func (c *grpcConn) bytes(in []byte) (out []byte, err error) {
	err = c.cc.Invoke(context.Background(), "/bench/"+bytesMethod, &in, &out)
	return out, err
}

func (c *grpcConn) close() error {
	c.cancel()
	return c.cc.Close()
}

func (c *grpcConn) ping(n int) (meter.Op, error) {
	s, err := c.cc.NewStream(c.ctx, &grpcService.Streams[0], "/bench/ping")
	sent := sample.Bytes(n)
	return func() error {
		if err := s.SendMsg(&sent); err != nil {
			return err
		}
		var got []byte
		if err := s.RecvMsg(&got); err != nil {
			return err
		}
		return sample.CheckBytes(sent, got)
	}, err
}

func (c *grpcConn) push(n, batch int) (meter.Op, error) {
	s, err := c.cc.NewStream(c.ctx, &grpcService.Streams[1], "/bench/push")
	sent := sample.Bytes(n)
	return func() error {
		for range batch {
			if err := s.SendMsg(&sent); err != nil {
				return err
			}
		}
		return nil
	}, err
}

// stallGRPC opens a stream that the server fills, takes one message, and leaves it.
func stallGRPC(c campaign.Client) (release func(), err error) {
	ctx, cancel := context.WithCancel(context.Background())
	cc := c.(*client).conns[0].(*grpcConn).cc
	s, err := cc.NewStream(ctx, &grpcService.Streams[2], "/bench/flood")
	if err == nil {
		err = s.CloseSend()
	}
	if err == nil {
		err = s.RecvMsg(new([]byte))
	}
	if err != nil {
		cancel()
		return nil, err
	}
	return cancel, nil
}
