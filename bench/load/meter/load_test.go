package meter

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// stalling is an operation of a millisecond that stops for a second once, at its n-th time.
func stalling(n int) Op {
	return func() error {
		n--
		if n == 0 {
			time.Sleep(time.Second)
		}
		time.Sleep(time.Millisecond)
		return nil
	}
}

func TestAnOpenLoopSeesAStallForAllThatWaited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		load := Load{Time: 10 * time.Second, Rate: 100}
		out, err := Run(t.Context(), load, []Op{stalling(500)})
		if err != nil {
			t.Fatal(err)
		}
		// During the second, 100 operations came due: they are spread from 0 to 1 s late. Then the
		// caller catches up, at 9 ms a piece.
		if got := out.Latency.Count(); got < 990 || got > 1001 {
			t.Errorf("%d operations in 10 s at 100/s", got)
		}
		if got := out.Latency.Max(); got < time.Second {
			t.Errorf("the longest took %v, want at least a second", got)
		}
		if got := out.Latency.Quantile(0.95); got < 400*time.Millisecond {
			t.Errorf("p95 is %v: the operations that came due during the stall were left out", got)
		}
		if got := out.Latency.Quantile(0.5); got > 2*time.Millisecond {
			t.Errorf("p50 is %v, want a millisecond", got)
		}
		if got := out.Late.Max(); got != 0 {
			t.Errorf("the generator was %v late, in a world whose clock is exact", got)
		}
	})
}

func TestAClosedLoopSeesAStallOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out, err := Run(t.Context(), Load{Time: 10 * time.Second}, []Op{stalling(500)})
		if err != nil {
			t.Fatal(err)
		}
		if got := out.Latency.Quantile(0.999); got > 2*time.Millisecond {
			t.Errorf("p99.9 is %v, want a millisecond", got)
		}
		if got, want := out.Latency.Max(), 1001*time.Millisecond; got != want {
			t.Errorf("the longest took %v, want %v", got, want)
		}
	})
}

func TestOpenLoopsKeepTheirRate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ops := make([]Op, 7)
		for i := range ops {
			ops[i] = func() error { time.Sleep(3 * time.Millisecond); return nil }
		}
		load := Load{Warmup: time.Second, Time: 2 * time.Second, Rate: 1000}
		out, err := Run(t.Context(), load, ops)
		if err != nil {
			t.Fatal(err)
		}
		if got := out.PerSecond(); got < 990 || got > 1010 {
			t.Errorf("%.0f operations in a second, want 1000", got)
		}
	})
}

func TestWarmingUpDoesNotCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var marks []bool
		load := Load{Warmup: time.Second, Time: time.Second, Mark: func(end bool) error {
			marks = append(marks, end)
			return nil
		}}
		first := true
		out, err := Run(t.Context(), load, []Op{func() error {
			if first {
				first = false
				time.Sleep(900 * time.Millisecond)
			}
			time.Sleep(time.Millisecond)
			return nil
		}})
		if err != nil {
			t.Fatal(err)
		}
		if got := out.Latency.Max(); got != time.Millisecond {
			t.Errorf("the longest took %v: the first was counted", got)
		}
		if got := out.PerSecond(); got < 990 || got > 1010 {
			t.Errorf("%.0f operations in a second, want 1000", got)
		}
		if len(marks) != 2 || marks[0] || !marks[1] {
			t.Errorf("marks %v, want one at the begin and one at the end", marks)
		}
	})
}

func TestSlowOperationsAreWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		op := func() error { time.Sleep(3 * time.Second); return nil }
		out, err := Run(t.Context(), Load{Time: time.Second}, []Op{op})
		if err != nil {
			t.Fatal(err)
		}
		if out.Ops != 1 || out.Latency.Count() != 1 || out.Elapsed < 3*time.Second {
			t.Errorf("%d operations in %v, want one in 3s", out.Ops, out.Elapsed)
		}
		op = func() error { time.Sleep(time.Minute); return nil }
		if _, err := Run(t.Context(), Load{Time: time.Second}, []Op{op}); err == nil {
			t.Error("an operation of a minute was waited for")
		}
		time.Sleep(time.Minute) // it comes back
	})
}

func TestErrorsMakeARunVoid(t *testing.T) {
	bad := errors.New("bad")
	tests := []struct {
		name string
		load Load
		op   Op
	}{
		{"the operation fails", Load{Time: time.Minute}, func() error { return bad }},
		{"an operation that was due fails", Load{Time: time.Minute, Rate: 10},
			func() error { return bad }},
		{"the begin cannot be marked", Load{Time: time.Minute,
			Mark: func(bool) error { return bad }}, sleep},
		{"the end cannot be marked", Load{Time: time.Second, Mark: func(end bool) error {
			if end {
				return bad
			}
			return nil
		}}, sleep},
	}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			out, err := Run(t.Context(), tt.load, []Op{sleep, tt.op})
			if !errors.Is(err, bad) || out != nil {
				t.Errorf("%s: Run gives %v and %v, want nil and the error", tt.name, out, err)
			}
		})
	}
}

func TestRunsEndWithTheirContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := Run(ctx, Load{Time: time.Hour}, []Op{sleep})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Run gives %v, want the context's error", err)
		}
	})
}

func TestCallersThatHangAreLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := make(chan struct{})
		_, err := Run(t.Context(), Load{Time: time.Second}, []Op{func() error { <-hang; return nil }})
		if err == nil {
			t.Error("Run of a caller that hangs gives no error")
		}
		close(hang)
	})
}

func sleep() error { time.Sleep(time.Millisecond); return nil }
