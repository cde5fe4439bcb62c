package abuse

import (
	"testing"
	"time"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/frame"
)

// slots follows the CREDIT frames of a server, so that an attacker can go as far as it may.
type slots struct {
	p     *peer
	left  int
	id    uint32 // of the next call
	calls int
}

// openSlots says HELLO and reads how many calls the server takes.
func openSlots(t *testing.T, addr string) *slots {
	t.Helper()
	p := greetPeer(t, addr, wide)
	_, body := p.await(frame.Hello)
	params, err := frame.ConsumeParams(body)
	if err != nil {
		t.Fatal(err)
	}
	return &slots{p: p, left: int(params.Calls), id: 1}
}

// take is the id of one more call. It waits for a slot; false: the connection has ended.
func (s *slots) take() (id uint32, ok bool) {
	for s.left == 0 {
		h, _, err := s.p.next()
		if err != nil || s.p.gone != nil {
			return 0, false
		}
		if h.Type == frame.Credit && h.ID == 0 {
			s.left += int(h.Code)
		}
	}
	s.left--
	id, s.id = s.id, s.id+2
	s.calls++
	return id, true
}

// TestAbuseA1RapidReset calls and cancels at wire speed, within the credit: a slot must come back
// when the handler has ended and not before, and the flood must end.
func TestAbuseA1RapidReset(t *testing.T) {
	eachDriver(t, func(t *testing.T, d transport.Driver) {
		const limit = 100
		o := order{Driver: d, Params: frame.Params{Calls: limit}}
		siege(t, o, 8<<20, func(c *child) {
			s := openSlots(t, c.addr)
			end := time.Now().Add(time.Duration(times(100, 20_000)) * time.Millisecond)
			for time.Now().Before(end) {
				id, ok := s.take()
				if !ok || s.p.send(call(id, 0, "slow", "x")) != nil {
					break
				}
				if id > 40 { // some calls later, so that the handler has begun
					s.p.send(cancel(id - 40))
				}
			}
			s.p.reset()
			if got := c.stats(); got.Most > 2*limit { // of two connections in turn
				t.Errorf("%d handlers ran at once on connections of %d calls", got.Most, limit)
			}
		})
	})
}

// TestAbuseA1Calm calls and cancels where calls take long and there are slots enough: the tokens
// are used up first.
func TestAbuseA1Calm(t *testing.T) {
	s := newCore(session.Config{Params: frame.Params{Calls: 1 << 20}}, session.Server, wide)
	pairs := 0
	for id := uint32(1); !s.Closed() && pairs < 1_000_000; id += 2 {
		s.feed(time.Duration(pairs)*time.Microsecond, call(id, 0, "slow", ""), cancel(id))
		s.output()
		pairs++
	}
	wantFault(t, s.Err(), frame.ReasonCalm)
	if pairs > 1100 || len(s.calls) > pairs {
		t.Errorf("closed after %d pairs and %d handlers", pairs, len(s.calls))
	}
}

// TestAbuseA3ControlQueue makes a server write control frames to a peer that does not read. All
// but a few slots are held, so that each one-way call returns slots in a CREDIT of its own, and
// each pays for a PING.
func TestAbuseA3ControlQueue(t *testing.T) {
	const limit, held = 64, 60
	cfg := session.Config{Params: frame.Params{Calls: limit}}
	s := newCore(cfg, session.Server, wide)
	id := uint32(1)
	for ; id < 2*held; id += 2 {
		s.feed(0, call(id, 0, "wait", ""))
	}
	most, sent := 0, 0
	for range times(20_000, 1_000_000) {
		s.feed(0, call(id, frame.Oneway, "echo", ""), ping(int(id)))
		for ; len(s.calls) > held; s.calls = s.calls[:len(s.calls)-1] {
			s.Result(0, s.calls[len(s.calls)-1], session.Result{}, nil)
		}
		id += 2
		if s.Closed() {
			break
		}
		sent++
	}
	if !s.Closed() {
		t.Errorf("after %d calls and questions without a look at the answers it is open", sent)
	}
	if most = len(s.output()); most > 200<<10 {
		t.Errorf("%d bytes wait for a peer that does not read", most)
	}
	t.Logf("closed after %d: %v; %d bytes wait", sent, s.Err(), most)
}

// TestAbuseA3CreditQueue is the same without questions: the peer must find out that the credit is
// there when it reads, and until then one frame tells as much as many.
func TestAbuseA3CreditQueue(t *testing.T) {
	cfg := session.Config{Params: frame.Params{Calls: 64, StreamBytes: 65536}}
	s := newCore(cfg, session.Server, wide)
	const held = 60
	id := uint32(1)
	for ; id < 2*held; id += 2 {
		s.feed(0, stream(id, "readChan"))
	}
	for range times(20_000, 1_000_000) {
		s.feed(0, call(id, frame.Oneway, "echo", ""))
		if s.Closed() { // it has seen that the peer used credit that it was not yet told of
			break
		}
		last := s.calls[len(s.calls)-1]
		s.calls = s.calls[:held]
		s.Result(0, last, session.Result{}, nil)
		id += 2
	}
	if n := len(s.output()); n > 200<<10 {
		t.Errorf("%d bytes wait for a peer that does not read", n)
	}
}

// TestAbuseA3PatientQueue asks as seldom as tokens come back, and never reads an answer.
func TestAbuseA3PatientQueue(t *testing.T) {
	s := newCore(session.Config{}, session.Server, wide)
	asked := 0
	for ; !s.Closed() && asked < 10_000; asked++ {
		s.feed(time.Duration(asked)*100*time.Millisecond, ping(asked))
	}
	wantFault(t, s.Err(), frame.ReasonCalm)
	if asked > 2001 {
		t.Errorf("%d answers waited", asked)
	}
}
