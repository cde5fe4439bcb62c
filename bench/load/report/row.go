package report

import (
	"time"

	"github.com/leverrpc/lever/bench/load/meter"
)

// Row is one measurement: a target in a case and a shape, in one round.
type Row struct {
	Case      string  `json:"case"`
	Shape     string  `json:"shape"`
	Target    string  `json:"target"`
	Round     int     `json:"round"`
	Seconds   float64 `json:"seconds"`
	Units     uint64  `json:"units"` // calls, or messages
	PerSecond float64 `json:"perSecond"`
	Bytes     int     `json:"bytes,omitempty"` // of a unit, each way; zero: a value
	Rate      float64 `json:"rate,omitempty"`  // of an open loop
	Latency   Latency `json:"latency"`
	// Late is how late the generator was by itself, in an open loop.
	Late   *Latency `json:"late,omitempty"`
	Client Cost     `json:"client"`
	Server *Cost    `json:"server,omitempty"` // nil: the server could not be asked
}

// Latency are the percentiles of an operation, in nanoseconds.
type Latency struct {
	Mean time.Duration `json:"mean"`
	P50  time.Duration `json:"p50"`
	P90  time.Duration `json:"p90"`
	P99  time.Duration `json:"p99"`
	P999 time.Duration `json:"p99.9"`
	Max  time.Duration `json:"max"`
}

// Cost is what one unit costs a process.
type Cost struct {
	CPU        time.Duration `json:"cpu"`    // nanoseconds
	System     time.Duration `json:"system"` // the part of it in the kernel
	Switches   float64       `json:"switches"`
	Allocs     float64       `json:"allocs"`
	AllocBytes float64       `json:"allocBytes"`
	Resident   uint64        `json:"resident"` // of the whole process
}

// LatencyOf takes the percentiles of a histogram.
func LatencyOf(h *meter.Histogram) Latency {
	return Latency{
		Mean: h.Mean(),
		P50:  h.Quantile(0.5),
		P90:  h.Quantile(0.9),
		P99:  h.Quantile(0.99),
		P999: h.Quantile(0.999),
		Max:  h.Max(),
	}
}

// CostOf divides what was used by the units.
func CostOf(u meter.Usage, units uint64) Cost {
	n := float64(max(units, 1))
	return Cost{
		CPU:        time.Duration(float64(u.CPU()) / n),
		System:     time.Duration(float64(u.System) / n),
		Switches:   float64(u.Switches) / n,
		Allocs:     float64(u.Allocs) / n,
		AllocBytes: float64(u.AllocBytes) / n,
		Resident:   u.Resident,
	}
}
