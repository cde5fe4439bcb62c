package report

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// Fair is what calls that ask for little had to wait, by themselves and beside others that ask for
// much: each latency is the median of the rounds'.
type Fair struct {
	Scene  string  `json:"scene"`
	Target string  `json:"target"`
	Rounds int     `json:"rounds"`
	Rate   float64 `json:"rate"` // at which the calls are due in a second
	Alone  Latency `json:"alone"`
	Beside Latency `json:"beside"`
	// Late is how late the generator was by itself, beside the others.
	Late Latency `json:"late"`
	// Ratio is the median of the ratios of the 99th percentiles in one round, and Bar what it
	// should not exceed.
	Ratio float64 `json:"ratio"`
	Bar   float64 `json:"bar"`
	// Others is how many operations of the others came to their end in a second.
	Others float64 `json:"others"`
}

// FairOf takes the medians of rounds of one target in one scene; there is at least one.
func FairOf(rounds []Fair) Fair {
	f := rounds[0]
	f.Rounds = len(rounds)
	number := func(of func(*Fair) float64) float64 {
		values := make([]float64, len(rounds))
		for i := range rounds {
			values[i] = of(&rounds[i])
		}
		return Median(values)
	}
	latency := func(of func(*Fair) *Latency) (l Latency) {
		span := func(part func(*Latency) time.Duration) time.Duration {
			return time.Duration(number(func(f *Fair) float64 { return float64(part(of(f))) }))
		}
		l.Mean = span(func(l *Latency) time.Duration { return l.Mean })
		l.P50 = span(func(l *Latency) time.Duration { return l.P50 })
		l.P90 = span(func(l *Latency) time.Duration { return l.P90 })
		l.P99 = span(func(l *Latency) time.Duration { return l.P99 })
		l.P999 = span(func(l *Latency) time.Duration { return l.P999 })
		l.Max = span(func(l *Latency) time.Duration { return l.Max })
		return l
	}
	f.Alone = latency(func(f *Fair) *Latency { return &f.Alone })
	f.Beside = latency(func(f *Fair) *Latency { return &f.Beside })
	f.Late = latency(func(f *Fair) *Latency { return &f.Late })
	f.Others = number(func(f *Fair) float64 { return f.Others })
	f.Ratio = number(func(f *Fair) float64 {
		return float64(f.Beside.P99) / float64(max(f.Alone.P99, 1))
	})
	return f
}

// FairTable writes a line for each.
func FairTable(w io.Writer, all []Fair) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(t, "scene\ttarget\talone p50\tp99\tbeside p50\tp99\tp99.9\tlate p99\tp99 ratio\tbar\tothers/s\t")
	for _, f := range all {
		fmt.Fprintln(t, strings.Join([]string{
			f.Scene, f.Target, Span(f.Alone.P50), Span(f.Alone.P99),
			Span(f.Beside.P50), Span(f.Beside.P99), Span(f.Beside.P999), Span(f.Late.P99),
			fmt.Sprintf("%.1f", f.Ratio), fmt.Sprintf("%.0f", f.Bar), count(f.Others),
		}, "\t")+"\t")
	}
	return t.Flush()
}
