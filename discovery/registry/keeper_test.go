package registry

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/leverrpc/lever/engine"
	"github.com/leverrpc/lever/wire"
)

// desk is a keeper with what a test says to it. Time passes only as the test says.
type desk struct {
	t      *testing.T
	keeper *keeper
	now    time.Duration
	known  []record // the state; nil: there is none
}

const target = "lever://test/bank"

func newDesk(t *testing.T, config Config, known []record) *desk {
	t.Helper()
	k, err := newKeeper(config.filled(), time.UnixMicro(1e15), known)
	if err != nil {
		t.Fatal(err)
	}
	k.bits = simBits
	return &desk{t: t, keeper: k, known: known}
}

// wait lets time pass, and publishes what is due.
func (d *desk) wait(pass time.Duration) {
	for end := d.now + pass; ; d.now += 10 * time.Millisecond {
		changed := d.keeper.due(d.now)
		for _, s := range changed {
			d.known = append(d.known, s.record())
		}
		d.keeper.publish(d.now, changed)
		if d.now >= end {
			return
		}
	}
}

// person is an announcement of an instance.
func person(id string, incarnation uint64) (instance, terms) {
	return instance{ID: id, Incarnation: incarnation, Addr: "tcp://" + id + ":1"},
		terms{Key: strings.Repeat("k", minKey), Level: levelLeased}
}

// announce registers an instance, or fails.
func (d *desk) announce(id string, change func(*instance, *terms)) *seat {
	d.t.Helper()
	st, err := d.tryAnnounce(id, change)
	if err != nil {
		d.t.Fatal(err)
	}
	return st
}

func (d *desk) tryAnnounce(id string, change func(*instance, *terms)) (*seat, error) {
	in, t := person(id, 1)
	if change != nil {
		change(&in, &t)
	}
	return d.keeper.announce(d.now, target, in, t, nil)
}

// hear takes a notice, which must be there.
func (d *desk) hear(st *seat) (n notice, v view) {
	d.t.Helper()
	n, ok, err := d.keeper.takeNotice(st)
	if !ok || err != nil {
		d.t.Fatalf("takeNotice: %v, %v", ok, err)
	}
	if len(n.View) > 0 {
		if err := wire.Unmarshal(n.View, &v); err != nil {
			d.t.Fatal(err)
		}
	}
	return n, v
}

func (d *desk) obey(st *seat, o order) error {
	o.Seq = st.heard + 1
	return d.keeper.obey(d.now, st, o)
}

func wantCode(t *testing.T, what string, err error, code engine.Code, field string) {
	t.Helper()
	if engine.CodeOf(err) != code || !strings.Contains(err.Error(), field) {
		t.Errorf("%s: %v, want %v that names %q", what, err, code, field)
	}
}

func TestMalformedAnnouncementsAreRefused(t *testing.T) {
	tests := []struct {
		name  string
		field string
		spoil func(*instance, *terms)
	}{
		{"no id", "id", func(in *instance, _ *terms) { in.ID = "" }},
		{"a long id", "ID", func(in *instance, _ *terms) { in.ID = strings.Repeat("x", 256) }},
		{"an id with a line feed", "ID", func(in *instance, _ *terms) { in.ID = "a\nb" }},
		{"no address", "addr", func(in *instance, _ *terms) { in.Addr = "" }},
		{"an address without a port", "addr", func(in *instance, _ *terms) { in.Addr = "tcp://a" }},
		{"a long address", "addr", func(in *instance, _ *terms) { in.Addr = strings.Repeat("a", 400) }},
		{"too much weight", "weight", func(in *instance, _ *terms) { in.Weight = 65 }},
		{"a negative weight", "weight", func(in *instance, _ *terms) { in.Weight = -1 }},
		{"a long zone", "zone", func(in *instance, _ *terms) { in.Zone = strings.Repeat("x", 256) }},
		{"a negative tier", "tier", func(in *instance, _ *terms) { in.Tier = -1 }},
		{"a short key", "key", func(_ *instance, t *terms) { t.Key = "short" }},
		{"a long key", "key", func(_ *instance, t *terms) { t.Key = strings.Repeat("k", 65) }},
		{"an unknown level", "level", func(_ *instance, t *terms) { t.Level = 3 }},
		{"an epoch out of this world", "epoch", func(_ *instance, t *terms) { t.Epoch = 1 << 63 }},
	}
	for _, tt := range tests {
		d := newDesk(t, Config{Grace: -1}, nil)
		_, err := d.tryAnnounce("a", tt.spoil)
		wantCode(t, tt.name, err, engine.InvalidArgument, tt.field)
		if n := len(d.keeper.services); n > 0 {
			t.Errorf("%s: %d services are left", tt.name, n)
		}
	}
	for _, text := range []string{"", "bank", "lever://test/bank/7", "lever://test/ba", "http://test/bank"} {
		_, err := canonical(text)
		wantCode(t, text, err, engine.InvalidArgument, "target")
	}
}

