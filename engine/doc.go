// Package engine is the part of Lever that programs embed: servers, clients, calls and streams.
//
// A service with one method, and a call of it:
//
//	package main
//
//	import (
//		"context"
//		"errors"
//		"fmt"
//
//		"github.com/leverrpc/lever/engine"
//	)
//
//	var Greet = engine.Declare1[string, string]("greet")
//
//	func greet(_ context.Context, name string) (string, error) { return "hello, " + name, nil }
//
//	func main() {
//		ctx, stop := context.WithCancel(context.Background())
//		srv := engine.NewServer(engine.ServerConfig{Service: "hello"})
//		err := errors.Join(srv.Add(Greet.Func(greet)), srv.Listen("tcp://localhost:7400"))
//		client, clientErr := engine.NewClient(engine.ClientConfig{})
//		if err := errors.Join(err, clientErr); err != nil {
//			panic(err)
//		}
//		go func() {
//			fmt.Println(Greet.Call(ctx, client.Service("lever://localhost/hello"), "ann"))
//			stop()
//		}()
//		fmt.Println(srv.Serve(ctx), client.Close())
//	}
//
// # Calls
//
// A method is addressed by a [URL], lever://env[:port]/service[/resource]/method. A name that ends
// in Chan or _chan is a streaming method, see [IsStreaming]; the others are regular. [Call] calls a
// regular one: arguments to a result. [Open] opens a stream and gives a [Chan]: messages both ways,
// each way independent of the other. [Notify] calls without an answer, and [Go] leaves the waiting
// for it for later. [CallBytes] is for raw bytes both ways, with memory of the caller's for the
// result, and [BytesFuture] is both. A [Method] says how its calls are made: [Method.Once], [Method.Idempotent],
// [Method.Hedged], [Method.Urgent], [Method.Bulk]. A [Declared1] and its like state name and types
// once for both sides, and spare calls the boxing of arguments.
//
// # Values and bytes
//
// Arguments, results and messages are values: what encoding/json could hold, in the encoding of
// package wire, by the rules of json struct tags. A sole argument, a result or a message that is a
// []byte goes as raw bytes instead, without any encoding. [Payload] is either kind, decided at run
// time, when it is a whole argument, result or message; within other values it has no meaning.
//
// # Resources
//
// A [Service] may address a resource: an object that lives at one instance, which owns it. Which
// one that is follows from the [View]; callers send its calls there. What this promises depends on
// what is configured:
//
//	nothing          callers with the same view reach the same instance. When an instance joins or
//	                 leaves, its share of the resources moves. While views differ, or one stands in
//	                 for another (ClientConfig.Failover), two instances may serve one resource.
//	a [Registrar]    also, an instance refuses what another owns by its own newest view, and the
//	                 caller goes there. Two instances may serve a resource only as long as one of
//	                 them has not seen a change.
//	one with leases  also, an instance that has lost touch stops before others begin, if its clock
//	and a ledger     runs at the right rate within the lease's margin and its handlers end with
//	                 their contexts; and a resource that is in use stays where it is until its
//	                 instance goes, or [Server.Rebalance] is asked for.
//	[Fence]          also, storage can refuse what comes late.
//
// Nothing but that last one helps against a process that was stopped in the middle of a write, and
// goes on with it when its lease is over.
//
// A server may keep something for each resource that is in use, see [Hooks], and handlers get it
// from [ResourceOf]. A stream of a resource that goes elsewhere ends with the code Moved: opened
// again, it reaches the new owner.
//
// # Errors
//
// Every error that ends a call or a stream is an [*Error]: its code says what happened, as
// errors.Is(err, engine.NoMethod); [EffectOf] says whether the handler may have run. Calls are
// tried again by themselves where that is safe: where nothing was sent, or where the other side
// says, or the protocol proves, that no handler ran. A call whose connection was lost is tried
// again too if it is [Method.Idempotent], on any instance, or made by [Method.Once], on the one
// that remembers it. How often is bounded per call, and for a client as a whole.
//
// # Overload
//
// A [Server] measures how long calls wait for their handlers to begin. When that is too long it
// refuses some, those made by [Method.Bulk] first and by [Method.Urgent] last, before they have
// cost much. A [Client] whose calls are refused sends them to other instances for as long as it was
// asked to; where there is no other, it fails a part of them itself, with ResourceExhausted and
// NotSent.
//
// # Connections
//
// A [Client] has one connection to an instance, which carries all calls at once, side by side. Two
// things make it open others, up to [ClientConfig.MaxConns]. Calls made by [Method.Bulk], with their
// results and streams, go over one of their own, so that what is small does not queue behind what
// is large in one stream of bytes. And where calls have waited for 50 ms before they could be sent,
// as they do when more of them are in flight than a server grants to one connection, further
// connections take a share of the calls, the less loaded of two at random each time; they are given
// back when fewer would do. An instance is one for the balancing, whatever leads to it. Calls have
// no order among each other, on one connection or on several; the messages of a stream have.
//
// # Memory
//
// What callers pass is copied before a function returns; what they are given is theirs. The
// exceptions are said where they are: what a handler made by [Bytes] is shown is lent until it
// returns, and so is the context of an [Inline] handler.
//
// # Goroutines
//
// Handlers run on goroutines of their own, or where the call was read if they are [Inline]. A
// function of this package that waits ends its wait with its context. A [Server], a [Client], and
// all handles are safe for concurrent use.
//
// The package never retries what may have been executed unless it was told that this does no harm,
// never lets the panic of a handler out of its call, and keeps no goroutine after Shutdown or
// Close.
package engine
