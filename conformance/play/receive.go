package play

import (
	"github.com/leverrpc/lever/conformance/script"
)

// received enters a frame of the subject. It gives what is whole now, or nil, and an error if
// the subject has broken a rule.
func (l *ledger) received(f script.Frame) (*script.Whole, error) {
	if err := l.admit(f); err != nil {
		return nil, err
	}
	w := &script.Whole{Frame: f, Parts: 1}
	c := l.calls[f.ID]
	switch f.Type {
	case script.Hello:
		return w, l.gotHello(f)
	case script.Call:
		return l.gotCall(f, w)
	case script.Result:
		return l.gotResult(f, w, c)
	case script.Msg:
		return l.gotMsg(f, w, c)
	case script.Finish:
		return w, l.gotFinish(f, c)
	case script.Cancel:
		if c == nil || c.cancelled {
			return nil, fault("F-261", "%v for a call that has not begun, or again", f)
		}
		c.cancelled, c.partial = true, nil
	case script.Credit:
		return w, l.gotCredit(f, c)
	case script.Ping:
		return w, l.gotPing(f)
	case script.GoAway:
		if f.Aux > l.last {
			return nil, fault("F-291", "%v after the last id %d", f, l.last)
		}
		for id := range l.calls {
			if f.Aux < id && id <= l.last {
				l.finished++ // it was dropped, and its slot returns
			}
		}
		l.last, l.leaving = f.Aux, f.Code != 0
	case script.Bind:
		return w, l.gotBind(f)
	}
	return w, nil
}

// admit applies the rules for every frame.
func (l *ledger) admit(f script.Frame) error {
	if err := checkHeader(f, l.subject); err != nil {
		return err
	}
	first := l.theirHello == nil
	switch {
	case l.leaving:
		return fault("F-711", "%v after a goodbye", f)
	case first && f.Type != script.Hello && (l.subject == script.Client || f.Type != script.GoAway):
		return fault("F-211", "the first frame is %v", f)
	case int64(f.Length) > l.theirs.maxFrame:
		return fault("F-201", "%v is longer than MAX_FRAME, %d", f, l.theirs.maxFrame)
	}
	if !f.Carries() {
		return nil
	}
	l.theirs.bytes -= int64(f.Length)
	l.theirs.sent += int64(f.Length)
	if l.theirs.bytes < 0 {
		return fault("F-401", "%v exceeds the connection's credit by %d", f, -l.theirs.bytes)
	}
	return nil
}

func (l *ledger) gotHello(f script.Frame) error {
	if l.theirHello != nil {
		return fault("F-212", "a second HELLO")
	}
	params, err := readParams(f.Payload)
	if err != nil {
		return err
	}
	l.theirHello = params
	l.adopt(&l.ours, params, func(c *call) *int64 { return &c.ours })
	return nil
}

// gotCall enters a call of the client under test.
func (l *ledger) gotCall(f script.Frame, w *script.Whole) (*script.Whole, error) {
	switch {
	case f.ID%2 == 0, l.nextID != 0 && f.ID != l.nextID:
		return nil, fault("F-221", "%v, the next id is %d", f, l.nextID)
	case f.ID > 0xFFFFFF01:
		return nil, fault("F-222", "%v is beyond the last id", f)
	case int(f.Code) > len(l.bound):
		return nil, fault("F-224", "%v, %d names are bound", f, len(l.bound))
	case l.ourHello == nil && f.Code != 0:
		return nil, fault("F-224", "%v before the server's HELLO", f)
	case l.fence >= 0 && l.answers > l.fence:
		return nil, fault("F-702", "%v after the answer to the PING behind our GOAWAY", f)
	}
	c := l.begin(f)
	if l.theirs.slots--; l.theirs.slots < 0 {
		return nil, fault("F-401", "%v exceeds the call slots", f)
	}
	w.Method = c.method
	if err := checkName(c.method); err != nil {
		return nil, err
	}
	if _, _, err := w.Head(); err != nil {
		return nil, fault("F-412", "%v: %v", f, err)
	}
	return l.part(f, w, c)
}

// gotResult enters the end of a call, or the first part of it.
func (l *ledger) gotResult(f script.Frame, w *script.Whole, c *call) (*script.Whole, error) {
	switch {
	case c == nil:
		return nil, fault("F-232", "%v for a call that was not made", f)
	case c.answered, c.done:
		return nil, fault("F-231", "%v is a second one", f)
	case c.flags&script.Oneway != 0:
		return nil, fault("F-232", "%v for a one-way call", f)
	case c.partial != nil && !c.cancelled:
		return nil, fault("F-234", "%v inside a message", f)
	}
	if _, _, err := w.Head(); err != nil {
		return nil, fault("F-412", "%v: %v", f, err)
	}
	c.answered, c.partial = true, nil
	return l.part(f, w, c)
}

