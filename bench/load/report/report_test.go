package report

import (
	"encoding/json"
	"encoding/xml"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/leverrpc/lever/bench/load/meter"
)

// rows are three rounds of a base and of another that is half as fast, but for one round that a
// busy machine has slowed down for both.
func rows() []Row {
	var all []Row
	for round, rate := range []float64{1000, 100, 1200} {
		server := Cost{CPU: 3 * time.Microsecond, Allocs: 2}
		all = append(all,
			Row{Case: "obj", Shape: "1x1", Target: "base", Round: round, PerSecond: rate},
			Row{Case: "obj", Shape: "1x1", Target: "half", Round: round, PerSecond: rate / 2,
				Latency: Latency{P50: time.Duration(round+1) * time.Microsecond},
				Client:  Cost{CPU: time.Microsecond}, Server: &server})
	}
	return all
}

func TestRatiosAreTakenWithinRounds(t *testing.T) {
	all := Summarize(rows(), "base")
	if len(all) != 2 || all[0].Target != "base" || all[1].Target != "half" {
		t.Fatalf("got %+v", all)
	}
	base, half := all[0], all[1]
	if base.PerSecond != 1000 || base.Ratio != 1 || base.Rounds != 3 || base.Server != nil {
		t.Errorf("base: %+v", base)
	}
	if half.PerSecond != 500 || half.Ratio != 0.5 || half.Latency.P50 != 2*time.Microsecond {
		t.Errorf("half: %+v", half)
	}
	if got := half.Spread; got != 1.1 {
		t.Errorf("spread %v, want (600-50)/500", got)
	}
	if half.CPU() != 4*time.Microsecond || half.Server.Allocs != 2 {
		t.Errorf("half costs %v and %v allocations", half.CPU(), half.Server.Allocs)
	}
}

func TestRoundsThatTheBaseMissedDoNotCount(t *testing.T) {
	all := Summarize(rows()[1:], "base") // the base's first round is gone
	if half := all[0]; half.Target != "half" || half.Ratio != 0.5 {
		t.Errorf("got %+v", half)
	}
	if all := Summarize(rows(), "nobody"); all[0].Ratio != 0 {
		t.Errorf("the ratio to nobody is %v", all[0].Ratio)
	}
}

func TestMedians(t *testing.T) {
	tests := []struct {
		values []float64
		want   float64
	}{{nil, 0}, {[]float64{3}, 3}, {[]float64{9, 1, 3}, 3}, {[]float64{4, 1, 2, 9}, 3}}
	for _, tt := range tests {
		if got := Median(tt.values); got != tt.want {
			t.Errorf("Median(%v) = %v, want %v", tt.values, got, tt.want)
		}
	}
}

func TestTheTableShowsWhatIsKnown(t *testing.T) {
	var out strings.Builder
	if err := Table(&out, Summarize(rows(), "base"), "base"); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 3 {
		t.Fatalf("got %d lines, want a header and two targets:\n%s", len(lines), out.String())
	}
	tests := []struct {
		line int
		want string
	}{
		{0, "obj 1x1 rate/s ± to base p50 p99 p99.9 max cpu client server switches allocs"},
		{1, "base 1000 55% 1.00 0.0µs 0.0µs 0.0µs 0.0µs - 0.0µs - 0.0 + - 0.0 + -"},
		{2, "half 500 55% 0.50 2.0µs 0.0µs 0.0µs 0.0µs 4.0µs 1.0µs 3.0µs 0.0 + 0.0 0.0 + 2.0"},
	}
	for _, tt := range tests {
		if got := strings.Join(strings.Fields(lines[tt.line]), " "); got != tt.want {
			t.Errorf("line %d is %q, want %q", tt.line, got, tt.want)
		}
	}
}

func TestTheTableHasABlockForEachShape(t *testing.T) {
	all := rows()
	for _, r := range rows() {
		r.Shape, r.Bytes = "2x1", 1<<20
		all = append(all, r)
	}
	var out strings.Builder
	if err := Table(&out, Summarize(all, "base"), "base"); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); strings.Count(got, "to base") != 2 || !strings.Contains(got, "\n\n") ||
		strings.Count(got, "MB/s") != 1 || !strings.Contains(got, " 1049 ") {
		t.Errorf("got\n%s", got)
	}
}

func TestNumbersAreShort(t *testing.T) {
	spans := map[time.Duration]string{
		0: "0.0µs", 1234: "1.2µs", 12_345: "12µs", 1_234_567: "1.2ms", 12_345_678: "12ms",
		1_234_567_890: "1.2s", 123 * time.Second: "123s",
	}
	for d, want := range spans {
		if got := Span(d); got != want {
			t.Errorf("Span(%d) = %q, want %q", d, got, want)
		}
	}
	counts := map[float64]string{
		12.4: "12", 9999: "9999", 12_345: "12.3k", 123_456: "123k", 1_234_567: "1.23M",
	}
	for v, want := range counts {
		if got := count(v); got != want {
			t.Errorf("count(%v) = %q, want %q", v, got, want)
		}
	}
	sizes := map[float64]string{100: "100 B", 1536: "1.5 KiB", 1 << 21: "2.0 MiB", -50: "-50 B"}
	for v, want := range sizes {
		if got := Size(v); got != want {
			t.Errorf("Size(%v) = %q, want %q", v, got, want)
		}
	}
}

func TestRowsComeInTheOrderOfTargets(t *testing.T) {
	got := InOrder(rows(), []string{"half", "base"})
	for i, r := range got {
		want := "half"
		if i >= 3 {
			want = "base"
		}
		if r.Target != want || r.Round != i%3 {
			t.Errorf("row %d is %s's of round %d", i, r.Target, r.Round)
		}
	}
}

func TestDocumentsAreJSON(t *testing.T) {
	d := Document{Machine: ThisMachine(), Rows: rows(), Base: "base",
		Summaries: Summarize(rows(), "base")}
	var out strings.Builder
	if err := d.Write(&out); err != nil {
		t.Fatal(err)
	}
	var got Document
	if err := json.Unmarshal([]byte(out.String()), &got); err != nil {
		t.Fatal(err)
	}
	if len(got.Rows) != 6 || got.Summaries[1].Ratio != 0.5 || got.Machine.CPUs < 1 {
		t.Errorf("got back %+v", got)
	}
	if s := got.Machine.String(); !strings.Contains(s, "GOMAXPROCS") {
		t.Errorf("the machine is %q", s)
	}
}

func TestPlotsAreXML(t *testing.T) {
	var quick, slow, none meter.Histogram
	for i := range 10_000 {
		quick.Record(time.Duration(i))
		slow.Record(time.Duration(i) * time.Millisecond)
	}
	tests := []struct {
		name   string
		curves []Curve
	}{
		{"nothing", nil},
		{"an empty one", []Curve{{"none", &none}}},
		{"two", []Curve{{"<quick> & dirty", &quick}, {"slow", &slow}}},
	}
	for _, tt := range tests {
		var out strings.Builder
		if err := Plot(&out, "a < b", tt.curves); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(out.String(), "NaN") || strings.Contains(out.String(), "Inf") {
			t.Errorf("%s: a number is none", tt.name)
		}
		lines := 0
		for d := xml.NewDecoder(strings.NewReader(out.String())); ; {
			token, err := d.Token()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", tt.name, err)
			}
			if e, ok := token.(xml.StartElement); ok && e.Name.Local == "polyline" {
				lines++
			}
		}
		if lines != len(tt.curves) {
			t.Errorf("%s: %d lines", tt.name, lines)
		}
	}
}
