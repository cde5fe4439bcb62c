package sim

import (
	"slices"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/frame"
)

// portion is one frame that waits its turn, a FINISH too, in the output that a driver took at once.
type portion struct {
	h     frame.Header
	line  *line
	part  bool // of a body in several frames
	later bool // a continuation
}

// class is the urgency of a call: 0 is the highest.
func (l *line) class() int {
	switch l.flags & frame.ClassMask {
	case frame.Urgent:
		return 0
	case frame.Bulk:
		return 2
	}
	return 1
}

// checkFair looks for a portion that went before another which had to go first. SPEC: F-442.
//
// What a session writes when a command is given goes in the order of the commands; what waits is
// put behind it, all in one moment, when the output is taken. So from the first part of a body on,
// whatever comes later in the same output could have gone earlier, unless it begins a large body:
// a sender has few of them under way.
func (t *twin) checkFair(side session.Role, list []portion) {
	first := 0
	for first < len(list) && !list[first].part {
		first++
	}
	for i := first; i+1 < len(list); i++ {
		a := list[i]
		waited := firstOther(list[i+1:], a.line, func(b portion) bool {
			return b.line.class() < a.line.class()
		})
		if waited != nil && a.part {
			t.fail(side, a.h, "a more urgent %v waits", waited.h)
		}
		twice := i > first && list[i-1].line == a.line && list[i-1].part && a.later
		if a.h.Length <= frame.FairFragment && !twice {
			continue
		}
		waited = firstOther(list[i+1:], a.line, func(b portion) bool {
			return b.line.class() <= a.line.class()
		})
		if waited != nil {
			t.fail(side, a.h, "%v waits", waited.h)
		}
	}
}

// firstOther gives the first portion of another call of which ok is true and that had to wait for
// nothing but its turn: what a call sends behind another portion of its own had to wait for that.
func firstOther(list []portion, l *line, ok func(portion) bool) *portion {
	for i, b := range list {
		small := !b.part && b.h.Length <= frame.FairFragment
		if b.line != l && (b.later || small) && ok(b) && !sends(list[:i], b.line) {
			return &list[i]
		}
	}
	return nil
}

// sends reports whether one of the portions is the call's.
func sends(list []portion, l *line) bool {
	return slices.ContainsFunc(list, func(b portion) bool { return b.line == l })
}
