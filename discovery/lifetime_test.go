package discovery

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/leverrpc/lever/engine"
)

func TestServiceIsWatchedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, p, w := stage(t, Config{})
		answers := make(chan string, 10)
		target := bank
		target.Port, target.Resource, target.Method = 0, "ann", "get"
		for range cap(answers) {
			go func() {
				v, err := r.Resolve(t.Context(), target)
				answers <- fmt.Sprint(hosts(v), err)
			}()
		}
		synctest.Wait()
		w.emit(fleet(1, "a"))
		for range cap(answers) {
			if got := <-answers; got != "1 a<nil>" {
				t.Error(got)
			}
		}
		if p.begun != 1 || w.target != bank {
			t.Errorf("%d watches, the first of %v", p.begun, w.target)
		}
	})
}

func TestPatienceEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _, w := stage(t, Config{})
		w.die <- errors.New("no route to it")
		began := time.Now()
		_, err := r.Resolve(t.Context(), bank)
		if err == nil || !strings.HasSuffix(err.Error(), "test/bank: no route to it") {
			t.Errorf("Resolve = %v", err)
		}
		if d := time.Since(began); d != defaultPatience {
			t.Errorf("the first caller waited %v, want %v", d, defaultPatience)
		}
		if _, err = r.Resolve(t.Context(), bank); err == nil ||
			time.Since(began) != defaultPatience {
			t.Errorf("a later caller: %v after %v", err, time.Since(began))
		}
	})
}

func TestWaitEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _, w := stage(t, Config{Patience: -1})
		cause := errors.New("no route to it")
		w.die <- cause
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := r.Resolve(ctx, bank); !errors.Is(err, context.DeadlineExceeded) ||
			!errors.Is(err, cause) {
			t.Errorf("Resolve = %v", err)
		}
	})
}

func TestServiceThatNobodyAsksForIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, p, w := stage(t, Config{})
		w.emit(fleet(1, "a"))
		for range 10 {
			time.Sleep(defaultIdle - time.Second)
			want(t, r, "in use", "1 a")
		}
		time.Sleep(2 * defaultIdle)
		synctest.Wait()
		if s, ok := r.State(bank); ok {
			t.Errorf("still watched: %+v", s)
		}
		go func() { (<-p.watches).emit(fleet(2, "b")) }()
		want(t, r, "asked for again", "2 b")
	})
}

func TestServiceIsNotForgottenWhileSomebodyWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _, w := stage(t, Config{Patience: -1})
		go func() {
			time.Sleep(10 * defaultIdle)
			w.emit(fleet(1, "a"))
		}()
		want(t, r, "after long", "1 a")
	})
}

func TestServicesAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _, w := stage(t, Config{MaxServices: 2})
		w.emit(fleet(1, "a"))
		gaveUp, cancel := context.WithCancel(t.Context())
		cancel()
		second, third := bank, bank
		second.Service, third.Service = "mint", "shop"
		if _, err := r.Resolve(gaveUp, second); !errors.Is(err, context.Canceled) {
			t.Errorf("the second service: %v", err)
		}
		if _, err := r.Resolve(t.Context(), third); err == nil ||
			!strings.Contains(err.Error(), "2 services") {
			t.Errorf("the third of two services: %v", err)
		}
		want(t, r, "the first", "1 a")
		bad := engine.URL{Env: "test", Service: "no service"}
		if _, err := r.Resolve(t.Context(), bad); err == nil {
			t.Error("a name that no service has was no error")
		}
	})
}

func TestCloseEndsEverything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _, w := stage(t, Config{Patience: -1})
		w.die <- errors.New("a cause that does not matter any more")
		waiter := make(chan error)
		go func() {
			_, err := r.Resolve(t.Context(), bank)
			waiter <- err
		}()
		synctest.Wait()
		if err := r.Close(); err != nil {
			t.Errorf("Close = %v", err)
		}
		if err := <-waiter; !errors.Is(err, ErrClosed) {
			t.Errorf("the one who waited got %v", err)
		}
		if _, err := r.Resolve(t.Context(), bank); !errors.Is(err, ErrClosed) {
			t.Errorf("Resolve after Close = %v", err)
		}
		w.emit(fleet(1, "a")) // must not block, though it comes too late
		if err := r.Close(); err != nil {
			t.Errorf("the second Close = %v", err)
		}
	}) // the bubble waits for all goroutines
}

func TestCauseIsLoggedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		r, p, w := stage(t, Config{Logger: slog.New(slog.NewTextHandler(&log, nil)), Idle: -1})
		for i := range 100 {
			w.die <- fmt.Errorf("port %d: connection refused", 40000+i)
			w = <-p.watches
		}
		w.emit(fleet(1, "a"))
		synctest.Wait()
		if n := strings.Count(log.String(), "connection refused"); n != 1 {
			t.Errorf("the cause was logged %d times", n)
		}
		if n := strings.Count(log.String(), "well again"); n != 1 {
			t.Errorf("the end of it was logged %d times", n)
		}
		for i := range 100 {
			w.die <- fmt.Errorf("cause %c%c", 'a'+i%10, 'a'+i/10)
			w = <-p.watches
		}
		r.Close()
		if n := strings.Count(log.String(), "\n"); n > 100 {
			t.Errorf("%d lines of log:\n%s", n, log.String())
		}
	})
}
