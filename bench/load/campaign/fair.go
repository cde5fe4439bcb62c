package campaign

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"github.com/leverrpc/lever/bench/load/meter"
	"github.com/leverrpc/lever/bench/load/report"
)

// scene is a way in which calls that ask for little meet others that ask for much.
type scene struct {
	name, about string
	bar         float64
	// polite is how many callers ask for little, on how many connections.
	polite Shape
	// set connects those who ask for little, and makes the operations of those who ask for much.
	// ErrNot: the target does not take part. Whatever it returns is to be closed.
	set func(t *Target, addr string, polite Shape) (clients []Client, greedy []meter.Op, err error)
}

var scenes = []scene{
	{"blast", "100 connections beside one at full blast", 5, Shape{100, 100}, setBlast},
	{"large", "10 callers beside messages of 64 MiB on their connection", 3, Shape{10, 1}, setLarge(Whole)},
	{"bulk", "10 callers beside messages of 64 MiB of class bulk, of their client", 3, Shape{10, 1},
		setLarge(Apart)},
	{"stream", "10 callers beside a stream of 64 MiB and more on their connection", 3, Shape{10, 1},
		setLarge(Pieces)},
}

// parseScenes reads a list such as "blast,large".
func parseScenes(list string) ([]scene, error) {
	if list == "all" {
		return scenes, nil
	}
	return parseList(list, "scene", func(name string) (scene, error) {
		for _, s := range scenes {
			if s.name == name {
				return s, nil
			}
		}
		return scene{}, fmt.Errorf("no scene %q", name)
	})
}

// LargeBytes is how much an operation sends there and back that others should not have to wait for.
const LargeBytes = 64 << 20

// Manner is how that is sent.
type Manner uint8

const (
	// Whole is one message, on the connection of all calls.
	Whole Manner = iota
	// Apart is one message, which the client may treat as what can wait, and have a connection for.
	Apart
	// Pieces are messages of PieceBytes of one stream, on the connection of all calls.
	Pieces
)

// PieceBytes is the size of a piece.
const PieceBytes = 64 << 10

// politeRate is how many calls of those who ask for little are due in a second, together.
const politeRate = 1000

// little is what they ask for.
var little = Case{Name: "b64", Kind: Bytes, Bytes: 64}

// setBlast has 64 callers on one connection that call without a pause.
func setBlast(t *Target, addr string, polite Shape) ([]Client, []meter.Op, error) {
	var clients []Client
	for _, conns := range []int{polite.Conns, 1} {
		c, err := t.Dial(addr, conns)
		if err != nil {
			return clients, nil, err
		}
		clients = append(clients, c)
	}
	greedy, err := opsOf(clients[1], little, 64)
	return clients, greedy, err
}

// setLarge has one caller that sends large messages to and fro.
func setLarge(how Manner) func(*Target, string, Shape) ([]Client, []meter.Op, error) {
	return func(t *Target, addr string, _ Shape) ([]Client, []meter.Op, error) {
		if t.Large == nil {
			return nil, nil, ErrNot
		}
		c, op, err := t.Large(addr, how)
		if err != nil {
			return nil, nil, err
		}
		return []Client{c}, []meter.Op{op}, nil
	}
}

// opsOf makes the operations of so many callers.
func opsOf(c Client, k Case, callers int) ([]meter.Op, error) {
	ops := make([]meter.Op, callers)
	for i := range ops {
		var err error
		if ops[i], err = c.Op(k, i); err != nil {
			return nil, err
		}
	}
	return ops, nil
}

// fair measures all scenes, and prints one table.
func (c *campaign) fair(ctx context.Context) error {
	for _, s := range c.plan.scenes {
		fmt.Fprintf(c.out, "%-6s %s, %d calls of 64 bytes a second\n", s.name, s.about, int(c.plan.rate))
	}
	fmt.Fprintln(c.out)
	var failed error
	for _, s := range c.plan.scenes {
		for _, t := range c.plan.targets {
			if failed != nil {
				break
			}
			f, err := c.fairOf(ctx, s, t)
			switch {
			case err == nil:
				c.doc.Fair = append(c.doc.Fair, f)
			case !errors.Is(err, ErrNot):
				failed = fmt.Errorf("%s, %s: %w", t.Name, s.name, err)
			}
		}
	}
	c.progress.clear()
	if c.plan.json != "" {
		failed = errors.Join(failed, toFile(c.plan.json, c.doc.Write))
	}
	return errors.Join(failed, report.FairTable(c.out, c.doc.Fair))
}

// fairOf measures one target in one scene, several times in turn alone and beside the others.
func (c *campaign) fairOf(ctx context.Context, s scene, t *Target) (f report.Fair, err error) {
	server, err := c.server(t)
	if err != nil {
		return f, err
	}
	clients, greedy, err := s.set(t, server.addr, s.polite)
	defer func() {
		for _, one := range clients {
			err = errors.Join(err, one.Close())
		}
	}()
	if err != nil {
		return f, err
	}
	polite, err := opsOf(clients[0], little, s.polite.Callers)
	if err != nil {
		return f, err
	}
	var rounds []report.Fair
	for round := range c.plan.rounds {
		what := fmt.Sprintf("%s, round %d of %d: %s", s.name, round+1, c.plan.rounds, t.Name)
		one, err := c.fairRound(ctx, what, polite, greedy)
		if err != nil {
			return f, err
		}
		one.Scene, one.Target, one.Rate, one.Bar = s.name, t.Name, c.plan.rate, s.bar
		rounds = append(rounds, one)
	}
	return report.FairOf(rounds), nil
}

// fairRound measures once alone and once beside the others.
func (c *campaign) fairRound(ctx context.Context, what string, polite, greedy []meter.Op) (
	f report.Fair, err error) {
	load := meter.Load{
		Warmup: c.plan.warmup, Time: c.plan.time, Rate: c.plan.rate,
		Progress: func(done uint64) { c.progress.show(what, done) },
	}
	runtime.GC() // what the turn before has left
	alone, err := meter.Run(ctx, load, polite)
	if err != nil {
		return f, err
	}
	others, begun := startGreed(greedy), time.Now()
	beside, err := meter.Run(ctx, load, polite)
	done, failed := others.end()
	if err = errors.Join(err, failed); err != nil {
		return f, fmt.Errorf("beside the others: %w", err)
	}
	f.Alone, f.Beside = report.LatencyOf(&alone.Latency), report.LatencyOf(&beside.Latency)
	f.Late = report.LatencyOf(&beside.Late)
	f.Others = float64(done) / time.Since(begun).Seconds()
	return f, nil
}

// greed are operations that are done over and over.
type greed struct {
	stop atomic.Bool
	done atomic.Uint64
	all  sync.WaitGroup
	mu   sync.Mutex // guards err
	err  error
}

// startGreed puts each of ops into a goroutine of its own, until end is called or one fails.
func startGreed(ops []meter.Op) *greed {
	g := new(greed)
	for _, op := range ops {
		g.all.Go(func() {
			for !g.stop.Load() {
				if err := op(); err != nil {
					g.mu.Lock()
					g.err = errors.Join(g.err, err)
					g.mu.Unlock()
					return
				}
				g.done.Add(1)
			}
		})
	}
	return g
}

// end waits for the operations under way, and gives how many there were.
func (g *greed) end() (done uint64, err error) {
	g.stop.Store(true)
	g.all.Wait()
	return g.done.Load(), g.err
}
