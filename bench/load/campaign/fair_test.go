package campaign

import (
	"errors"
	"testing"
	"time"

	"github.com/leverrpc/lever/bench/load/meter"
)

func TestGreedGoesOnUntilItsEnd(t *testing.T) {
	turns := make(chan int)
	g := startGreed([]meter.Op{
		func() error { turns <- 0; return nil },
		func() error { turns <- 1; return nil },
	})
	var seen [2]int
	patience := time.After(10 * time.Second)
	for seen[0] == 0 || seen[1] == 0 {
		select {
		case i := <-turns:
			seen[i]++
		case <-patience:
			t.Fatalf("the two had %v turns", seen)
		}
	}
	ended := make(chan uint64)
	go func() {
		done, err := g.end()
		if err != nil {
			t.Error(err)
		}
		ended <- done
	}()
	for {
		select {
		case i := <-turns:
			seen[i]++
		case done := <-ended:
			if all := seen[0] + seen[1]; done != uint64(all) {
				t.Errorf("%d operations are counted, %d were done", done, all)
			}
			return
		case <-patience:
			t.Fatal("no end")
		}
	}
}

func TestGreedThatFailsIsReported(t *testing.T) {
	broken := errors.New("broken")
	left := 3
	g := startGreed([]meter.Op{func() error {
		if left--; left < 0 {
			return broken
		}
		return nil
	}})
	g.all.Wait()
	if done, err := g.end(); done != 3 || !errors.Is(err, broken) {
		t.Errorf("%d operations and %v, want 3 and %v", done, err, broken)
	}
}
