package frame

import "math"

// span is a closed range of allowed numbers.
type span struct{ min, max uint32 }

var (
	none  = span{0, 0}
	any32 = span{0, math.MaxUint32}
	any16 = span{0, math.MaxUint16}
	some  = span{1, math.MaxUint32}
	funds = span{0, MaxIncrement}
	whole = span{0, MaxLength}
)

// layout is what may stand in the header of one type. SPEC 5.1 has the table.
type layout struct {
	length, code, id, aux span
	flags                 Flags
}

var layouts = [Bind + 1]layout{
	0:      {length: span{1, 0}}, // holds nothing
	Hello:  {span{0, MaxHello}, span{1, math.MaxUint16}, span{Magic, Magic}, any16, 0},
	Call:   {whole, any16, some, any32, definedFlags(Call)},
	Result: {whole, any16, some, any32, definedFlags(Result)},
	Msg:    {whole, none, some, funds, definedFlags(Msg)},
	Finish: {none, none, some, none, 0},
	Cancel: {none, any16, some, none, 0},
	Credit: {none, any16, any32, funds, 0},
	Ping:   {none, span{0, 1}, none, any32, 0},
	GoAway: {span{0, MaxGoAway}, any16, none, any32, 0},
	Bind:   {span{MinName, MaxName}, span{1, math.MaxUint16}, none, none, 0},
}

// Check applies the rules that need no more than the header: which types exist, which flags a type
// has, what its fields may hold, and which of them exclude each other. nil means allowed. The
// receiver's own MAX_FRAME is not known here. It does not keep h, which a copy of would be its
// slowest part.
func (h *Header) Check() *Error {
	if h.Type >= firstIgnorable && h.Length <= MaxLength {
		return nil
	}
	if h.Type <= Bind {
		l := &layouts[h.Type]
		if h.Flags&^l.flags == 0 && l.length.holds(h.Length) && l.code.holds(uint32(h.Code)) &&
			l.id.holds(h.ID) && l.aux.holds(h.Aux) &&
			(h.Flags&More == 0 || h.Length >= MinFragment) &&
			!contradict(h.Type, h.Flags, h.Code, h.ID, h.Aux) {
			return nil
		}
	}
	return h.explainFault()
}

// holds reports whether v lies in s.
func (s span) holds(v uint32) bool { return s.min <= v && v <= s.max }

// contradict reports fields that are allowed one by one but not together. It takes them one by one
// as well, since a copy of the whole header would be the slowest part of Check.
func contradict(t Type, f Flags, code uint16, id, aux uint32) bool {
	switch t {
	case Call:
		return f&ClassMask == ClassMask || f&(Stream|Oneway) == Stream|Oneway
	case Result:
		return code == 0 && f&(Unprocessed|NoRetry) != 0
	case Credit:
		if id == 0 {
			return code == 0 && aux == 0
		}
		return code != 0 || aux == 0
	}
	return false
}

// explainFault finds again, slowly and with words, what Check saw.
func (h Header) explainFault() *Error {
	if h.Length > MaxLength {
		return violation(ReasonFrameTooLarge, "%s header: length is %d, at most %d",
			h.Type, h.Length, MaxLength)
	}
	if !h.Type.Known() {
		return violation(ReasonProtocol, "header: type is 0x%02x, which is reserved", uint8(h.Type))
	}
	l := &layouts[h.Type]
	if extra := h.Flags &^ l.flags; extra != 0 {
		return violation(ReasonProtocol, "%s header: flags are 0x%02x, of which 0x%02x is reserved",
			h.Type, uint8(h.Flags), uint8(extra))
	}
	for _, f := range []struct {
		name   string
		got    uint32
		want   span
		reason Reason
	}{
		{"length", h.Length, l.length, ReasonProtocol},
		{"id", h.ID, l.id, ReasonProtocol},
		{"code", uint32(h.Code), l.code, ReasonProtocol},
		{"aux", h.Aux, l.aux, h.auxReason()},
	} {
		if f.got < f.want.min || f.got > f.want.max {
			return violation(f.reason, "%s header: %s is %d, expected %s",
				h.Type, f.name, f.got, f.want)
		}
	}
	if h.Flags&More != 0 && h.Length < MinFragment {
		return violation(ReasonProtocol, "%s header: length is %d with MORE, expected at least %d",
			h.Type, h.Length, MinFragment)
	}
	return h.explainContradiction()
}

// auxReason is the reason for an aux out of range: a credit that cannot be is a matter of flow.
func (h Header) auxReason() Reason {
	if h.Type == Credit || h.Type == Msg {
		return ReasonFlow
	}
	return ReasonProtocol
}

func (h Header) explainContradiction() *Error {
	switch {
	case h.Type == Call && h.Flags&ClassMask == ClassMask:
		return violation(ReasonProtocol, "CALL header: class is 3, which is reserved")
	case h.Type == Call:
		return violation(ReasonProtocol, "CALL header: STREAM and ONEWAY exclude each other")
	case h.Type == Result:
		return violation(ReasonProtocol,
			"RESULT header: status is OK with %s, expected neither UNPROCESSED nor NORETRY",
			h.Flags.Names(Result))
	case h.Type == Credit && h.ID != 0 && h.Code != 0:
		return violation(ReasonProtocol,
			"CREDIT header: code is %d on call %d, expected 0 (calls belong to id 0)", h.Code, h.ID)
	default:
		return violation(ReasonFlow, "CREDIT header: increment is 0, expected at least 1")
	}
}

// String gives the range as in "1 to 511".
func (s span) String() string {
	switch {
	case s.min == s.max:
		return itoa(s.min)
	case s.max == math.MaxUint32:
		return "at least " + itoa(s.min)
	default:
		return itoa(s.min) + " to " + itoa(s.max)
	}
}
