package campaign

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"time"
)

// plan is what the flags say.
type plan struct {
	role     string
	addr     string
	targets  []*Target
	base     string
	cases    []Case
	shapes   []Shape
	rounds   int
	time     time.Duration
	warmup   time.Duration
	limit    time.Duration
	rate     float64
	idle     int
	stall    bool
	scenes   []scene
	awake    bool
	quiet    bool
	json     string
	plot     string
	profile  string
	defaults string // of -compare
}

// The roles of a process.
const (
	roleAll    = "all"
	roleServer = "server"
	roleClient = "client"
	roleBurn   = "burn"
)

// parse reads the flags. all are the targets that may be named; the first that the default list
// names is the base unless the flags say otherwise.
func parse(args []string, all []*Target, defaults string, out io.Writer) (*plan, error) {
	p := &plan{defaults: defaults}
	f := flag.NewFlagSet("load", flag.ContinueOnError)
	f.SetOutput(out)
	var compare, cases, shapes, fair string
	f.StringVar(&p.role, "role", roleAll, "all: start the servers too;\n"+
		"client: use the server at -addr;\nserver: serve the one target of -compare until the standard input ends")
	f.StringVar(&p.addr, "addr", "", "address of the server, for the role client")
	f.StringVar(&compare, "compare", defaults, "targets, which take turns; or all")
	f.StringVar(&p.base, "base", "", "target that ratios refer to (default the first)")
	f.StringVar(&cases, "case", "obj,b64", "cases")
	f.StringVar(&shapes, "shape", "1x1,64x1", "callers x connections")
	f.IntVar(&p.rounds, "rounds", 3, "turns of each target; the table shows medians")
	f.DurationVar(&p.time, "time", time.Second, "time of a turn that counts")
	f.DurationVar(&p.warmup, "warmup", 300*time.Millisecond, "time before it that does not")
	f.DurationVar(&p.limit, "limit", 15*time.Minute, "stop everything then")
	f.Float64Var(&p.rate, "rate", 0, "open loop: operations that are due in a second (0: closed loop)")
	f.IntVar(&p.idle, "idle", 0, "instead: what so many idle connections cost the server in memory")
	f.BoolVar(&p.stall, "stall", false, "instead: other calls beside a stream whose reader stops")
	f.StringVar(&fair, "fair", "", "instead: how long calls wait beside others that ask for much, in these\n"+
		"scenes, or all; -rate is that of the calls (0: 1000)")
	f.BoolVar(&p.awake, "awake", false, "keep the processors from sleeping, with work of the lowest\n"+
		"priority (Linux)")
	f.BoolVar(&p.quiet, "quiet", false, "no progress line")
	f.StringVar(&p.json, "json", "", "write everything to this file, for programs")
	f.StringVar(&p.plot, "plot", "", "draw latency percentiles to this SVG file; the case and shape\n"+
		"are put into its name if there are several")
	f.StringVar(&p.profile, "profile", "", "write profiles of processor time and allocations of both\n"+
		"sides, to files whose names begin so, in the first round")
	f.Usage = func() { usage(f, all) }
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	if f.NArg() > 0 {
		return nil, fmt.Errorf("%q is no flag", f.Arg(0))
	}
	var errs [4]error
	p.targets, errs[0] = choose(all, compare)
	p.cases, errs[1] = ParseCases(cases)
	p.shapes, errs[2] = ParseShapes(shapes)
	if fair != "" {
		p.scenes, errs[3] = parseScenes(fair)
	}
	if err := errors.Join(errs[:]...); err != nil {
		return nil, err
	}
	if fair != "" && p.rate == 0 {
		p.rate = politeRate
	}
	return p, p.check()
}

// check refuses what makes no sense together.
func (p *plan) check() error {
	if p.base == "" {
		p.base = p.targets[0].Name
	}
	switch {
	case p.role != roleAll && p.role != roleServer && p.role != roleClient && p.role != roleBurn:
		return fmt.Errorf("no role %q", p.role)
	case p.role == roleClient && (p.addr == "" || len(p.targets) != 1):
		return errors.New("the role client needs -addr and one target")
	case p.role == roleServer && len(p.targets) != 1:
		return errors.New("the role server needs one target")
	case p.rounds < 1 || p.rounds > 1000:
		return errors.New("-rounds is from 1 to 1000")
	case p.time <= 0 || p.warmup < 0 || p.limit <= 0 || p.rate < 0:
		return errors.New("times and rates are positive")
	case p.idle < 0 || p.idle > maxCallers:
		return fmt.Errorf("-idle is at most %d", maxCallers)
	}
	return nil
}

// choose finds targets by their names.
func choose(all []*Target, list string) ([]*Target, error) {
	if list == "all" {
		return all, nil
	}
	return parseList(list, "target", func(name string) (*Target, error) {
		for _, t := range all {
			if t.Name == name {
				return t, nil
			}
		}
		return nil, fmt.Errorf("no target %q", name)
	})
}

// usage explains the program.
func usage(f *flag.FlagSet, all []*Target) {
	w := f.Output()
	fmt.Fprint(w, "Measures calls over the loopback interface: the server is a process of its own, "+
		"targets take turns.\n\nTargets:\n")
	for _, t := range all {
		fmt.Fprintf(w, "  %-18s %s\n", t.Name, t.About)
	}
	fmt.Fprint(w, "\nCases:\n")
	for _, c := range Cases {
		fmt.Fprintf(w, "  %-18s %s\n", c.Name, c.About)
	}
	fmt.Fprint(w, "\nScenes of -fair:\n")
	for _, s := range scenes {
		fmt.Fprintf(w, "  %-18s %s\n", s.name, s.about)
	}
	fmt.Fprint(w, "\nShapes are callers x connections, such as ",
		"1x1, 64x1, 512x1, 64x8, 64x64, 512x512", ".\n\nFlags:\n")
	f.PrintDefaults()
}
