package campaign

import (
	"context"
	"fmt"

	"github.com/leverrpc/lever/bench/load/report"
)

// idle measures what connections that do nothing cost their server in memory: the resident set
// of its process with them and without, after everything that can be freed was.
func (c *campaign) idle(ctx context.Context) error {
	fmt.Fprintf(c.out, "%d idle connections\n", c.plan.idle)
	for _, t := range c.plan.targets {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if t.Idle == nil {
			fmt.Fprintf(c.out, "%-18s does not take part\n", t.Name)
			continue
		}
		each, err := c.idleOf(t)
		if err != nil {
			return fmt.Errorf("%s: %w", t.Name, err)
		}
		fmt.Fprintf(c.out, "%-18s %s of server memory each\n", t.Name, report.Size(each))
	}
	return nil
}

// idleOf gives the bytes for each connection.
func (c *campaign) idleOf(t *Target) (float64, error) {
	server, err := c.server(t)
	if err != nil {
		return 0, err
	}
	few, err := t.Idle(server.addr, 10) // what the first ones need, all need
	if err != nil {
		return 0, err
	}
	defer few()
	before, err := server.ask("collect")
	if err != nil {
		return 0, err
	}
	release, err := t.Idle(server.addr, c.plan.idle)
	if err != nil {
		return 0, err
	}
	defer release()
	after, err := server.ask("collect")
	if err != nil {
		return 0, err
	}
	return (float64(after.Resident) - float64(before.Resident)) / float64(c.plan.idle), nil
}
