// Rpc measures Lever and its peers in one run: other RPC frameworks for Go, in the same shapes,
// with the same payloads, by the same load generator, each with a server process of its own.
//
//	cd bench/versus && go run ./rpc -compare floor/gnet,lever/worker,grpc,kitex -case obj -shape 64x1
//
// Each peer is used the fast way that its documentation shows. Those that let a program bring its
// own encoding get one that is written by hand for the measured struct, so they are compared as
// frameworks and not by the cost of reflection: protobuf's for grpc, rpcx, arpc and drpc, thrift's
// for kitex. Lever and net/rpc encode by reflection, as they always do. No deadline is set
// anywhere.
package main

import (
	"slices"

	"github.com/leverrpc/lever/bench/load/campaign"
	"github.com/leverrpc/lever/bench/load/floor"
	"github.com/leverrpc/lever/bench/load/lever"
)

func main() {
	campaign.Main(slices.Concat(floor.Targets(), lever.Targets(), peers()),
		"floor/gnet,lever/worker,lever/inline,grpc,kitex,rpcx,arpc,drpc,net/rpc")
}

// peers are the other frameworks.
func peers() []*campaign.Target {
	return []*campaign.Target{
		{Name: "grpc", About: "google.golang.org/grpc, hand-written protobuf, stream workers",
			Serve: serveGRPC, Dial: dialing(dialGRPC), Stall: stallGRPC},
		{Name: "kitex", About: "cloudwego/kitex, hand-written thrift fast codec, multiplexed connections",
			Serve: serveKitex, Dial: dialing(dialKitex)},
		{Name: "rpcx", About: "smallnest/rpcx, hand-written protobuf, plain handlers",
			Serve: serveRPCX, Dial: dialing(dialRPCX)},
		{Name: "arpc", About: "lesismal/arpc, hand-written protobuf, handlers on the reader",
			Serve: serveARPC, Dial: dialing(dialARPC)},
		{Name: "drpc", About: "storj.io/drpc, hand-written protobuf; one call at a time on a connection",
			Serve: serveDRPC, Dial: dialing(dialDRPC)},
		{Name: "net/rpc", About: "the standard library's, gob",
			Serve: serveNetRPC, Dial: dialing(dialNetRPC)},
	}
}
