package registry

import (
	"context"
	"time"

	"github.com/leverrpc/lever/engine"
	"github.com/leverrpc/lever/wire"
)

// Handlers gives the registry's methods, for an engine.Server whose service is [Service].
func (r *Registry) Handlers() []engine.Named {
	return []engine.Named{
		{Name: registerMethod, Handler: engine.Chan3(r.register)},
		{Name: watchMethod, Handler: engine.Chan2(r.watch)},
		{Name: viewMethod, Handler: engine.Func1(r.view)},
	}
}

// register serves an instance: its announcement is the call, its orders are messages.
func (r *Registry) register(ctx context.Context, target string, in instance, t terms,
	ch *engine.Chan[order, notice]) error {
	target, err := canonical(target)
	if err != nil {
		return err
	}
	var st *seat
	err = r.command(func(k *keeper, now time.Duration) (err error) {
		st, err = k.announce(now, target, in, t, make(chan struct{}, 1))
		return err
	})
	if err != nil {
		return err
	}
	go r.listen(st, ch)
	return r.serve(ctx, st, func(k *keeper) (func() error, error) {
		n, ok, err := k.takeNotice(st)
		if err != nil || !ok {
			return nil, err
		}
		return func() error { return ch.Send(n) }, nil
	})
}

// listen takes an instance's orders, until its stream ends.
func (r *Registry) listen(st *seat, ch *engine.Chan[order, notice]) {
	for o, err := range ch.All() {
		if err != nil {
			return
		}
		if err := r.command(func(k *keeper, now time.Duration) error {
			err := k.obey(now, st, o)
			if err != nil {
				k.end(st, err)
			}
			return err
		}); err != nil {
			return
		}
	}
	// The instance says no more. Its lease ends in time, unless it comes back.
	_ = r.command(func(k *keeper, _ time.Duration) error {
		k.end(st, engine.Errorf(engine.Cancelled, "the instance says no more"))
		return nil
	})
}

// watch serves somebody who watches a service.
func (r *Registry) watch(ctx context.Context, target string, epoch uint64,
	ch *engine.Chan[engine.None, wire.Raw]) error {
	target, err := canonical(target)
	if err != nil {
		return err
	}
	var st *seat
	err = r.command(func(k *keeper, now time.Duration) (err error) {
		st, err = k.watch(now, target, epoch, make(chan struct{}, 1))
		return err
	})
	if err != nil {
		return err
	}
	return r.serve(ctx, st, func(k *keeper) (func() error, error) {
		e, err := k.takeView(st)
		if err != nil || e == nil {
			return nil, err
		}
		return func() error { return ch.Send(e.raw) }, nil
	})
}

// view gives the newest view of a service, for people. It is an error if there is none.
func (r *Registry) view(_ context.Context, target string) (raw wire.Raw, err error) {
	if target, err = canonical(target); err != nil {
		return nil, err
	}
	err = r.command(func(k *keeper, _ time.Duration) error {
		e := k.view(target)
		if e == nil {
			return engine.Errorf(engine.NoResource, "%s has no instance here", target)
		}
		raw = e.raw
		return nil
	})
	return raw, err
}
