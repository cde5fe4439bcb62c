package report

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"
)

// Table writes summaries for people, a block for each case and shape. base names the target that
// the ratios refer to.
func Table(w io.Writer, summaries []Summary, base string) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	for i := range summaries {
		s := &summaries[i]
		if i == 0 || s.Case != summaries[i-1].Case || s.Shape != summaries[i-1].Shape {
			if i > 0 {
				fmt.Fprintln(t)
			}
			fmt.Fprintln(t, strings.Join(header(s, base), "\t")+"\t")
		}
		fmt.Fprintln(t, strings.Join(line(s), "\t")+"\t")
	}
	return t.Flush()
}

// header names the columns of a block.
func header(s *Summary, base string) []string {
	rate := "rate/s"
	if s.Bytes >= 1<<10 {
		rate = "MB/s"
	}
	return []string{
		s.Case + " " + s.Shape, rate, "±", "to " + base, "p50", "p99", "p99.9", "max",
		"cpu", "client", "server", "switches", "allocs",
	}
}

// line gives the cells of a summary. Costs are per unit; cpu is both sides' together, switches
// and allocations are client's + server's.
func line(s *Summary) []string {
	rate := count(s.PerSecond)
	if s.Bytes >= 1<<10 {
		rate = fmt.Sprintf("%.0f", s.PerSecond*float64(s.Bytes)/1e6)
	}
	cells := []string{
		s.Target, rate, fmt.Sprintf("%.0f%%", 50*s.Spread), share(s.Ratio),
		Span(s.Latency.P50), Span(s.Latency.P99), Span(s.Latency.P999), Span(s.Latency.Max),
	}
	if s.Server == nil {
		return append(cells, "-", Span(s.Client.CPU), "-",
			small(s.Client.Switches)+" + -", small(s.Client.Allocs)+" + -")
	}
	return append(cells, Span(s.CPU()), Span(s.Client.CPU), Span(s.Server.CPU),
		small(s.Client.Switches)+" + "+small(s.Server.Switches),
		small(s.Client.Allocs)+" + "+small(s.Server.Allocs))
}

// share gives a ratio, or a dash if there is none.
func share(ratio float64) string {
	if ratio == 0 {
		return "-"
	}
	return fmt.Sprintf("%.2f", ratio)
}

// small gives a number per unit, which may be far below one.
func small(v float64) string {
	if v >= 10 {
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.1f", v)
}

// count gives a rate with three digits that count.
func count(v float64) string {
	switch {
	case v >= 1e6:
		return fmt.Sprintf("%.2fM", v/1e6)
	case v >= 1e5:
		return fmt.Sprintf("%.0fk", v/1e3)
	case v >= 1e4:
		return fmt.Sprintf("%.1fk", v/1e3)
	}
	return fmt.Sprintf("%.0f", v)
}

// Span gives a duration with two or three digits that count.
func Span(d time.Duration) string {
	switch {
	case d >= 10*time.Second:
		return fmt.Sprintf("%.0fs", d.Seconds())
	case d >= time.Second:
		return fmt.Sprintf("%.1fs", d.Seconds())
	case d >= 10*time.Millisecond:
		return fmt.Sprintf("%.0fms", d.Seconds()*1e3)
	case d >= time.Millisecond:
		return fmt.Sprintf("%.1fms", d.Seconds()*1e3)
	case d >= 10*time.Microsecond:
		return fmt.Sprintf("%.0fµs", d.Seconds()*1e6)
	}
	return fmt.Sprintf("%.1fµs", d.Seconds()*1e6)
}

// Size gives a number of bytes.
func Size(bytes float64) string {
	switch {
	case bytes >= 1<<20:
		return fmt.Sprintf("%.1f MiB", bytes/(1<<20))
	case bytes >= 1<<10:
		return fmt.Sprintf("%.1f KiB", bytes/(1<<10))
	}
	return fmt.Sprintf("%.0f B", bytes)
}
