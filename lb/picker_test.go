package lb

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"
	"unsafe"
)

const (
	ms  = time.Millisecond
	sec = time.Second
)

// fleet gives a picker with n members named m00, m01, … at time 0.
func fleet(n int, c Config) *Picker {
	p := NewPicker(c)
	p.Update(0, members(n))
	return p
}

func members(n int) []Member {
	ms := make([]Member, n)
	for i := range ms {
		ms[i].ID = fmt.Sprintf("m%02d", i)
	}
	return ms
}

// mustPick picks or fails.
func mustPick(t *testing.T, p *Picker, now time.Duration, rnd uint64) *Endpoint {
	t.Helper()
	e, err := p.Pick(now, rnd, nil)
	if err != nil {
		t.Fatalf("Pick: %v", err)
	}
	return e
}

// teach makes every endpoint one that has answered in the given time.
func teach(p *Picker, now, latency time.Duration) {
	for _, e := range p.Endpoints() {
		e.begin(now-latency, 0, false)
		e.Done(Succeeded, now-latency, now)
	}
}

// shares picks and ends n calls, one after the other, and gives the part that each id got.
func shares(t *testing.T, p *Picker, now time.Duration, n int) map[string]float64 {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	got := make(map[string]float64)
	for range n {
		e := mustPick(t, p, now, rng.Uint64())
		got[e.ID()] += 1 / float64(n)
		e.Done(Ignored, now, now)
	}
	return got
}

func TestPickSaysWhyThereIsNobody(t *testing.T) {
	p := NewPicker(Config{Initial: Connecting})
	want := func(name string, wantErr error, tried ...*Endpoint) {
		t.Helper()
		if e, err := p.Pick(0, 1, tried); err != wantErr || (e == nil) != (wantErr != nil) {
			t.Errorf("%s: got %v, %v, want error %v", name, e, err, wantErr)
		}
	}
	want("before the first update", ErrEmpty)
	added, _ := p.Update(0, members(2))
	want("while both connect", ErrUnready)
	added[0].SetState(0, Ready)
	want("when one is ready", nil)
	want("when the ready one was tried", ErrTried, added[0])
	added[1].SetState(0, Ready)
	want("when another is ready", nil, added[0])
	added[0].SetState(0, Draining)
	added[1].SetState(0, Draining)
	want("while both drain", ErrUnready)
	p.Update(0, nil)
	want("after the last was removed", ErrEmpty)
}

func TestTriedEndpointsAreLeftOut(t *testing.T) {
	for _, n := range []int{2, 8, 9, 40} {
		p := fleet(n, Config{})
		all := p.Endpoints()
		for left := range all {
			tried := append(append([]*Endpoint{}, all[:left]...), all[left+1:]...)
			if e, _ := p.Pick(0, uint64(left)*0x123456789abcdef, tried); e != all[left] {
				t.Fatalf("of %d, all but %s tried: got %v", n, all[left].ID(), e)
			}
		}
	}
}

func TestEqualMembersGetEqualShares(t *testing.T) {
	for _, n := range []int{1, 3, 8, 9, 30} {
		p := fleet(n, Config{})
		teach(p, 5*ms, 5*ms)
		for id, got := range shares(t, p, 10*ms, 100_000) {
			if want := 1 / float64(n); math.Abs(got-want) > 0.1*want {
				t.Errorf("n=%d: %s got %.4f, want %.4f", n, id, got, want)
			}
		}
	}
}

func TestIdleFleetsShareByWeight(t *testing.T) {
	for _, n := range []int{4, 16} {
		ms := members(n)
		var sum float64
		for i := range ms {
			ms[i].Weight = 1 + i%4
			sum += float64(ms[i].Weight)
		}
		p := NewPicker(Config{})
		p.Update(0, ms)
		teach(p, 5*sec, 5*time.Millisecond)
		got := shares(t, p, 5*sec, 200_000)
		for _, m := range ms {
			want := float64(m.Weight) / sum
			if math.Abs(got[m.ID]-want) > 0.15*want {
				t.Errorf("n=%d: weight %d got %.4f, want %.4f", n, m.Weight, got[m.ID], want)
			}
		}
	}
}

func TestLoadedFleetsShareByWeight(t *testing.T) {
	p := NewPicker(Config{})
	p.Update(0, []Member{{ID: "a", Weight: 1}, {ID: "b", Weight: 2}, {ID: "c", Weight: 5}})
	teach(p, ms, ms)
	for i := range 800 {
		mustPick(t, p, ms, mix(uint64(i)))
	}
	for i, e := range p.Endpoints() {
		got, want := e.Stats().Calls, []int{100, 200, 500}[i]
		if got < want-2 || got > want+2 {
			t.Errorf("%s holds %d of 800 calls, want %d", e.ID(), got, want)
		}
	}
}

func TestPicksAndEndsBalance(t *testing.T) {
	p := fleet(3, Config{})
	e := mustPick(t, p, 0, 1)
	if got := e.Stats().Calls; got != 1 {
		t.Errorf("%d calls after a pick, want 1", got)
	}
	e.Opened(Succeeded, 0, ms)
	if got := e.Stats(); got.Calls != 0 || got.Streams != 1 || got.Latency != ms {
		t.Errorf("after the first answer of a stream: %+v", got)
	}
	e.Closed(Ignored, ms)
	if got := e.Stats(); got.Calls != 0 || got.Streams != 0 {
		t.Errorf("after the end of a stream: %+v", got)
	}
}

