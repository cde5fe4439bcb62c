package sim

import (
	"time"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/frame"
)

// plan is what a seed makes of a run. Each feature is drawn on its own, and often not at all: runs
// that have everything would be alike, and hide what shows only where something is missing.
type plan struct {
	callers, hosts int
	client, server session.Config
	lastIDs        bool // connections begin near the end of the ids

	// The work. Shares are percentages.
	gap       time.Duration // between two calls of one caller
	bursts    int           // of calls asked right behind another
	streams   int
	oneways   int
	values    int // bodies that are not raw bytes
	classes   int // calls that are urgent or bulk
	exts      int
	deadlines int
	cancels   int
	errors    int // answers other than OK
	refusals  int // answers with UNPROCESSED
	large     int // bodies of several fragments
	huge      int // of them, those about as large as a message may be
	patience  time.Duration
	slow      time.Duration // how long handlers take at most
	deaf      int           // streams whose reader does not read
	lazy      int           // turns whose output is taken later
	meddling  int           // events during which others touch the session

	// The links.
	delay, jitter time.Duration
	bandwidth     int // bytes per second; zero: no limit
	room          int // bytes that a transport takes before the far side has them
	cut           int // share of segments that arrive in pieces

	// The faults: how many of each.
	resets, stalls, holes, crashes, drains, leaves, quits int
}

// some is zero in half of the runs, else 1 to most.
func (w *world) some(most int) int {
	if w.rand.IntN(2) == 0 {
		return 0
	}
	return 1 + w.rand.IntN(most)
}

func (w *world) draw() plan {
	p := plan{
		callers: 1 + w.rand.IntN(3), hosts: 1 + w.rand.IntN(3),
		client: w.drawConfig(), server: w.drawConfig(),
		lastIDs: w.chance(15),

		gap: pick(w, 0, time.Millisecond, 20*time.Millisecond), bursts: w.some(95),
		streams: w.some(100), oneways: w.some(20), values: w.some(100), classes: w.some(100),
		exts: w.some(40), deadlines: w.some(80), cancels: w.some(60), errors: w.some(40),
		refusals: w.some(20), large: w.some(25), patience: pick(w, 5*time.Millisecond,
			100*time.Millisecond, 3*time.Second),
		slow: pick(w, 0, 2*time.Millisecond, 50*time.Millisecond, 2*time.Second, 12*time.Second),
		deaf: w.some(30), lazy: w.some(60), meddling: w.some(40),

		delay:  pick(w, 0, 100*time.Microsecond, 5*time.Millisecond, 80*time.Millisecond),
		jitter: pick(w, 0, 0, time.Millisecond, 60*time.Millisecond),
		room:   pick(w, 1, 3000, 65536, 1<<20), cut: w.some(100),
	}
	if w.chance(20) {
		p.bandwidth = 256<<10 + w.rand.IntN(4<<20)
	}
	if w.chance(6) {
		p.huge, p.large = 10, 20
	}
	p.resets, p.stalls, p.holes = w.some(4), w.some(6), w.some(3)
	p.crashes, p.drains, p.leaves, p.quits = w.some(2), w.some(3), w.some(3), w.some(2)
	if w.chance(25) { // a fair network: every call ends by what was asked
		p.resets, p.stalls, p.holes, p.crashes, p.quits = 0, 0, 0, 0, 0
	}
	return p
}

// drawConfig makes the settings of one side. Small credits are drawn more often than large ones.
func (w *world) drawConfig() session.Config {
	cfg := session.Config{
		Params: frame.Params{
			MaxFrame:    pick(w, uint32(16384), 16384, 65536, 1<<20),
			MaxMessage:  4 << 20,
			Calls:       pick(w, uint32(64), 64, 65, 1024),
			ConnBytes:   pick(w, uint32(65536), 65536, 65537+w.rand.Uint32N(100_000), 1<<20),
			StreamBytes: pick(w, uint32(65536), 65536, 65537+w.rand.Uint32N(100_000), 256<<10),
			MaxBindings: pick(w, uint32(1), 2, 1024),
			IdleMS:      pick(w, uint32(3000), 30_000),
		},
		Limits: session.Limits{
			UnreadBytes: pick(w, 1, 1+w.rand.IntN(200_000), 0),
			OutputBytes: pick(w, 1, 1+w.rand.IntN(65536), 0),
			Replies:     pick(w, 16, 0),

			AssemblyBytes:   pick(w, 1, 0), // 1 stands for one MAX_MESSAGE
			PieceBytes:      pick(w, 1024, 1024+w.rand.IntN(100_000), 0),
			WindowBytes:     pick(w, 1, 1+w.rand.IntN(1<<20), 0),
			CallWindowBytes: pick(w, 1, 1+w.rand.IntN(1<<20), 0),
			ResultBytes:     pick(w, 1, 1+w.rand.IntN(1<<20), 0, 0, 0, 0),
		},
		NoIdle:     w.chance(25),
		NoBindings: w.chance(15),
		Seed:       w.rand.Uint64(),
	}
	return cfg
}
