package session

import (
	"time"

	"github.com/leverrpc/lever/frame"
	"github.com/leverrpc/lever/pool"
)

// Kind says what an Event tells.
type Kind uint8

const (
	// Hello: the peer's HELLO arrived; Remote answers from now on.
	Hello Kind = iota + 1

	// Called: a call arrived whole. The application owes exactly one Result for it.
	Called

	// Message: a message of a stream arrived whole. The application owes a Release of its length.
	Message

	// Finished: the peer sends no more messages on this stream.
	Finished

	// Cancelled: the caller no longer waits, or its time is up, or the connection is gone. Err
	// says which. The handler should stop; its Result is still owed.
	Cancelled

	// Resulted: a call that this side opened is over. Nothing more comes for it. The
	// application owes a Forget.
	Resulted

	// Writable: a stream on which Message answered false takes a message again.
	Writable

	// Draining: the peer, or this side, takes no more new calls on this connection.
	Draining

	// Saturated: calls that this side has opened wait to be sent for SaturatedAfter or longer. It
	// comes again while more are opened and wait.
	Saturated

	// Ended: the connection is over. It is the last event.
	Ended
)

var kindNames = [...]string{
	Hello: "Hello", Called: "Called", Message: "Message", Finished: "Finished",
	Cancelled: "Cancelled", Resulted: "Resulted", Writable: "Writable",
	Draining: "Draining", Saturated: "Saturated", Ended: "Ended",
}

// String returns the constant's name.
func (k Kind) String() string {
	if int(k) < len(kindNames) && kindNames[k] != "" {
		return kindNames[k]
	}
	return "Kind(?)"
}

// Effect says what a call that is over may have done at the other side.
type Effect uint8

const (
	NotSent       Effect = iota // no byte of it left this side
	NotExecuted                 // the other side says, or has shown, that no handler ran
	MaybeExecuted               // it was sent and no answer came
	Executed                    // its handler ran and answered
)

var effectNames = [...]string{"NotSent", "NotExecuted", "MaybeExecuted", "Executed"}

// String returns the constant's name.
func (e Effect) String() string { return effectNames[e&3] }

// Event is something that the application must know. It and every slice in it are lent until
// the next call of Next.
type Event struct {
	Kind Kind
	Call *Call // nil for Hello, Draining, Saturated and Ended

	// Data is what was given to Open or Attach for this call. A unary Call is recycled after
	// the application's last touch, which another goroutine may make at any moment.
	Data any

	Method   *Method       // Called: the bound method, or nil when Name is set
	Name     []byte        // Called: "service/method" that came with the call
	Flags    frame.Flags   // Called, Message, Resulted: the frame's flags
	Status   frame.Status  // Resulted
	Effect   Effect        // Resulted
	Handler  time.Duration // Resulted with OK: how long the handler took
	Retry    time.Duration // Resulted with Unprocessed: wait this long before a retry
	Deadline time.Duration // Called: when the caller stops waiting; zero: never
	Ext      []byte        // Called, Resulted: the checked extension block
	Payload  []byte        // Called, Message, Resulted: raw bytes if Flags has Bytes, else a value
	More     pool.Pieces   // what stands behind Payload if it is large: Limits.PieceBytes
	Err      error         // Cancelled, Resulted made by this side, Draining, Ended: the reason

	// Body, if not nil, is the memory that Payload lies in, as it was put together from several
	// frames. Who keeps Payload beyond the next Next takes Body by setting it to nil here, and
	// releases it when done. The same goes for More.
	Body *pool.Buf

	// Placed says that Payload lies in Open.Into, from its beginning.
	Placed bool

	// At is the session's time when the event was made.
	At time.Duration

	// Forget may be set by who handles a Resulted event: the next call of Next then makes the
	// last touch of the call, so that nobody has to come back for it.
	Forget bool
}

// Size is how many bytes the whole payload has.
func (ev *Event) Size() int { return len(ev.Payload) + ev.More.Len() }

// Whole gives the payload in one place: Payload itself, or a copy of a large one.
func (ev *Event) Whole() []byte {
	p := ev.Payload
	if len(ev.More) == 0 {
		return p
	}
	p = append(make([]byte, 0, ev.Size()), p...)
	for _, piece := range ev.More {
		p = append(p, piece.B...)
	}
	return p
}

// tell begins the next event in its place, all of its other fields zero. Made elsewhere and copied
// there it would cost twice as much.
func (s *Session) tell(k Kind, c *Call) *Event {
	ev := &s.ev
	*ev = Event{}
	ev.Kind, ev.Call, ev.At = k, c, s.now
	return ev
}

// notice is an event that was made by something other than a frame's arrival, and waits.
type notice struct {
	kind   Kind
	call   *Call
	turn   uint32 // of call, when the notice was made
	status frame.Status
	effect Effect
	err    error
}

// notify queues a notice.
func (s *Session) notify(n notice) {
	if n.call != nil {
		n.turn = n.call.turn
	}
	s.notices = append(s.notices, n)
}

// nextNotice moves the oldest notice into s.ev, passing over those whose call the application
// has let go in the meantime.
func (s *Session) nextNotice() bool {
	return len(s.notices) > 0 && s.takeNotice()
}

func (s *Session) takeNotice() bool {
	for int(s.noticed) < len(s.notices) {
		n := s.notices[s.noticed]
		s.notices[s.noticed] = notice{}
		if s.noticed++; int(s.noticed) == len(s.notices) {
			s.notices, s.noticed = s.notices[:0], 0
		}
		c := n.call
		if c != nil && (c.turn != n.turn || c.detached) {
			continue
		}
		ev := s.tell(n.kind, c)
		ev.Status, ev.Effect, ev.Err = n.status, n.effect, n.err
		if c != nil {
			ev.Data = c.data
		}
		return true
	}
	return false
}