func TestEightStreamsWeighAsMuchAsACall(t *testing.T) {
	p := fleet(2, Config{})
	teach(p, ms, ms)
	a, b := p.Endpoints()[0], p.Endpoints()[1]
	for range 20 {
		a.begin(ms, 0, false)
		a.Opened(Succeeded, 0, ms)
	}
	b.begin(ms, 0, false)
	b.begin(ms, 0, false)
	if got := mustPick(t, p, ms, 0); got != b {
		t.Errorf("20 streams against 2 calls: picked the streams")
	}
	if got := mustPick(t, p, ms, 0); got != a {
		t.Errorf("20 streams against 3 calls: picked the calls")
	}
}

// Bar 1: the power of two choices (Azar et al.): the fullest of n bins after n balls has
// ln ln n / ln 2 + Θ(1), not ln n / ln ln n.
func TestBalls(t *testing.T) {
	n := 100_000
	p := fleet(n, Config{})
	teach(p, ms, ms)
	fullest := throw(t, p, n)
	if fullest > 5 {
		t.Errorf("%d balls into as many bins: fullest has %d, want at most 5", n, fullest)
	}

	if testing.Short() {
		return
	}
	p = fleet(1000, Config{})
	teach(p, ms, ms)
	if gap := throw(t, p, 1_000_000) - 1000; gap > 3 {
		t.Errorf("a million balls into 1000 bins: gap %d, want at most 3", gap)
	}
}

func throw(t *testing.T, p *Picker, balls int) (fullest int) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range balls {
		fullest = max(fullest, mustPick(t, p, ms, rng.Uint64()).Stats().Calls)
	}
	return fullest
}

func TestPickAndDoneDoNotAllocate(t *testing.T) {
	for _, n := range []int{1, 8, 100} {
		p := fleet(n, Config{})
		now := time.Duration(0)
		tried := p.Endpoints()[:1:1]
		if n == 1 {
			tried = nil
		}
		if got := testing.AllocsPerRun(1000, func() {
			now += 20 * ms
			e, _ := p.Pick(now, mix(uint64(now)), tried)
			e.Done(Succeeded, now, now+ms)
		}); got != 0 {
			t.Errorf("n=%d: %v allocations, want 0", n, got)
		}
	}
}

func TestEndpointsDoNotShareCacheLines(t *testing.T) {
	if got := unsafe.Sizeof(Endpoint{}); got != 128 {
		t.Errorf("an Endpoint has %d bytes, want 128", got)
	}
	if got := unsafe.Offsetof(Endpoint{}.picker); got%8 != 0 && ptrSize == 8 {
		t.Errorf("picker is at %d", got)
	}
}

func ExamplePicker() {
	p := NewPicker(Config{})
	p.Update(0, []Member{{ID: "a"}, {ID: "b"}})

	start := 10 * time.Millisecond // the caller's clock
	e, err := p.Pick(start, rand.Uint64(), nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	// … the call …
	e.Done(Succeeded, start, 12*time.Millisecond)
	fmt.Println(e.Stats().Latency)
	// Output: 2ms
}

func TestTakeCountsLikePick(t *testing.T) {
	p := NewPicker(Config{})
	p.Update(0, members(2))
	e := p.Endpoints()[1]
	e.Take(0)
	if got := e.Stats().Calls; got != 1 {
		t.Errorf("%d calls are in flight, want 1", got)
	}
	e.Done(Succeeded, 0, 5)
	if s := e.Stats(); s.Calls != 0 || s.Latency != 5 {
		t.Errorf("afterwards %+v, want no call and a latency of 5", s)
	}
}

// What only one instance may serve is done in other times than what any can, and says nothing of
// which of them is fast.
func TestPlacedCallsDoNotMakeOthersSlow(t *testing.T) {
	p := fleet(2, Config{})
	owner, other := p.Endpoints()[0], p.Endpoints()[1]
	place := func(now time.Duration) {
		owner.Take(now)
		owner.Done(Placed, now, now+ms)
	}
	place(0)
	answer(owner, sec, 10*ms, 1)
	answer(other, sec, 10*ms, 1)
	for now := sec; now < 3*sec; now += 10 * ms {
		place(now)
	}
	if got := owner.Stats().Latency; got != 10*ms {
		t.Errorf("the owner's latency is %v, want 10ms", got)
	}
	if got := costs(p, 3*sec); got[0] != 1 || got[1] != 1 {
		t.Errorf("costs %v, want 1 and 1", got)
	}
}

func TestPlacedAnswersEndTheProbation(t *testing.T) {
	p := fleet(2, Config{})
	teacher, owner := p.Endpoints()[0], p.Endpoints()[1]
	answer(teacher, sec, ms, 1)
	costs(p, 2*sec) // the reference is known
	owner.Take(2 * sec)
	owner.Done(Placed, 2*sec, 3*sec)
	if got := owner.Stats().Latency; got != ms {
		t.Errorf("latency %v after a call that had no choice, want the fleet's 1ms", got)
	}
	owner.Take(3 * sec)
	if got := costs(p, 3*sec)[1]; got != 2 {
		t.Errorf("cost %v with one call, want 2", got)
	}
}
