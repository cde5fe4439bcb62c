package campaign

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/leverrpc/lever/bench/load/report"
)

// Main is a whole program that compares targets. defaults is the list of those that are compared
// if the flags name none. It does not return.
func Main(all []*Target, defaults string) {
	err := Run(os.Args[1:], all, defaults, os.Stdin, os.Stdout, os.Stderr)
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
		os.Exit(0)
	default:
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

// Run is Main with its surroundings as arguments. Server processes are this program, started
// with arguments that it must bring here.
func Run(args []string, all []*Target, defaults string, in io.Reader, out, errOut io.Writer) error {
	p, err := parse(args, all, defaults, errOut)
	if err != nil {
		return err
	}
	switch p.role {
	case roleServer:
		os.Stdout = os.Stderr // what a framework prints is no answer
		return serve(p.targets[0], in, out)
	case roleBurn:
		return burn(in)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ctx, cancel := context.WithTimeoutCause(ctx, p.limit,
		fmt.Errorf("the limit of %v is over", p.limit))
	defer cancel()
	if p.awake {
		rest, err := keepAwake()
		if err != nil {
			return err
		}
		defer rest()
	}
	c := &campaign{plan: p, out: out, progress: progress{w: errOut, quiet: p.quiet}}
	defer c.close()
	command := "load " + strings.Join(args, " ")
	machine, begun := report.ThisMachine(), time.Now()
	fmt.Fprintf(out, "%s\n%s\n%s\n\n", command, machine, begun.Format("2006-01-02 15:04 MST"))
	switch {
	case p.idle > 0:
		return c.idle(ctx)
	case p.stall:
		return c.stall(ctx)
	}
	c.doc = report.Document{Machine: machine, Command: command, Begun: begun, Base: p.base}
	if len(p.scenes) > 0 {
		return c.fair(ctx)
	}
	return c.compare(ctx)
}
