package play

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/leverrpc/lever/conformance/script"
)

// Verdict is how a script ended.
type Verdict string

// The verdicts.
const (
	Passed  Verdict = "passed"
	Failed  Verdict = "failed"
	Skipped Verdict = "skipped" // the subject's own limits, or what it lacks, make no sense of it
)

// Outcome is one run of one script.
type Outcome struct {
	Script  *script.Script
	Chop    int // the size of what is written at once; 0: whole
	Verdict Verdict
	Reason  string   // of a failure or a skip
	Line    int      // the step of the failure
	Log     []string // the frames of a failure, oldest first
	Took    time.Duration
}

// skip ends a script that does not apply.
type skip string

func (s skip) Error() string { return string(s) }

// Options are what all runs share.
type Options struct {
	// Limit ends a wait for a subject that does not answer. Zero: 20s, which is more than the
	// longest time that the protocol allows a side to stay silent in a script.
	Limit time.Duration
}

// player runs one script.
type player struct {
	ctx    context.Context
	limit  time.Duration
	chop   int
	script *script.Script
	env    *script.Env

	local, remote map[string]verb

	server Server    // when a server is under test
	own    OwnServer // the one that this script may drain
	client Client    // when a client is
	told   []script.News

	link    *link
	ledger  *ledger
	old     []*link
	pending []byte         // read and not yet whole
	queue   []script.Whole // whole and not yet asked for
	aside   []script.Whole // what may come at any time, passed over
	end     error          // the end of the stream, once it was reached

	cut       []byte // sent, and not yet a whole frame
	cork      []byte
	corked    bool
	held      []script.Frame // the runner's own, until the frame that is being sent is whole
	noPing    bool           // the script answers PING itself
	noCredit  bool           // the script grants credit itself
	owed      int64
	owedSlots int64
	owedCalls map[uint32]int64
	nextToken uint32

	line int
	log  []string
}

// RunServer plays a script against a server.
func RunServer(ctx context.Context, s *script.Script, server Server, chop int, o Options) Outcome {
	p := newPlayer(ctx, s, chop, o)
	p.server = server
	return p.play(func() error {
		if s.Has("drain") {
			drainable, ok := server.(Drainable)
			if !ok {
				return skip("the runner cannot tell this server to drain")
			}
			own, err := drainable.Own(ctx)
			if err != nil {
				return err
			}
			p.own, p.server = own, own
		}
		return p.connect()
	})
}

// RunClient plays a script against a client.
func RunClient(ctx context.Context, s *script.Script, clients Clients, chop int, o Options) Outcome {
	p := newPlayer(ctx, s, chop, o)
	return p.play(func() (err error) {
		p.client, err = clients.Start(ctx)
		return err
	})
}

func newPlayer(ctx context.Context, s *script.Script, chop int, o Options) *player {
	if o.Limit == 0 {
		o.Limit = 20 * time.Second
	}
	p := &player{
		ctx: ctx, limit: o.Limit, chop: chop, script: s, env: script.NewEnv(),
		owedCalls: make(map[uint32]int64), nextToken: 0x7E570001,
		local: local(), remote: remote(),
	}
	p.env.Run = rand.Text()[:10]
	p.env.Live = func(name string) (int64, bool) {
		if p.ledger == nil {
			return 0, false
		}
		return p.ledger.live(name)
	}
	return p
}

// play runs all steps and tells how they ended.
func (p *player) play(start func() error) (o Outcome) {
	began := time.Now()
	o = Outcome{Script: p.script, Chop: p.chop, Verdict: Passed}
	err := start()
	if err == nil {
		err = p.steps(p.script.Steps)
	}
	unable := p.close()
	o.Took = time.Since(began)
	var s skip
	switch {
	case unable:
		o.Verdict, o.Reason = Skipped, "the client says that it cannot do this"
	case errors.As(err, &s):
		o.Verdict, o.Reason = Skipped, string(s)
	case err != nil:
		o.Verdict, o.Reason, o.Line, o.Log = Failed, err.Error(), p.line, p.log
	}
	return o
}

// close ends everything that the script began.
func (p *player) close() (unable bool) {
	for _, l := range append(p.old, p.link) {
		if l != nil {
			l.close()
		}
	}
	if p.client != nil {
		unable = p.client.Close()
	}
	if p.own != nil {
		p.own.Close()
	}
	return unable
}

