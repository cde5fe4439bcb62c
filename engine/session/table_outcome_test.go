package session

import (
	"strings"

	"github.com/leverrpc/lever/frame"
)

// idClass is which id a frame names.
type idClass int

const (
	known   idClass = iota // of a call that was begun; the magic number in HELLO
	unknown                // the id that the next call would have
	zero
)

// wire51 is what SPEC 5.1 says of the flags and the id of each type.
var wire51 = map[frame.Type]struct {
	name  string
	flags frame.Flags
	id    string // zero, call, any or magic
}{
	frame.Hello:  {"HELLO", 0x00, "magic"},
	frame.Call:   {"CALL", 0xFF, "call"},
	frame.Result: {"RESULT", 0x3B, "call"},
	frame.Msg:    {"MSG", 0x03, "call"},
	frame.Finish: {"FINISH", 0x00, "call"},
	frame.Cancel: {"CANCEL", 0x00, "call"},
	frame.Credit: {"CREDIT", 0x00, "any"},
	frame.Ping:   {"PING", 0x00, "zero"},
	frame.GoAway: {"GOAWAY", 0x00, "zero"},
	frame.Bind:   {"BIND", 0x00, "zero"},
}

var (
	probeName = "bank/tailChan"
	probeExt  = frame.AppendExtension(nil, 0xC3, []byte("x"))
	probeBody = strings.Repeat("x", 1024)
)

// probing makes a frame whose other fields are as they should be, so that type, flags and id alone
// decide.
func probing(typ frame.Type, flags frame.Flags, id idClass) (frame.Header, []byte) {
	h := frame.Header{Type: typ, Flags: flags, ID: []uint32{known: 1, unknown: 5, zero: 0}[id]}
	var p []byte
	switch typ {
	case frame.Hello:
		p = clientHello[frame.HeaderSize:]
		h.Code, h.Aux = frame.Version, frame.Version
		if id == known {
			h.ID = frame.Magic
		}
	case frame.Call, frame.Result:
		var ext []byte
		if flags&frame.Ext != 0 {
			ext = probeExt
		}
		if p = frame.AppendResultHead(nil, ext); typ == frame.Call {
			p = frame.AppendCallHead(nil, 0, probeName, ext)
		}
	case frame.Credit:
		h.Aux = 1
	case frame.GoAway:
		h.Aux = frame.NoLastID
	case frame.Bind:
		h.Code, p = 1, []byte(probeName)
	}
	if flags&frame.More != 0 && typ >= frame.Call && typ <= frame.Msg {
		p = append(p, probeBody...)
	}
	h.Length = uint32(len(p))
	return h, p
}

// headerAllowed applies SPEC 5.1 and F-204.
func headerAllowed(h frame.Header, id idClass) bool {
	rule := wire51[h.Type]
	idOK := map[string]bool{
		"magic": h.ID == frame.Magic, "zero": id == zero, "call": id != zero, "any": true,
	}[rule.id]
	switch {
	case h.Flags&^rule.flags != 0 || !idOK:
		return false
	case h.Type == frame.Call:
		return h.Flags&0xC0 != 0xC0 && h.Flags&0x0C != 0x0C
	case h.Type == frame.Result: // with status OK
		return h.Flags&0x18 == 0
	}
	return true
}

// outcome is what play must find.
func (all states) outcome(st stand, h frame.Header, id idClass) string {
	conn := all[[]string{"connection at the client", "connection at the server"}[st.role]]
	call := all[[]string{"call at the initiator", "call at the responder"}[st.role]]
	row := wire51[h.Type].name
	switch {
	case h.Type >= 0x80:
		row = "ignorable"
	case row == "":
		row = "reserved"
	case !headerAllowed(h, id):
		return "PROTOCOL"
	}
	action := conn[row][st.conn.String()]
	if action == "call" || action == "credit" && id != zero {
		state := idle
		if id == known {
			state = st.call
		}
		action = call[row][state.String()]
	}
	if action == "drop" && h.Type == frame.Call && id == known {
		return "PROTOCOL" // SPEC F-221: ids rise
	}
	return visible(action, st, h)
}

// visible is what can be seen of an action.
func visible(action string, st stand, h frame.Header) string {
	part := h.Flags&frame.More != 0
	cancelled := st.role == Client && st.call == abandoned && h.ID == 1
	switch action {
	case "accept":
		return "Hello"
	case "leave":
		if st.role == Server || st.conn != draining {
			return "Draining"
		}
		return "nothing"
	case "answer", "credit":
		return action
	case "add":
		return "credit"
	case "bind":
		return "bound"
	case "begin", "deliver", "complete":
		switch {
		case part && cancelled:
			return "skipped part"
		case part:
			return "part"
		case cancelled:
			return "over"
		}
		return map[string]string{"begin": "Called", "deliver": "Message", "complete": "Resulted"}[action]
	case "finish":
		return "Finished"
	case "cancel":
		return "Cancelled"
	case "drop":
		if part && cancelled {
			return "skipped part"
		}
		return "nothing"
	case "ignore", "skip":
		return "nothing"
	}
	return action // PROTOCOL
}