func TestMalformedOrdersAreRefused(t *testing.T) {
	tests := []struct {
		field string
		order order
	}{
		{"op", order{Op: "dance", Seq: 1}},
		{"seq", order{Op: opRenew}},
		{"slot", order{Op: opRelease, Seq: 1, Slots: []int{1 << simBits}}},
		{"slot", order{Op: opRelease, Seq: 1, Slots: []int{-1}}},
		{"slot", order{Op: opClaim, Seq: 1, Held: []tenure{{0, []int{99}}}}},
		{"since", order{Op: opClaim, Seq: 1, Held: []tenure{{7, []int{1}}}}},
		{"epoch", order{Op: opRelease, Seq: 1, Epoch: 1 << 63}},
	}
	for _, tt := range tests {
		d := newDesk(t, Config{Grace: -1}, nil)
		err := d.keeper.obey(0, d.announce("a", nil), tt.order)
		wantCode(t, tt.order.Op, err, engine.InvalidArgument, tt.field)
	}
}

func TestLimits(t *testing.T) {
	d := newDesk(t, Config{Grace: -1, MaxServices: 3, MaxInstances: 2, MaxStreams: 6}, nil)
	k := d.keeper
	d.announce("a", nil)
	d.announce("b", nil)
	_, err := d.tryAnnounce("c", nil)
	wantCode(t, "an instance too many", err, engine.ResourceExhausted, "2 instances")
	if _, err := k.watch(0, "lever://test/one", 0, nil); err != nil {
		t.Error(err)
	}
	_, err = k.watch(0, "lever://test/two", 0, nil)
	wantCode(t, "a watched service too many", err, engine.ResourceExhausted, "2 services")
	in, terms := person("a", 1)
	if _, err := k.announce(0, "lever://test/two", in, terms, nil); err != nil {
		t.Error(err)
	}
	_, err = k.announce(0, "lever://test/three", in, terms, nil)
	wantCode(t, "a service too many", err, engine.ResourceExhausted, "3 services")
	for range 2 {
		if _, err := k.watch(0, target, 0, nil); err != nil {
			t.Error(err)
		}
	}
	_, err = k.watch(0, target, 0, nil)
	wantCode(t, "a stream too many", err, engine.ResourceExhausted, "6 streams")
}

func TestOrdersAreBoundedInTime(t *testing.T) {
	d := newDesk(t, Config{Grace: -1}, nil)
	st := d.announce("a", nil)
	for range orderBurst {
		if err := d.obey(st, order{Op: opRenew}); err != nil {
			t.Fatal(err)
		}
	}
	wantCode(t, "too many", d.obey(st, order{Op: opRenew}), engine.ResourceExhausted, "orders")
	d.now += time.Second
	for range orderPerSecond {
		if err := d.obey(st, order{Op: opRenew}); err != nil {
			t.Fatal(err)
		}
	}
	wantCode(t, "too many", d.obey(st, order{Op: opRenew}), engine.ResourceExhausted, "orders")
}

func TestAnInstanceThatFlapsDoesNotFloodWatchers(t *testing.T) {
	for _, x := range []struct {
		name     string
		watchers int
		cost     int
	}{
		{"that are few", 1, 1},
		{"that are some", 2 * viewCheap, 3},
		{"that are many", 10 * viewCheap, viewCostMax},
	} {
		t.Run(x.name, func(t *testing.T) { flap(t, x.watchers, viewBurst/x.cost, viewPerSecond/x.cost) })
	}
}

// flap lets an instance come and go for 60 s, and counts the views of it.
func flap(t *testing.T, watchers, burst, perSecond int) {
	d := newDesk(t, Config{Grace: -1}, nil)
	d.announce("quiet", nil)
	d.wait(time.Second)
	var w *seat
	for range watchers {
		st, err := d.keeper.watch(d.now, target, 0, nil)
		if err != nil {
			t.Fatal(err)
		}
		w = st
	}
	views := 0
	for range 3000 {
		if st, err := d.tryAnnounce("flaps", nil); err == nil {
			d.wait(10 * time.Millisecond)
			if err := d.obey(st, order{Op: opLeave}); err != nil {
				t.Fatal(err)
			}
			d.keeper.hangUp(st)
		}
		d.wait(10 * time.Millisecond)
		if e, _ := d.keeper.takeView(w); e != nil {
			views++
		}
	}
	least, most := burst+59*perSecond, burst+61*(perSecond+1)
	if views < least || views > most {
		t.Errorf("%d views in 60 s, want %d to %d", views, least, most)
	}
	if n := len(d.keeper.services); n != 1 {
		t.Errorf("%d services", n)
	}
}

// quiet logs nothing.
func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }
