package lb

import "testing"

func TestPrefer(t *testing.T) {
	tests := []struct {
		name  string
		setUp func(first, second *Endpoint)
		want  string
	}{
		{"the home of a key is taken", func(a, b *Endpoint) {}, "m00"},
		{"also if it is twice as busy", func(a, b *Endpoint) { begin(a, 3); begin(b, 1) }, "m00"},
		{"but not if it is busier", func(a, b *Endpoint) { begin(a, 4); begin(b, 1) }, "m01"},
		{"nor if it drains", func(a, b *Endpoint) { a.SetState(sec, Draining) }, "m01"},
		{"nor if it is ejected", func(a, b *Endpoint) { fail(a, sec, 5) }, "m01"},
		{"somebody takes it if both are gone", func(a, b *Endpoint) {
			a.SetState(sec, Draining)
			b.SetState(sec, Draining)
		}, "m02"},
	}
	for _, tt := range tests {
		p := fleet(3, Config{})
		teach(p, sec, ms)
		all := p.Endpoints()
		tt.setUp(all[0], all[1])
		got, err := p.Prefer(sec, 0, nil, all[0], all[1])
		if err != nil || got.ID() != tt.want {
			t.Errorf("%s: got %v, %v, want %s", tt.name, got.ID(), err, tt.want)
		}
	}
	p := fleet(3, Config{})
	teach(p, sec, ms)
	all := p.Endpoints()
	if got, _ := p.Prefer(sec, 0, all[:1], all[0], all[1]); got != all[1] {
		t.Error("a home that was tried is tried again")
	}
	if _, err := p.Prefer(sec, 0, all, nil, nil); err != ErrTried {
		t.Errorf("all were tried: got error %v, want %v", err, ErrTried)
	}
	removed := all[0]
	p.Update(sec, members(3)[1:])
	if got, _ := p.Prefer(sec, 0, nil, removed, nil); got == removed {
		t.Error("a removed home was taken")
	}
	if got := testing.AllocsPerRun(100, func() {
		e, _ := p.Prefer(sec, 0, all[1:2], all[1], all[2])
		e.Done(Ignored, sec, sec)
	}); got != 0 {
		t.Errorf("%v allocations, want 0", got)
	}
}

func begin(e *Endpoint, n int) {
	for range n {
		e.begin(sec, 0, false)
	}
}
