package main

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	"github.com/leverrpc/lever/cmd/lever/internal/document"
	"github.com/leverrpc/lever/discovery/registry"
	"github.com/leverrpc/lever/engine"
)

// fleetEnv is the environment of the fleet that demo --instances shows.
const fleetEnv = "demo"

// fleetGrace is how long an instance lets its calls finish.
const fleetGrace = 2 * time.Second

// What an instance says, a line each. What it has said outlives it.
const (
	saysRegistered = "registered "
	saysRuns       = "runs " // and the key of a call, before its handler begins
)

// beInstance is the process of an instance: it serves documents until ctx ends, or its standard
// input does. The demo holds the other end, so that no instance outlives it, however it ends.
func beInstance(ctx context.Context, w *world, id string, registries addresses) (err error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	go func() { // ends with the process
		_, _ = io.Copy(io.Discard, w.stdin)
		stop()
	}()
	quiet := slog.New(slog.DiscardHandler)
	conn, err := engine.NewClient(engine.ClientConfig{Addrs: registries, Logger: quiet})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	srv := engine.NewServer(engine.ServerConfig{
		Service: document.ServiceName, Env: fleetEnv, Logger: quiet, Grace: fleetGrace,
		Self: engine.Instance{ID: id},
		Registrar: herald{w, registry.NewClient(conn,
			registry.ClientConfig{Logger: quiet})},
		MaxWait: -1, // the show is not about overload
		Intercept: func(ctx context.Context, _ string, next func(context.Context) error) error {
			info, _ := engine.CallInfo(ctx)
			if err := w.print("%s%x\n", saysRuns, info.Key); err != nil {
				return err
			}
			return next(ctx)
		},
	})
	documents := document.NewService()
	if err := documents.Register(srv); err != nil {
		return err
	}
	context.AfterFunc(ctx, documents.Close)
	return srv.ListenAndServe(ctx, "tcp://127.0.0.1:0")
}
