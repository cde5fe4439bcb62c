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

// puppet is a source that tells what a test wants.
type puppet struct {
	watches chan watching
	begun   int
}

// watching is one Watch of a puppet, which ends with what is sent to die.
type watching struct {
	target engine.URL
	emit   func(engine.View)
	die    chan error
}

func newPuppet() *puppet { return &puppet{watches: make(chan watching, 100)} }

func (p *puppet) Watch(ctx context.Context, target engine.URL, emit func(engine.View)) error {
	w := watching{target, emit, make(chan error)}
	p.begun++
	p.watches <- w
	select {
	case err := <-w.die:
		return err
	case <-ctx.Done():
		return nil
	}
}

// bank is the service of these tests.
var bank = engine.URL{Env: "test", Port: engine.DefaultPort, Service: "bank"}

// fleet is a view of instances at some addresses.
func fleet(epoch uint64, hosts ...string) engine.View {
	v := engine.View{Epoch: epoch}
	for _, h := range hosts {
		v.Instances = append(v.Instances, engine.Instance{ID: h, Addr: "tcp://" + h + ":1"})
	}
	return v
}

// hosts is what a view has, as text.
func hosts(v *engine.View) string {
	if v == nil {
		return "nothing"
	}
	var ids []string
	for _, in := range v.Instances {
		ids = append(ids, in.ID)
	}
	return fmt.Sprint(v.Epoch, " ", strings.Join(ids, " "))
}

// stage is a resolver of a puppet whose first Watch has begun.
func stage(t *testing.T, c Config) (*Resolver, *puppet, watching) {
	t.Helper()
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	p := newPuppet()
	r := New(p, c)
	t.Cleanup(func() { r.Close() })
	impatient, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Resolve(impatient, bank); !errors.Is(err, context.Canceled) {
		t.Fatalf("Resolve with a context that is over = %v", err)
	}
	return r, p, <-p.watches
}

// want compares what the resolver gives with what it should.
func want(t *testing.T, r *Resolver, what, view string) {
	t.Helper()
	synctest.Wait()
	got, err := r.Resolve(t.Context(), bank)
	if err != nil || hosts(got) != view {
		t.Errorf("%s: Resolve = %s, %v, want %s", what, hosts(got), err, view)
	}
}

func TestFirstViewIsShownAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _, w := stage(t, Config{})
		began := time.Now()
		go func() {
			time.Sleep(time.Second)
			w.emit(fleet(1, "a", "b"))
		}()
		want(t, r, "the first view", "1 a b")
		if d := time.Since(began); d != time.Second {
			t.Errorf("Resolve waited %v for a view that came after 1s", d)
		}
	})
}

func TestViewsAreDebounced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _, w := stage(t, Config{})
		w.emit(fleet(1, "a"))
		want(t, r, "the first view", "1 a")
		first, _ := r.Resolve(t.Context(), bank)
		began, shown := time.Now(), time.Duration(0)
		for epoch := uint64(2); epoch < 12; epoch++ {
			w.emit(fleet(epoch, "a", fmt.Sprint("b", epoch)))
			time.Sleep(10 * time.Millisecond)
			if v, _ := r.Resolve(t.Context(), bank); v != first && shown == 0 {
				shown = time.Since(began)
			}
		}
		if shown < defaultDebounce || shown > defaultDebounce+10*time.Millisecond {
			t.Errorf("a view was shown after %v, want %v", shown, defaultDebounce)
		}
		time.Sleep(defaultDebounce)
		want(t, r, "the last view", "11 a b11")
	})
}

func TestViewThatTellsTheSameIsTheSame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _, w := stage(t, Config{Debounce: -1})
		w.emit(fleet(0, "a", "b"))
		want(t, r, "the first view", "0 a b")
		first, _ := r.Resolve(t.Context(), bank)
		w.emit(fleet(0, "b", "a"))
		synctest.Wait()
		if v, _ := r.Resolve(t.Context(), bank); v != first {
			t.Error("another order of instances made another view")
		}
		w.emit(fleet(5, "b", "a"))
		want(t, r, "a new epoch", "5 a b")
	})
}

