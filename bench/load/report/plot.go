package report

import (
	"bufio"
	"fmt"
	"html"
	"io"
	"math"
	"time"

	"github.com/leverrpc/lever/bench/load/meter"
)

// Curve is the latency of one target.
type Curve struct {
	Name    string
	Latency *meter.Histogram
}

// The plot's measures, in pixels.
const (
	plotWidth, plotHeight = 860, 460
	plotLeft, plotRight   = 70, 190
	plotTop, plotBottom   = 40, 50
)

// ticks are the percentiles that the axis names. Each is as far from the next as ten times fewer
// operations are slower.
var ticks = []float64{0, 0.9, 0.99, 0.999, 0.9999, 0.99999}

var colours = []string{"#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#ff7f0e", "#17becf", "#8c564b",
	"#e377c2", "#7f7f7f", "#bcbd22"}

// Plot draws latency over percentiles, both with logarithmic axes, as an SVG picture.
func Plot(w io.Writer, title string, curves []Curve) error {
	b := bufio.NewWriter(w)
	p := newPlane(curves)
	fmt.Fprintf(b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" `+
		`font-family="sans-serif" font-size="12">`+"\n", plotWidth, plotHeight)
	fmt.Fprintf(b, `<rect width="%d" height="%d" fill="white"/>`+"\n", plotWidth, plotHeight)
	fmt.Fprintf(b, `<text x="%d" y="24" font-size="15">%s</text>`+"\n", plotLeft,
		html.EscapeString(title))
	p.axes(b)
	for i, c := range curves {
		p.curve(b, c, colours[i%len(colours)])
		y := plotTop + 10 + 18*i
		x := plotWidth - plotRight + 15
		fmt.Fprintf(b, `<path d="M%d %dh18" stroke="%s" stroke-width="2.5"/>`, x, y-4,
			colours[i%len(colours)])
		fmt.Fprintf(b, `<text x="%d" y="%d">%s</text>`+"\n", x+24, y, html.EscapeString(c.Name))
	}
	fmt.Fprintln(b, "</svg>")
	return b.Flush()
}

// plane maps percentiles and durations to pixels. 0 < low < high, and depth > 0.
type plane struct {
	low, high float64 // powers of ten of nanoseconds
	depth     float64 // how many powers of ten of operations are shown
}

func newPlane(curves []Curve) plane {
	lo, hi, n := time.Duration(math.MaxInt64), time.Duration(1), uint64(10)
	for _, c := range curves {
		lo = min(lo, c.Latency.Quantile(0))
		hi = max(hi, c.Latency.Max())
		n = max(n, c.Latency.Count())
	}
	p := plane{depth: min(math.Log10(float64(n)), 5)}
	p.low = math.Floor(math.Log10(float64(max(min(lo, hi), 1))))
	p.high = max(math.Ceil(math.Log10(float64(hi))), p.low+1)
	return p
}

func (p plane) x(q float64) float64 {
	d := min(-math.Log10(max(1-q, 1e-12)), p.depth)
	return plotLeft + d/p.depth*(plotWidth-plotLeft-plotRight)
}

func (p plane) y(d time.Duration) float64 {
	v := (math.Log10(float64(max(d, 1))) - p.low) / (p.high - p.low)
	return plotHeight - plotBottom - min(max(v, 0), 1)*(plotHeight-plotTop-plotBottom)
}

// axes draws the grid and what it means.
func (p plane) axes(w io.Writer) {
	right, bottom := float64(plotWidth-plotRight), float64(plotHeight-plotBottom)
	for e := p.low; e <= p.high; e++ {
		d := time.Duration(math.Pow(10, e))
		y := p.y(d)
		fmt.Fprintf(w, `<path d="M%d %.1fH%.0f" stroke="#ddd"/>`, plotLeft, y, right)
		fmt.Fprintf(w, `<text x="%d" y="%.1f" text-anchor="end">%s</text>`+"\n", plotLeft-8, y+4, d)
	}
	for i, q := range ticks {
		if float64(i) > p.depth {
			break
		}
		x := p.x(q)
		fmt.Fprintf(w, `<path d="M%.1f %dV%.0f" stroke="#ddd"/>`, x, plotTop, bottom)
		fmt.Fprintf(w, `<text x="%.1f" y="%.0f" text-anchor="middle">%v%%</text>`+"\n", x, bottom+18,
			percent(q))
	}
	fmt.Fprintf(w, `<text x="%.0f" y="%d" text-anchor="middle">share of operations that are at least `+
		`as fast</text>`+"\n", (plotLeft+right)/2, plotHeight-12)
}

// curve draws one target from its fastest operation to the slowest that is shown.
func (p plane) curve(w io.Writer, c Curve, colour string) {
	const steps = 120
	fmt.Fprintf(w, `<polyline fill="none" stroke="%s" stroke-width="2" points="`, colour)
	for i := range steps + 1 {
		q := 1 - math.Pow(10, -p.depth*float64(i)/steps)
		fmt.Fprintf(w, "%.1f,%.1f ", p.x(q), p.y(c.Latency.Quantile(q)))
	}
	fmt.Fprintln(w, `"/>`)
}

// percent gives a tick without the noise of binary fractions.
func percent(q float64) float64 { return math.Round(q*1e7) / 1e5 }
