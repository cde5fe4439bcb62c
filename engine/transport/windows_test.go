package transport

import (
	"math/rand/v2"
	"sync"
	"testing"
)

func TestWindowsAreNeverOverdrawn(t *testing.T) {
	w := NewWindows(10_000)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			r, have := rand.New(rand.NewPCG(uint64(i), 0)), int64(0)
			for range 20_000 {
				if r.IntN(2) == 0 {
					got := w.Take(int64(r.IntN(3000)))
					if have += got; got < 0 {
						t.Errorf("took %d", got)
					}
				} else {
					n := int64(r.IntN(int(have) + 1))
					have -= n
					w.Give(n)
				}
				if used := w.Used(); used < 0 || used > 10_000 {
					t.Errorf("%d of 10000 are used", used)
				}
			}
			w.Give(have)
		})
	}
	all.Wait()
	if w.Used() != 0 {
		t.Errorf("%d are used after all was given back", w.Used())
	}
}

func TestWindowsAreShortWhileSomebodyGotTooLittle(t *testing.T) {
	w := NewWindows(6400)
	if w.Take(6400) != 6400 || w.Short() {
		t.Error("all of it was asked for, and nobody got too little")
	}
	if w.Take(1) != 0 || !w.Short() {
		t.Error("somebody got nothing")
	}
	if w.Give(100); w.Short() {
		t.Error("there is some again")
	}
}

func TestConnectionsShareTheBudgetOfTheProcess(t *testing.T) {
	cfg := Config{}.withDefaults()
	if cfg.Session.Budget != processWindows {
		t.Error("connections without a budget do not share one")
	}
	own := NewWindows(1)
	cfg.Session.Budget = own
	if cfg = cfg.withDefaults(); cfg.Session.Budget != own {
		t.Error("a budget of one's own was replaced")
	}
}
