package play

import (
	"github.com/leverrpc/lever/conformance/script"
)

// send puts bytes on the wire, enters the frames that they are, and lets the runner's own frames
// pass at the next boundary.
func (p *player) send(b []byte) {
	if p.corked {
		p.cork = append(p.cork, b...)
		return
	}
	p.link.send(b, p.chop)
	p.cut = append(p.cut, b...)
	for {
		f, n := script.Cut(p.cut)
		if n == 0 {
			break
		}
		p.enter(f)
		p.cut = p.cut[n:]
	}
	p.flush()
}

// enter writes a sent frame into the books.
func (p *player) enter(f script.Frame) {
	p.note("-> %v", f)
	p.ledger.sent(f)
	if f.Type == script.Result && f.Flags&script.More == 0 && p.ledger.subject == script.Client {
		p.owedSlots++
	}
}

// own sends a frame that no script asked for.
func (p *player) reply(f script.Frame) {
	p.held = append(p.held, f)
	p.flush()
}

// flush sends what reply held back, unless a frame has begun and not ended.
func (p *player) flush() {
	if len(p.cut) > 0 || p.corked {
		return
	}
	for _, f := range p.held {
		p.link.send(f.Append(nil), 0)
		p.enter(f)
	}
	p.held = p.held[:0]
}

// react does what any honest peer would: it answers questions and returns credit.
func (p *player) react(f script.Frame) {
	if f.Type == script.Ping && f.Code == 0 && !p.noPing {
		p.reply(script.Frame{Type: script.Ping, Code: 1, Aux: f.Aux})
	}
	if p.noCredit || !f.Carries() {
		return
	}
	p.owed += int64(f.Length)
	grant := script.Frame{Type: script.Credit}
	if 2*p.owed >= p.ledger.theirs.bytes {
		grant.Aux = uint32(p.owed)
		p.owed = 0
	}
	if p.owedSlots > 0 && 2*p.owedSlots >= p.ledger.theirs.slots {
		grant.Code = uint16(p.owedSlots)
		p.owedSlots = 0
	}
	if grant.Aux != 0 || grant.Code != 0 {
		p.reply(grant)
	}
	p.creditCall(f)
}

// creditCall returns a call's credit while more may come on it.
func (p *player) creditCall(f script.Frame) {
	c := p.ledger.calls[f.ID]
	if c == nil || c.done || c.partial == nil && (c.flags&script.Stream == 0 || c.finished) {
		return
	}
	p.owedCalls[c.id] += int64(f.Length)
	if owed := p.owedCalls[c.id]; owed > 0 && 2*owed >= c.theirs {
		p.owedCalls[c.id] = 0
		p.reply(script.Frame{Type: script.Credit, ID: c.id, Aux: uint32(owed)})
	}
}