func (l *ledger) gotMsg(f script.Frame, w *script.Whole, c *call) (*script.Whole, error) {
	switch {
	case c == nil:
		return nil, fault("F-207", "%v for a call that was not made", f)
	case f.Aux > 0:
		if err := l.grant(f, c); err != nil {
			return nil, err
		}
	}
	if c.partial != nil {
		if f.Flags&^script.More != 0 {
			return nil, fault("F-241", "%v continues a body", f)
		}
		return l.part(f, w, c)
	}
	switch {
	case c.done && l.subject == script.Server, c.answered && l.subject == script.Server:
		return nil, fault("F-207", "%v after the RESULT", f)
	case c.flags&script.Stream == 0:
		return nil, fault("F-242", "%v on a call without STREAM", f)
	case c.finished:
		return nil, fault("F-243", "%v after FINISH", f)
	case c.cancelled && l.subject == script.Client:
		return nil, fault("F-207", "%v after CANCEL", f)
	}
	return l.part(f, w, c)
}

// part adds a frame's payload to its body. It gives the body when it is whole.
func (l *ledger) part(f script.Frame, w *script.Whole, c *call) (*script.Whole, error) {
	if c.theirs -= int64(f.Length); c.theirs < 0 {
		return nil, fault("F-401", "%v exceeds the call's credit by %d", f, -c.theirs)
	}
	l.turns.count(f, c.partial != nil && l.contested(c))
	if c.partial != nil && f.Type == script.Msg {
		c.partial.Payload = append(c.partial.Payload, f.Payload...)
		c.partial.Length += f.Length
		c.partial.Parts++
		w = c.partial
	} else {
		w.Payload = append([]byte(nil), f.Payload...)
	}
	if f.Flags&script.More != 0 {
		c.partial = w
		return nil, nil
	}
	c.partial = nil
	if w.Type == script.Result {
		c.done = true
		l.results++
		l.finished++
	}
	return w, nil
}

func (l *ledger) gotFinish(f script.Frame, c *call) error {
	switch {
	case c == nil, c.done && l.subject == script.Server:
		return fault("F-207", "%v for a call that is not in flight", f)
	case c.flags&script.Stream == 0, c.finished, c.partial != nil:
		return fault("F-251", "%v on no stream, again, or inside a message", f)
	}
	c.finished = true
	return nil
}

// widening is how many times the bytes received may be granted, by a receiver that widens a window.
const widening = 4

// gotCredit enters what the subject grants on the connection or a call.
func (l *ledger) gotCredit(f script.Frame, c *call) error {
	if f.ID != 0 {
		if c == nil {
			return fault("F-273", "%v for a call that has not begun", f)
		}
		return l.grant(f, c)
	}
	l.ours.bytes += int64(f.Aux)
	l.ours.granted += int64(f.Aux)
	l.ours.slots += int64(f.Code)
	l.ours.grantedSlots += int64(f.Code)
	switch {
	case l.ours.bytes > 1<<31-1, l.ours.slots > 1<<31-1:
		return fault("F-402", "%v grants too much", f)
	case l.ours.granted > widening*l.ours.sent:
		return fault("F-422", "%v: %d bytes were granted and %d received", f, l.ours.granted,
			l.ours.sent)
	case l.subject == script.Server && l.ours.grantedSlots > l.finished:
		return fault("F-262", "%v: %d slots were returned, %d calls are over", f,
			l.ours.grantedSlots, l.finished)
	}
	return nil
}

// grant enters credit of one call, from CREDIT or MSG.
func (l *ledger) grant(f script.Frame, c *call) error {
	c.ours += int64(f.Aux)
	c.granted += int64(f.Aux)
	switch {
	case c.ours > 1<<31-1:
		return fault("F-402", "%v grants too much", f)
	case c.granted > widening*c.sent:
		return fault("F-422", "%v: %d bytes were granted and %d received", f, c.granted, c.sent)
	}
	return nil
}

func (l *ledger) gotPing(f script.Frame) error {
	if f.Code == 0 {
		l.pings++
		return nil
	}
	if len(l.asked) == 0 || l.asked[0] != f.Aux {
		return fault("F-281", "%v, the questions are %v", f, l.asked)
	}
	l.asked = l.asked[1:]
	l.answers++
	return nil
}

func (l *ledger) gotBind(f script.Frame) error {
	switch {
	case l.ourHello == nil, int64(f.Code) > l.ourHello["MAX_BINDINGS"], int(f.Code) != len(l.bound)+1:
		return fault("F-301", "%v, %d names are bound", f, len(l.bound))
	}
	l.bound = append(l.bound, string(f.Payload))
	return checkName(string(f.Payload))
}
