package campaign

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/leverrpc/lever/bench/load/meter"
	"github.com/leverrpc/lever/bench/load/report"
)

// campaign is a plan that is carried out. Owned by one goroutine.
type campaign struct {
	plan     *plan
	out      io.Writer
	progress progress
	servers  map[string]*process // by target
	doc      report.Document
	curves   []report.Curve // of the case and shape that is measured
}

// compare measures everything and reports as it goes. What was measured before an error is
// reported too.
func (c *campaign) compare(ctx context.Context) error {
	var failed error
	for _, k := range c.plan.cases {
		for _, s := range c.plan.shapes {
			if failed == nil {
				failed = c.block(ctx, k, s)
			}
		}
	}
	c.doc.Summaries = report.Summarize(c.doc.Rows, c.plan.base)
	if c.plan.json != "" {
		failed = errors.Join(failed, toFile(c.plan.json, c.doc.Write))
	}
	return failed
}

// block measures one case in one shape, and prints its table.
func (c *campaign) block(ctx context.Context, k Case, s Shape) error {
	c.curves = nil
	begun := len(c.doc.Rows)
	missing := make(map[string]bool)
	var failed error
	for round := range c.plan.rounds {
		for i := range c.plan.targets {
			t := c.plan.targets[(i+round)%len(c.plan.targets)]
			if missing[t.Name] || failed != nil {
				continue
			}
			err := c.measure(ctx, t, k, s, round)
			if errors.Is(err, ErrNot) {
				missing[t.Name] = true
			} else if err != nil {
				failed = fmt.Errorf("%s, %s %v: %w", t.Name, k.Name, s, err)
			}
		}
	}
	c.progress.clear()
	rows := report.InOrder(c.doc.Rows[begun:], c.names())
	if err := report.Table(c.out, report.Summarize(rows, c.plan.base), c.plan.base); err != nil {
		return err
	}
	fmt.Fprintln(c.out)
	if failed == nil && c.plan.plot != "" && len(c.curves) > 0 {
		title := fmt.Sprintf("%s %v: latency of %s", k.Name, s, k.About)
		failed = toFile(c.plotName(k, s), func(w io.Writer) error {
			return report.Plot(w, title, c.curves)
		})
	}
	return failed
}

// names are the targets in the order of the flags.
func (c *campaign) names() (names []string) {
	for _, t := range c.plan.targets {
		names = append(names, t.Name)
	}
	return names
}

// measure is one turn of one target.
func (c *campaign) measure(ctx context.Context, t *Target, k Case, s Shape, round int) (err error) {
	server, err := c.server(t)
	if err != nil {
		return err
	}
	client, err := t.Dial(server.addr, s.Conns)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, client.Close()) }()
	ops := make([]meter.Op, s.Callers)
	for i := range ops {
		if ops[i], err = client.Op(k, i); err != nil {
			return err
		}
	}
	runtime.GC() // what the turn before has left
	m := marks{server: server}
	if c.plan.profile != "" && round == 0 {
		m.profile = fmt.Sprintf("%s-%s-%s-%v", c.plan.profile, fileName(t.Name), k.Name, s)
	}
	what := fmt.Sprintf("%s %v, round %d of %d: %s", k.Name, s, round+1, c.plan.rounds, t.Name)
	load := meter.Load{
		Warmup: c.plan.warmup, Time: c.plan.time, Rate: c.plan.rate, Mark: m.mark,
		Progress: func(done uint64) { c.progress.show(what, done*uint64(k.Units())) },
	}
	out, err := meter.Run(ctx, load, ops)
	if err != nil {
		return err
	}
	c.doc.Rows = append(c.doc.Rows, m.row(t, k, s, round, c.plan.rate, out))
	c.keep(t, out)
	return nil
}

// row makes a row of an outcome.
func (m *marks) row(t *Target, k Case, s Shape, round int, rate float64,
	out *meter.Outcome) report.Row {
	units := out.Ops * uint64(k.Units())
	r := report.Row{
		Case: k.Name, Shape: s.String(), Target: t.Name, Round: round, Rate: rate, Bytes: k.Bytes,
		Seconds: out.Elapsed.Seconds(), Units: units, PerSecond: out.PerSecond() * float64(k.Units()),
		Latency: report.LatencyOf(&out.Latency),
		Client:  report.CostOf(m.client[1].Sub(m.client[0]), units),
	}
	if rate > 0 {
		late := report.LatencyOf(&out.Late)
		r.Late = &late
	}
	if m.server.cmd != nil {
		cost := report.CostOf(m.served[1].Sub(m.served[0]), units)
		r.Server = &cost
	}
	return r
}

// keep adds a turn to its target's curve.
func (c *campaign) keep(t *Target, out *meter.Outcome) {
	for _, curve := range c.curves {
		if curve.Name == t.Name {
			curve.Latency.Add(&out.Latency)
			return
		}
	}
	c.curves = append(c.curves, report.Curve{Name: t.Name, Latency: &out.Latency})
}

// server gives the server of a target, which stays for the whole campaign.
func (c *campaign) server(t *Target) (*process, error) {
	if c.plan.role == roleClient {
		return &process{addr: c.plan.addr}, nil
	}
	if p := c.servers[t.Name]; p != nil {
		return p, nil
	}
	p, err := start(t)
	if err != nil {
		return nil, err
	}
	if c.servers == nil {
		c.servers = make(map[string]*process)
	}
	c.servers[t.Name] = p
	return p, nil
}

// close ends the servers.
func (c *campaign) close() {
	for name, p := range c.servers {
		if err := p.stop(); err != nil {
			fmt.Fprintf(c.progress.w, "load: server of %s: %v\n", name, err)
		}
	}
}

// plotName gives the file of a block's plot.
func (c *campaign) plotName(k Case, s Shape) string {
	if len(c.plan.cases)*len(c.plan.shapes) == 1 {
		return c.plan.plot
	}
	ext := filepath.Ext(c.plan.plot)
	return fmt.Sprintf("%s-%s-%v%s", strings.TrimSuffix(c.plan.plot, ext), k.Name, s, ext)
}

// fileName makes a part of a file's name of a target's.
func fileName(target string) string { return strings.ReplaceAll(target, "/", "-") }

// toFile writes a file.
func toFile(path string, write func(io.Writer) error) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	return errors.Join(write(file), file.Close())
}
