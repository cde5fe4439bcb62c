package discovery

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/leverrpc/lever/engine"
)

// FuzzSieve runs a list of operations and asserts what callers rely on.
func FuzzSieve(f *testing.F) {
	f.Add([]byte{0x12, 0x80, 0x23, 0x01, 0x34, 0xFF, 0x45, 0xC5, 0x56})
	f.Add([]byte{0x41, 0x44, 0xC7, 0x42, 0x30, 0xDF}) // much gone, back, and gone again
	f.Fuzz(func(t *testing.T, ops []byte) {
		s := sieve{debounce: 75 * time.Millisecond, hold: 10 * time.Second, keep: time.Minute}
		now := time.Unix(1e9, 0)
		var offered, lost time.Time // the oldest of what waits; since when the service is unknown
		for _, op := range ops {
			before := s.shown
			switch n := time.Duration(op & 0x3F); op >> 6 {
			case 0, 1:
				if s.offer(now, viewOf(op)) == nil {
					lost = time.Time{}
					if offered.IsZero() {
						offered = now
					}
				}
			case 2:
				if s.missing(now); lost.IsZero() {
					lost = now
				}
			case 3:
				now = now.Add(n * n * 10 * time.Millisecond)
			}
			if at := s.deadline(); !at.IsZero() && at.After(now.Add(s.keep)) {
				t.Fatalf("the sieve wants to be asked in %v", at.Sub(now))
			}
			for v := s.due(now); v != nil; v = s.due(now) {
				if err := lawful(before, v, &s, now, lost); err != nil {
					t.Fatal(err)
				}
				before = v
			}
			switch {
			case s.shown != before:
				t.Fatal("the view changed although nothing was due")
			case s.showAt.IsZero():
				offered = time.Time{}
			case now.Sub(offered) > s.hold+s.debounce:
				t.Fatalf("a view waits since %v", now.Sub(offered))
			case s.shown == nil:
				t.Fatal("a first view waits")
			}
		}
	})
}

// A source tells {a}, then nothing and {a, b} by turns, each for less than the debounce.
func TestASourceThatFlapsIsHeard(t *testing.T) {
	const step = 25 * time.Millisecond
	s, now := sieve{debounce: 3 * step, hold: time.Minute}, time.Unix(1e9, 0)
	both := []engine.Instance{{Addr: "tcp://a:1"}, {Addr: "tcp://b:1"}}
	told := map[int][]engine.Instance{0: both[:1], 1: nil, 3: both, 5: nil, 7: both, 9: nil}
	for i := range 10 {
		if instances, ok := told[i]; ok {
			if err := s.offer(now, engine.View{Instances: instances}); err != nil {
				t.Fatal(err)
			}
		}
		if s.due(now); len(s.shown.Instances) == len(both) {
			return
		}
		now = now.Add(step)
	}
	t.Errorf("callers are still given %v", s.shown.Instances)
}

// viewOf makes one of 64 views, of no more than 3 instances and 4 epochs, some of them bad.
func viewOf(op byte) engine.View {
	v := engine.View{Epoch: uint64(op >> 4 & 3)}
	for i := range op & 3 {
		v.Instances = append(v.Instances, engine.Instance{Addr: fmt.Sprint("h:", 1+i)})
	}
	if op&0xC == 0xC {
		v.Instances = append(v.Instances, engine.Instance{Addr: "nowhere"})
	}
	return v
}

// lawful says why v must not be shown after another view.
func lawful(before, v *engine.View, s *sieve, now, lost time.Time) error {
	gone := !lost.IsZero() && now.Sub(lost) >= s.keep
	switch {
	case before != nil && v.Epoch < before.Epoch:
		return fmt.Errorf("epoch %d is shown after %d", v.Epoch, before.Epoch)
	case v != s.told && !(gone && len(v.Instances) == 0):
		return fmt.Errorf("%+v is shown, which nobody told", v)
	case before != nil && same(before, v):
		return errors.New("a view is shown that says what the one before did")
	}
	return nil
}
