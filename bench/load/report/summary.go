package report

import (
	"slices"
	"time"
)

// Summary is a target in a case and a shape over all rounds: each figure is the median of the
// rounds' figures.
type Summary struct {
	Case   string `json:"case"`
	Shape  string `json:"shape"`
	Target string `json:"target"`
	Rounds int    `json:"rounds"`

	PerSecond float64 `json:"perSecond"`
	// Spread is how far apart the rates of the best and the worst round are, as a share of the
	// median.
	Spread float64 `json:"spread"`
	// Ratio is the median of the ratios of the rates to the base's in the same round. Zero: the
	// base has no figure.
	Ratio   float64 `json:"ratio,omitempty"`
	Bytes   int     `json:"bytes,omitempty"`
	Latency Latency `json:"latency"`
	Client  Cost    `json:"client"`
	Server  *Cost   `json:"server,omitempty"`
}

// CPU is the processor time of a unit at both sides.
func (s *Summary) CPU() time.Duration {
	if s.Server == nil {
		return s.Client.CPU
	}
	return s.Client.CPU + s.Server.CPU
}

// key tells summaries apart.
type key struct{ kase, shape, target string }

func (r *Row) key() key { return key{r.Case, r.Shape, r.Target} }

// Summarize makes a summary of each target in each case and shape, in the order in which they
// first occur. base is the target that ratios refer to.
func Summarize(rows []Row, base string) []Summary {
	var order []key
	groups := make(map[key][]Row)
	for _, r := range rows {
		k := r.key()
		if groups[k] == nil {
			order = append(order, k)
		}
		groups[k] = append(groups[k], r)
	}
	all := make([]Summary, 0, len(order))
	for _, k := range order {
		s := summarize(groups[k])
		s.Ratio = ratio(groups[k], groups[key{k.kase, k.shape, base}])
		all = append(all, s)
	}
	return all
}

// summarize takes the medians of the rounds of one target; there is at least one.
func summarize(rows []Row) Summary {
	first := rows[0]
	rates := pick(rows, func(r *Row) float64 { return r.PerSecond })
	s := Summary{
		Case: first.Case, Shape: first.Shape, Target: first.Target, Rounds: len(rows),
		Bytes:     first.Bytes,
		PerSecond: Median(rates),
		Latency: Latency{
			Mean: spans(rows, func(r *Row) time.Duration { return r.Latency.Mean }),
			P50:  spans(rows, func(r *Row) time.Duration { return r.Latency.P50 }),
			P90:  spans(rows, func(r *Row) time.Duration { return r.Latency.P90 }),
			P99:  spans(rows, func(r *Row) time.Duration { return r.Latency.P99 }),
			P999: spans(rows, func(r *Row) time.Duration { return r.Latency.P999 }),
			Max:  spans(rows, func(r *Row) time.Duration { return r.Latency.Max }),
		},
		Client: cost(rows, func(r *Row) *Cost { return &r.Client }),
	}
	if s.PerSecond > 0 {
		s.Spread = (slices.Max(rates) - slices.Min(rates)) / s.PerSecond
	}
	if !slices.ContainsFunc(rows, func(r Row) bool { return r.Server == nil }) {
		c := cost(rows, func(r *Row) *Cost { return r.Server })
		s.Server = &c
	}
	return s
}

// cost takes the medians of one side's costs.
func cost(rows []Row, side func(*Row) *Cost) Cost {
	number := func(f func(*Cost) float64) float64 {
		return Median(pick(rows, func(r *Row) float64 { return f(side(r)) }))
	}
	return Cost{
		CPU:        spans(rows, func(r *Row) time.Duration { return side(r).CPU }),
		System:     spans(rows, func(r *Row) time.Duration { return side(r).System }),
		Switches:   number(func(c *Cost) float64 { return c.Switches }),
		Allocs:     number(func(c *Cost) float64 { return c.Allocs }),
		AllocBytes: number(func(c *Cost) float64 { return c.AllocBytes }),
		Resident:   uint64(number(func(c *Cost) float64 { return float64(c.Resident) })),
	}
}

// ratio is the median over the rounds that both have.
func ratio(rows, base []Row) float64 {
	byRound := make(map[int]float64, len(base))
	for _, r := range base {
		byRound[r.Round] = r.PerSecond
	}
	var ratios []float64
	for _, r := range rows {
		if b := byRound[r.Round]; b > 0 {
			ratios = append(ratios, r.PerSecond/b)
		}
	}
	return Median(ratios)
}

// Median is the middle one, the mean of the two middle ones, or zero of none.
func Median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	switch {
	case n == 0:
		return 0
	case n%2 == 1:
		return sorted[n/2]
	}
	return (sorted[n/2-1] + sorted[n/2]) / 2
}

func pick(rows []Row, f func(*Row) float64) []float64 {
	values := make([]float64, len(rows))
	for i := range rows {
		values[i] = f(&rows[i])
	}
	return values
}

func spans(rows []Row, f func(*Row) time.Duration) time.Duration {
	return time.Duration(Median(pick(rows, func(r *Row) float64 { return float64(f(r)) })))
}