func TestLastGoodViewStays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, p, w := stage(t, Config{})
		w.emit(fleet(1, "a", "b"))
		time.Sleep(time.Second)
		for range 1000 {
			w.die <- errors.New("connection refused")
			want(t, r, "without a source", "1 a b")
			w = <-p.watches
		}
		s, ok := r.State(bank)
		if !ok || s.Err == nil || s.Failures < 2 || hosts(s.View) != "1 a b" {
			t.Errorf("State = %+v, %v", s, ok)
		}
		if s.Since.IsZero() || !s.Shown.Before(s.Since) {
			t.Errorf("shown %v, failing since %v", s.Shown, s.Since)
		}
	})
}

func TestDeadSourceIsAskedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, p, w := stage(t, Config{Idle: -1})
		w.emit(fleet(1, "a"))
		began := time.Now()
		const deaths = 200
		for range deaths {
			w.die <- errors.New("gone")
			w = <-p.watches
		}
		mean := time.Since(began) / deaths
		if mean < defaultBackoff/4 || mean > defaultBackoff*3/4 {
			t.Errorf("%v between two questions, want about %v", mean, defaultBackoff/2)
		}
		w.emit(fleet(2, "b"))
		time.Sleep(defaultDebounce)
		want(t, r, "after the source came back", "2 b")
		if s, _ := r.State(bank); s.Err != nil || s.Failures != 0 {
			t.Errorf("State = %+v", s)
		}
		time.Sleep(time.Hour)
		began = time.Now()
		w.die <- errors.New("gone")
		<-p.watches
		if d := time.Since(began); d > pauseMin {
			t.Errorf("a source that was well for long is asked again after %v", d)
		}
	})
}

func TestMalformedViewIsRefusedWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _, w := stage(t, Config{Debounce: -1})
		w.emit(fleet(3, "a", "b"))
		bad := fleet(4, "a", "c")
		bad.Instances[1].Weight = 65
		for what, view := range map[string]engine.View{
			"a weight":           bad,
			"an old epoch":       fleet(2, "c"),
			"no epoch any more":  fleet(0, "c"),
			"one epoch for two":  fleet(3, "c"),
			"an instance, twice": fleet(5, "c", "c"),
		} {
			w.emit(view)
			want(t, r, what, "3 a b")
			if s, _ := r.State(bank); s.Err == nil {
				t.Errorf("%s: State has no error", what)
			}
		}
		w.emit(fleet(3, "b", "a"))
		synctest.Wait()
		if s, _ := r.State(bank); s.Err != nil {
			t.Errorf("after a good view: State has %v", s.Err)
		}
	})
}

func TestServiceThatIsUnknownEndsLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, p, w := stage(t, Config{Idle: -1})
		w.emit(fleet(7, "a"))
		synctest.Wait()
		began := time.Now()
		w.die <- fmt.Errorf("look up bank: %w", ErrNoService)
		for time.Since(began) < defaultKeep-defaultBackoff {
			(<-p.watches).die <- fmt.Errorf("look up bank: %w", ErrNoService)
			want(t, r, "while it may be a mistake", "7 a")
		}
		time.Sleep(2 * defaultBackoff)
		want(t, r, "after that", "7 ")
		w = <-p.watches
		w.emit(fleet(7, "a"))
		time.Sleep(defaultDebounce)
		want(t, r, "when it is there again", "7 a")
	})
}

func TestLossOfMostInstancesIsHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, _, w := stage(t, Config{Hold: 10 * time.Second})
		w.emit(fleet(1, "a", "b", "c", "d"))
		want(t, r, "the first view", "1 a b c d")
		w.emit(fleet(2, "a"))
		time.Sleep(9 * time.Second)
		want(t, r, "a view that lacks three of four", "1 a b c d")
		if s, _ := r.State(bank); !s.Held {
			t.Error("State says nothing of the view that is held")
		}
		w.emit(fleet(3, "a", "b"))
		time.Sleep(defaultDebounce)
		want(t, r, "one that lacks half", "3 a b")
		w.emit(fleet(4))
		time.Sleep(5 * time.Second)
		w.emit(fleet(5, "x"))
		time.Sleep(4 * time.Second)
		want(t, r, "views that lack all", "3 a b")
		time.Sleep(time.Second)
		want(t, r, "when they were held long enough", "5 x")
	})
}
