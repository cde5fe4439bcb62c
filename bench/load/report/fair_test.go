package report

import (
	"strings"
	"testing"
	"time"
)

func TestFairnessIsTheMedianOfTheRounds(t *testing.T) {
	round := func(alone, beside time.Duration, others float64) Fair {
		return Fair{
			Scene: "crowd", Target: "a", Rate: 10, Bar: 3, Others: others,
			Alone: Latency{P50: alone / 2, P99: alone}, Beside: Latency{P50: alone, P99: beside},
		}
	}
	const ms = time.Millisecond
	f := FairOf([]Fair{round(2*ms, 4*ms, 10), round(4*ms, 40*ms, 30), round(10*ms, 30*ms, 20)})
	switch {
	case f.Scene != "crowd" || f.Target != "a" || f.Rate != 10 || f.Bar != 3 || f.Rounds != 3:
		t.Errorf("whose it is: %+v", f)
	case f.Alone.P99 != 4*ms || f.Beside.P99 != 30*ms || f.Others != 20:
		t.Errorf("medians: %+v", f)
	case f.Ratio != 3: // of 2, 10 and 3, not that of the medians
		t.Errorf("ratio %v, want 3", f.Ratio)
	}
	if f := FairOf([]Fair{round(0, ms, 1)}); f.Ratio != 1e6 {
		t.Errorf("the ratio to nothing is %v", f.Ratio)
	}
}

func TestFairnessHasALineForEach(t *testing.T) {
	var out strings.Builder
	err := FairTable(&out, []Fair{
		{Scene: "blast", Target: "a", Ratio: 1.25, Bar: 5, Others: 250_000,
			Alone: Latency{P99: time.Millisecond}, Beside: Latency{P99: 1250 * time.Microsecond}},
		{Scene: "large", Target: "b"},
	})
	lines := strings.Split(strings.TrimRight(out.String(), "\n"), "\n")
	if err != nil || len(lines) != 3 {
		t.Fatalf("%v, %d lines:\n%s", err, len(lines), out.String())
	}
	for _, want := range []string{"blast", "a", "1.0ms", "1.2ms", "250k"} {
		if !strings.Contains(lines[1], want) {
			t.Errorf("%q is not in %q", want, lines[1])
		}
	}
}
