package registry

import (
	"io"
	"testing"
	"time"

	"github.com/leverrpc/lever/engine"
)

// A registry whose clock, or whose state, went back gives epochs that are later all the same.
func TestEpochsFollowThoseThatWereSeen(t *testing.T) {
	d := newDesk(t, Config{Grace: -1}, []record{entry(target, 100, "a")})
	d.wait(time.Second)
	w, err := d.keeper.watch(d.now, target, 5000, nil)
	if err != nil {
		t.Fatal(err)
	}
	d.wait(time.Second)
	if e, _ := d.keeper.takeView(w); e == nil || e.epoch != 5001 {
		t.Errorf("who has seen epoch 5000 is shown %+v", e)
	}
	st := d.announce("a", func(_ *instance, t *terms) { t.Epoch = 7000 })
	d.wait(time.Second)
	if _, v := d.hear(st); v.Epoch != 7001 {
		t.Errorf("who has seen epoch 7000 is shown %d", v.Epoch)
	}
	_, err = d.keeper.watch(d.now, target, 1<<60, nil)
	wantCode(t, "an epoch out of this world", err, engine.InvalidArgument, "epoch")
}

// Nobody could renew anything while the process was stopped.
func TestPauseOfTheRegistryEndsNoLease(t *testing.T) {
	d := newDesk(t, Config{Grace: -1}, nil)
	d.announce("a", nil)
	d.wait(5 * time.Second)
	d.now += time.Hour
	d.wait(4 * time.Second)
	if n := len(d.keeper.services[target].members); n != 1 {
		t.Fatal("a lease was over as soon as the process went on")
	}
	d.wait(2 * time.Second)
	if n := len(d.keeper.services[target].members); n != 0 {
		t.Error("the lease never ends")
	}
}

func TestSlowWatcherGetsTheNewestView(t *testing.T) {
	d := newDesk(t, Config{Grace: -1}, nil)
	w, err := d.keeper.watch(d.now, target, 0, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"a", "b", "c", "d"} {
		d.announce(id, nil)
		d.wait(time.Second)
	}
	first, _ := d.keeper.takeView(w)
	second, _ := d.keeper.takeView(w)
	if first == nil || len(first.instances) != 4 || second != nil {
		t.Errorf("a slow watcher takes %+v, and then %+v", first, second)
	}
}

// An order that crosses the goodbye must not end the stream before that is acknowledged.
func TestOrdersBehindTheGoodbyeAreIgnored(t *testing.T) {
	d := newDesk(t, Config{Grace: -1}, nil)
	st := d.announce("a", nil)
	d.wait(time.Second)
	d.hear(st)
	for _, op := range []string{opLeave, opRelease, opRenew} {
		if err := d.obey(st, order{Op: op}); err != nil {
			t.Errorf("%s: %v", op, err)
		}
	}
	d.wait(time.Second)
	if n, _ := d.hear(st); n.Done != 1 {
		t.Errorf("done is %d, want 1", n.Done)
	}
	if _, _, err := d.keeper.takeNotice(st); err != io.EOF {
		t.Errorf("the stream ends with %v", err)
	}
}
