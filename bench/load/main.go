// Load measures Lever against a floor: the same bytes over the same sockets with no protocol to
// speak of. It needs no server: it starts one, as a process of its own, for each target that it
// compares.
//
//	go run ./bench/load -compare floor/gnet,lever/worker -case obj -shape 1x1,64x1
//
// See package campaign for how targets are compared, and -h for everything else.
package main

import (
	"github.com/leverrpc/lever/bench/load/campaign"
	"github.com/leverrpc/lever/bench/load/floor"
	"github.com/leverrpc/lever/bench/load/lever"
)

func main() {
	campaign.Main(append(floor.Targets(), lever.Targets()...), "floor/gnet,lever/worker,lever/inline")
}
