package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/leverrpc/lever/conformance/script"
	"github.com/leverrpc/lever/conformance/subject"
	"github.com/leverrpc/lever/engine/transport"
)

// serve is the Go server under test. It writes its address, drains when in ends, and returns.
func serve(ctx context.Context, addr string, in io.Reader, out io.Writer) error {
	s, err := subject.NewServer(transport.Config{})
	if err != nil {
		return err
	}
	if err := s.Listen(addr); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(out, s.Addrs()[0]); err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	go func() {
		io.Copy(io.Discard, in) // what is said does not matter, only that it ends
		stop()
	}()
	return s.Serve(ctx)
}

// puppet is the Go client under test: it reads commands and writes news, a line of JSON each.
func puppet(in io.Reader, out io.Writer) error {
	var mu sync.Mutex
	enc := json.NewEncoder(out)
	p := subject.NewPuppet(transport.Config{}, func(n script.News) {
		mu.Lock()
		defer mu.Unlock()
		enc.Encode(n) // a runner that is gone ends in as well
	})
	dec := json.NewDecoder(in)
	for {
		var c script.Command
		err := dec.Decode(&c)
		if errors.Is(err, io.EOF) {
			return p.Close()
		}
		if err == nil {
			err = p.Do(c)
		}
		if err != nil {
			return errors.Join(err, p.Close())
		}
	}
}
