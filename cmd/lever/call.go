package main

import (
	"context"
	"errors"
	"flag"

	"github.com/leverrpc/lever/engine"
)

var callCommand = command{
	name:  "call",
	args:  "URL [JSON...]",
	brief: "call a method once and print its result",
	about: `Calls the method behind URL, lever://HOST[:PORT]/SERVICE[/RESOURCE]/METHOD, and prints
its result: a value as JSON, bytes as they are on a pipe and as a hex dump on a terminal. Each
argument is one JSON text. With --bytes standard input, or FILE for @FILE, is sent as raw bytes.
The URL's host is dialled over tcp, unless --host says otherwise.`,
	shows: `lever call lever://localhost/document/notes/read
lever call --env localhost:7400 /document/notes/edit '{"base":0,"insert":"Hello"}'
lever call --bytes lever://localhost/document/notes/upload @photo.jpg
lever call --host unix:///tmp/lever.sock lever://local/document/notes/download > photo.jpg`,
	prepare: func(fs *flag.FlagSet) action {
		var r remote
		r.declare(fs)
		fs.BoolVar(&r.bytes, "bytes", false, "send standard input, or @FILE, as raw bytes")
		pretty := fs.Bool("pretty", false, "indent the JSON text")
		return func(ctx context.Context, w *world, args []string) error {
			return call(ctx, w, &r, args, *pretty)
		}
	},
}

// call does one call. What can be misunderstood is read before anything is dialled.
func call(ctx context.Context, w *world, r *remote, args []string, pretty bool) (err error) {
	if len(args) == 0 {
		return misuse("the URL is missing")
	}
	u, err := r.url(w, args[0])
	if err != nil {
		return err
	}
	if engine.IsStreaming(u.Method) {
		return misuse("%s is a stream by its name: use 'lever stream'", u.Method)
	}
	list, err := r.arguments(w, args[1:])
	if err != nil {
		return err
	}
	client, end, err := r.client(w)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end()) }()
	ctx, cancel := r.limit(ctx)
	defer cancel()
	result, err := engine.Call[engine.Payload](ctx, client.Method(u.String()), list...)
	if err != nil {
		return callFailure(args[0], err)
	}
	return w.result(result, pretty)
}

// arguments gives the argument list of a call.
func (r *remote) arguments(w *world, args []string) ([]any, error) {
	if !r.bytes {
		return jsonArguments(args)
	}
	b, err := w.bytesArgument(args)
	return []any{b}, err
}

// result prints what a call returned.
func (w *world) result(p engine.Payload, pretty bool) error {
	if p.IsBytes() {
		return w.bytes(p.Bytes())
	}
	text, err := appendJSON(nil, p.Raw(), pretty)
	if err != nil {
		return err
	}
	return w.print("%s\n", text)
}