// connect makes a new connection, with books of its own, the current one.
func (p *player) connect() error {
	ctx, stop := context.WithTimeout(p.ctx, p.limit)
	defer stop()
	conn, role, err := p.meet(ctx)
	if err != nil {
		return fmt.Errorf("no connection: %w", err)
	}
	if p.link != nil {
		p.old = append(p.old, p.link)
	}
	p.link, p.ledger = newLink(conn), newLedger(role)
	p.pending, p.queue, p.aside, p.end = nil, nil, nil, nil
	p.cut, p.cork, p.corked, p.held = nil, nil, false, nil
	p.owed, p.owedSlots = 0, 0
	clear(p.owedCalls)
	p.note("-- connected")
	return nil
}

// meet dials a server under test, or waits for a client under test, which may instead tell that
// it cannot do what it was told.
func (p *player) meet(ctx context.Context) (Conn, script.Role, error) {
	if p.client == nil {
		conn, err := p.server.Dial(ctx)
		return conn, script.Server, err
	}
	type met struct {
		conn Conn
		err  error
	}
	ctx, stop := context.WithCancel(ctx)
	arrived := make(chan met, 1)
	go func() {
		conn, err := p.client.Accept(ctx)
		arrived <- met{conn, err}
	}()
	for {
		select {
		case m := <-arrived:
			stop()
			return m.conn, script.Client, m.err
		case n, ok := <-p.client.News():
			if err := p.hear(n, ok); err != nil {
				stop()
				if m := <-arrived; m.conn != nil {
					m.conn.Close()
				}
				return nil, script.Client, err
			}
		}
	}
}

// maxLog bounds what a failure shows.
const maxLog = 200

func (p *player) note(format string, args ...any) {
	if len(p.log) == maxLog {
		p.log = append(p.log[:0], p.log[maxLog/2:]...)
	}
	p.log = append(p.log, fmt.Sprintf(format, args...))
}

// errEnd is the end of the stream where a script wanted more.
var errEnd = errors.New("the connection has ended")

// read gives the next whole thing that the subject says, in order: a frame, or a body with all
// of its continuations. nil without an error is the end of the stream.
func (p *player) read(limit <-chan time.Time) (*script.Whole, error) {
	for {
		w, err := p.advance(limit)
		if w != nil || err != nil || p.over() {
			return w, err
		}
	}
}

// over reports whether the stream has ended and all of it was taken.
func (p *player) over() bool {
	_, n := script.Cut(p.pending)
	return p.end != nil && n == 0
}

// advance takes one frame, which may make something whole, or waits for more bytes.
func (p *player) advance(limit <-chan time.Time) (*script.Whole, error) {
	if w, more, err := p.parse(); more || err != nil || p.end != nil {
		return w, err
	}
	b, end, late := p.link.take(limit)
	if late {
		return nil, fmt.Errorf("nothing came within %v", p.limit)
	}
	p.fill(b, end)
	return nil, nil
}

// fill takes what the link has read.
func (p *player) fill(b []byte, end error) {
	p.pending = append(p.pending[:len(p.pending):len(p.pending)], b...)
	if p.end = end; end != nil {
		p.note("<- end: %v", end)
	}
}

// parse takes the next frame of what was read, if it is there. It gives what is whole by it, or
// nil; more tells that there was one.
func (p *player) parse() (w *script.Whole, more bool, err error) {
	f, n := script.Cut(p.pending)
	if n == 0 {
		if len(p.pending) >= script.HeaderSize && p.pending[3] != 0 {
			err = fault("F-201", "a header claims 16 MiB or more: %x", p.pending[:16])
		}
		return nil, false, err
	}
	p.pending = p.pending[n:]
	p.note("<- %v", f)
	if w, err = p.ledger.received(f); err == nil {
		p.react(f)
	}
	return w, true, err
}

// keep puts w where a later step finds it.
func (p *player) keep(w *script.Whole) {
	if anytime(w) {
		p.aside = append(p.aside, *w)
	} else {
		p.queue = append(p.queue, *w)
	}
}

// next gives what read would, what waits in the queue first. What may come at any time is put
// aside; news of the end come as errEnd.
func (p *player) next(limit <-chan time.Time) (*script.Whole, error) {
	if len(p.queue) > 0 {
		w := p.queue[0]
		p.queue = p.queue[1:]
		return &w, nil
	}
	for {
		w, err := p.read(limit)
		switch {
		case err != nil:
			return nil, err
		case w == nil:
			return nil, errEnd
		case anytime(w):
			p.aside = append(p.aside, *w)
		default:
			return w, nil
		}
	}
}

// anytime reports whether a peer may send w whatever a script is about.
func anytime(w *script.Whole) bool {
	switch w.Type {
	case script.Credit, script.Bind:
		return true
	case script.Ping:
		return w.Code == 0
	}
	return w.Type >= script.FirstIgnorable
}

// abrupt reports whether the end of the stream was not the peer's orderly one.
func abrupt(end error) bool { return end != nil && !errors.Is(end, io.EOF) }
