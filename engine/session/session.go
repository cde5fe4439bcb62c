package session

import (
	"time"

	"github.com/leverrpc/lever/frame"
)

// Session is one side of one connection. It is not safe for concurrent use: its driver guards
// it. See the package comment for the order of calls.
type Session struct {
	role    Role
	state   connState
	vets    bool          // a server that lets clients wait for a verdict
	vetting bool          // one waits
	local   *frame.Params // what this side announced; shared, as limits are
	remote  frame.Params  // what the peer announced, or the minimum
	limits  *Limits
	now     time.Duration // the latest time that the driver told
	err     error         // why the connection ended

	in       input
	out      []byte // whole frames, ready to send
	gather   *Parts // where TakeParts wants large payloads; nil: in out
	ev       Event
	notices  []notice  // notices[noticed:] wait for Next
	methods  []*Method // responder: by number - 1
	binder   binder    // initiator
	table    table
	heap     deadlines
	live     int // calls begun and not done
	free     *Call
	freed    int32
	noticed  int32
	glitches bucket

	// What the peer may send.
	bytes     window
	slots     account
	unread    int       // delivered stream bytes that the application has not released
	withheld  int       // bytes whose connection credit waits until unread falls
	assembled int       // bytes of messages that have begun and not ended
	replies   int32     // control frames in out that the peer has caused
	tight     bool      // unread has passed its limit, and credit was kept back
	came      [3]uint16 // by class: bytes of payload since sweep's last look, up to leastProgress

	// What this side may send.
	stalled   bool     // a payload waits for connection credit
	wide      [3]uint8 // by class: how many large bodies are under way
	sendBytes int64
	sendSlots int64
	waiting   [3]callList // by class: calls without a slot
	ready     [3]callList // by class: calls with a payload that may go
	large     [3]callList // by class: those whose large body waits for others to be through

	quietUntil time.Duration // until then Saturated is not told again

	// Call ids. At the initiator nextID is the id of the next CALL to be serialised; at the
	// responder it is the id that the next CALL must have, and any odd id while firstID, the id
	// of the first, is zero.
	firstID, nextID uint32

	goaway goaway
	alive  keepalive
	stall  stall

	backlog backlog
	budget  Budget // nil: there is no bound for all connections together
	probe   probe

	helloBy time.Duration // the peer's HELLO must be here by then
	frameBy time.Duration // the frame in part must be whole by then; zero: no frame is
	sweepAt time.Duration // when to look at unfinished payloads; zero: there were none
	seed    uint64

	framesSent, creditFrames, callsSeen uint64
}

// New begins a session at the time now. A client's HELLO is in the output at once.
func New(cfg Config, role Role, now time.Duration) *Session {
	if cfg.terms == nil {
		cfg = cfg.Shared()
	}
	cfg.FirstID |= 1
	s := &Session{
		role: role, local: &cfg.terms.params, remote: frame.MinParams, limits: &cfg.terms.limits,
		budget: cfg.Budget, now: now,
		bytes:     newWindow(cfg.terms.params.ConnBytes, now),
		slots:     account{open: int64(cfg.terms.params.Calls)},
		sendBytes: int64(frame.MinParams.ConnBytes),
		sendSlots: int64(frame.MinParams.Calls),
		glitches:  bucket{left: cfg.terms.limits.Glitches, since: now},
		helloBy:   now + cfg.terms.limits.HelloTimeout,
		alive:     keepalive{heard: now},
		goaway:    goaway{last: frame.NoLastID},
	}
	if role == Client {
		s.firstID, s.nextID = cfg.FirstID, cfg.FirstID
		s.appendHello(cfg.Seed, frame.Version, frame.Version)
	} else {
		s.seed, s.vets = cfg.Seed, cfg.Vet
	}
	return s
}

// HandleInput takes bytes that arrived. p is lent until Next returns nil.
func (s *Session) HandleInput(now time.Duration, p []byte) {
	s.now = now
	if s.state == closed {
		return
	}
	if len(p) > 0 {
		s.alive.hear(now)
	}
	s.in.feed(p)
}

