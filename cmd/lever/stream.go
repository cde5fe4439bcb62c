package main

import (
	"context"
	"encoding/base64"
	"errors"
	"flag"
	"io"

	"github.com/leverrpc/lever/engine"
	"github.com/leverrpc/lever/wire"
)

var streamCommand = command{
	name:  "stream",
	args:  "URL [JSON...]",
	brief: "open a stream: lines in, lines out",
	about: `Opens the stream behind URL. Each line of standard input is a JSON text and is sent as
one message; each message received is printed as one line. The end of standard input closes the
sending side. The command ends with the stream, which is when the other side answers the call; an interrupt
cancels it. If the other side says something in the end, standard error has it.
With --bytes standard input is sent in chunks of raw bytes, and received bytes are written as
they are on a pipe and as a hex dump on a terminal; without, they print as {"$bytes": "base64"}.`,
	shows: `lever stream lever://localhost/document/notes/watchChan 0
lever stream --bytes lever://localhost/document/notes/uploadChan < film.mp4`,
	prepare: func(fs *flag.FlagSet) action {
		var r remote
		r.declare(fs)
		fs.BoolVar(&r.bytes, "bytes", false, "send and write raw bytes")
		return func(ctx context.Context, w *world, args []string) error {
			return stream(ctx, w, &r, args)
		}
	},
}

// stream opens the stream and lets it run to its end.
func stream(ctx context.Context, w *world, r *remote, args []string) (err error) {
	if len(args) == 0 {
		return misuse("the URL is missing")
	}
	u, err := r.url(w, args[0])
	if err != nil {
		return err
	}
	if !engine.IsStreaming(u.Method) {
		return misuse("%s is no stream by its name: use 'lever call'", u.Method)
	}
	list, err := jsonArguments(args[1:])
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
	method := client.Method(u.String())
	if r.bytes {
		ch, err := engine.Open[engine.Payload, []byte](ctx, method, list...)
		if err != nil {
			return callFailure(args[0], err)
		}
		return converse(w, args[0], ch, chunks{w.stdin}.next, w.message)
	}
	ch, err := engine.Open[engine.Payload, wire.Raw](ctx, method, list...)
	if err != nil {
		return callFailure(args[0], err)
	}
	return converse(w, args[0], ch, newLines(w.stdin).next, w.messageLine)
}

// converse sends what next gives and prints what comes, until the other side ends the stream. A
// fault in the input ends it, too. The goroutine that sends may then still wait for input that
// never comes; it touches nothing but its own end of the stream, and the process is about to end.
func converse[Out any](w *world, url string, ch *engine.Chan[engine.Payload, Out],
	next func() (Out, error), print func(engine.Payload) error) error {
	fault := make(chan error, 1) // at most one fault of the input
	go func() {
		if err := feed(url, ch, next); err != nil {
			fault <- err
			ch.Close() // the loop below ends and finds the fault
		}
	}()
	for m, err := range ch.All() {
		if err == nil {
			err = print(m)
		} else {
			err = callFailure(url, err)
		}
		if err != nil {
			ch.Close()
			return either(fault, err)
		}
	}
	end, err := ch.Result() // while what is left of the input goes out
	if err != nil {
		return either(fault, callFailure(url, err))
	}
	if !end.IsZero() {
		w.note("result: %s", shown(end))
	}
	return either(fault, nil)
}

// shown is the value with which a stream has ended, in one line.
func shown(p engine.Payload) string {
	if !p.IsBytes() {
		if text, err := appendJSON(nil, p.Raw(), false); err == nil {
			return string(text)
		}
	}
	return p.String()
}

// either gives the fault of the input, if there was one, or else err.
func either(fault <-chan error, err error) error {
	select {
	case err := <-fault:
		return err
	default:
		return err
	}
}

// feed sends what next gives and then half-closes. Its error is a fault of the input, or of a message
// that the other side does not take: one of the stream reaches whoever receives.
func feed[Out any](url string, ch *engine.Chan[engine.Payload, Out], next func() (Out, error)) error {
	for {
		m, err := next()
		if errors.Is(err, io.EOF) {
			return ch.CloseSend()
		}
		if err != nil {
			return err
		}
		switch err := ch.Send(m); {
		case err == nil:
		case ch.Context().Err() == nil:
			return callFailure(url, err)
		default:
			return nil
		}
	}
}

// message prints a message: bytes as they are, a value as a line.
func (w *world) message(p engine.Payload) error {
	return w.result(p, false)
}

// messageLine prints a message as a line, whatever it is.
func (w *world) messageLine(p engine.Payload) error {
	if p.IsBytes() {
		return w.print(`{"$bytes":"%s"}`+"\n", base64.StdEncoding.EncodeToString(p.Bytes()))
	}
	return w.result(p, false)
}
