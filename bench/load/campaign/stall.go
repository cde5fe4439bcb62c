package campaign

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/leverrpc/lever/bench/load/meter"
	"github.com/leverrpc/lever/bench/load/report"
)

// stall measures calls on a connection, first by themselves and then beside a stream of 256 MiB
// whose reader has stopped; and how much the two processes grow.
func (c *campaign) stall(ctx context.Context) error {
	fmt.Fprintln(c.out, "calls beside a stream of 256 MiB whose reader stops")
	for _, k := range c.plan.cases {
		for _, s := range c.plan.shapes {
			for _, t := range c.plan.targets {
				if err := c.stallOf(ctx, t, k, s); err != nil {
					return fmt.Errorf("%s, %s %v: %w", t.Name, k.Name, s, err)
				}
			}
		}
	}
	return nil
}

// StallBytes is how much the server tries to send.
const StallBytes = 256 << 20

// stallOf measures one target, several times in turn with and without the stream.
func (c *campaign) stallOf(ctx context.Context, t *Target, k Case, s Shape) (err error) {
	if t.Stall == nil {
		fmt.Fprintf(c.out, "%-18s does not take part\n", t.Name)
		return nil
	}
	server, err := c.server(t)
	if err != nil {
		return err
	}
	client, err := t.Dial(server.addr, s.Conns)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, client.Close()) }()
	var ratios []float64
	var growth [2]float64
	for range c.plan.rounds {
		alone, before, err := c.callsOf(ctx, client, server, k, s)
		if err != nil {
			return err
		}
		release, err := t.Stall(client)
		if err != nil {
			return err
		}
		beside, after, err := c.callsOf(ctx, client, server, k, s)
		release()
		if err != nil {
			return fmt.Errorf("beside the stream: %w", err)
		}
		ratios = append(ratios, beside/alone)
		for i := range growth {
			growth[i] = max(growth[i], float64(after[i].Resident)-float64(before[i].Resident))
		}
	}
	c.progress.clear()
	_, err = fmt.Fprintf(c.out, "%-18s %s %v: %.2f of the rate, client +%s, server +%s\n",
		t.Name, k.Name, s, report.Median(ratios), report.Size(growth[0]), report.Size(growth[1]))
	return err
}

// callsOf gives the rate of calls, and what client and server hold at the end.
func (c *campaign) callsOf(ctx context.Context, client Client, server *process, k Case, s Shape) (
	perSecond float64, held [2]meter.Usage, err error) {
	ops := make([]meter.Op, s.Callers)
	for i := range ops {
		if ops[i], err = client.Op(k, i); err != nil {
			return 0, held, err
		}
	}
	out, err := meter.Run(ctx, meter.Load{Warmup: c.plan.warmup, Time: c.plan.time}, ops)
	if err != nil {
		return 0, held, err
	}
	time.Sleep(50 * time.Millisecond) // both sides are at rest
	held[0] = meter.ReadUsage()
	held[1], err = server.ask("usage")
	return out.PerSecond(), held, err
}