// HandleTime does what is due: it ends calls whose deadline has come, asks a silent peer
// whether it lives, and gives up one that does not.
func (s *Session) HandleTime(now time.Duration) {
	s.now = now
	if s.state == closed {
		return
	}
	s.expire()
	switch {
	case s.vetting && now >= s.helloBy:
		s.violate(frame.ReasonTimeout, "not admitted within %v", s.limits.HelloTimeout)
	case s.state == waitHello && now >= s.helloBy:
		s.violate(frame.ReasonTimeout, "no HELLO within %v", s.limits.HelloTimeout)
	case s.frameBy != 0 && now >= s.frameBy:
		s.violate(frame.ReasonTimeout, "a frame was not whole within %v", s.limits.FrameTimeout)
	default:
		s.checkAlive()
		s.checkStall()
		s.sweep()
	}
	s.grantConn()
}

// Deadline returns the time at which HandleTime has something to do; ok is false if only input
// or a command can bring it on.
func (s *Session) Deadline() (when time.Duration, ok bool) {
	earliest := func(t time.Duration) {
		if !ok || t < when {
			when, ok = t, true
		}
	}
	if s.state == closed {
		return 0, false
	}
	if len(s.heap) > 0 {
		earliest(s.heap[0].deadline)
	}
	if s.state == waitHello {
		earliest(s.helloBy)
	}
	if s.frameBy != 0 {
		earliest(s.frameBy)
	}
	if t, any := s.aliveBy(); any {
		earliest(t)
	}
	if t, any := s.starvedBy(); any {
		earliest(t)
	}
	if t, any := s.sweepBy(); any {
		earliest(t)
	}
	return when, ok
}

// Next returns the next event, or nil when there is none until more input, time or a command.
// The event and its slices are lent until the next call of Next. It takes what HandleInput was
// given, so one goroutine at a time must call it until it returns nil.
func (s *Session) Next() *Event {
	if s.ev.Forget {
		s.ev.Forget = false
		s.Forget(s.ev.Call)
	}
	s.ev.Body.Release()
	s.ev.Body = nil
	s.ev.More.Release()
	var h frame.Header
	for {
		if s.nextNotice() || len(s.backlog.calls) > 0 && s.resume() {
			return &s.ev
		}
		if s.vetting {
			s.waitForVerdict()
		}
		if s.state == closed || s.vetting {
			return nil
		}
		ok := s.in.header(&h)
		if ok && !s.admissible(&h) {
			continue
		}
		var p []byte
		if ok {
			p, ok = s.payload(&h)
		}
		if !ok {
			s.rest()
			return nil
		}
		s.frameBy = 0
		if s.receive(&h, p) {
			return &s.ev
		}
	}
}

// rest is reached when the input is used up.
func (s *Session) rest() {
	if s.in.held {
		s.in.lent, s.in.held = nil, false
	}
	if s.in.partial() && s.frameBy == 0 {
		s.frameBy = s.now + s.limits.FrameTimeout
	}
	s.trim()
	s.ev = Event{}
	s.grantConn()
}

// HasEvents reports whether a notice, a call that was held back, or input of a client that was
// admitted waits for Next. They come from commands, from the time and from TakeOutput, not only from
// input.
func (s *Session) HasEvents() bool {
	return int(s.noticed) < len(s.notices) || s.mayResume() || s.in.held && !s.vetting
}

// Remote returns what the peer announced: the protocol's minimum before the Hello event.
func (s *Session) Remote() frame.Params { return s.remote }

// Live returns the number of calls in flight, those that wait for a slot or for the RESULT of a
// cancelled call included.
func (s *Session) Live() int { return s.live }

// Closed reports that the connection is over: send what TakeOutput still gives, then close the
// transport.
func (s *Session) Closed() bool { return s.state == closed }

// Err returns why the connection ended: a *Fault of the peer that this side found, a *Goodbye
// that the peer sent, the cause given to HandleEnd, or nil after a clean drain.
func (s *Session) Err() error { return s.err }
