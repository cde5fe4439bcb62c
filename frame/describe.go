package frame

import "strconv"

// String gives the header as one line of words, as in
//
//	CALL #1 inline deadline=1500µs flags=EXT|URGENT length=42
//
// Logs, tests and `lever inspect` share it. Fields that are zero and say nothing are left out.
func (h Header) String() string {
	b := append(make([]byte, 0, 80), h.Type.String()...)
	b = h.appendFields(b)
	if h.Flags != 0 {
		b = append(append(b, " flags="...), h.Flags.Names(h.Type)...)
	}
	if h.Length != 0 {
		b = strconv.AppendUint(append(b, " length="...), uint64(h.Length), 10)
	}
	return string(b)
}

// appendFields tells what id, code and aux mean for the type.
func (h Header) appendFields(b []byte) []byte {
	if h.ID != 0 && h.Type != Hello {
		b = strconv.AppendUint(append(b, " #"...), uint64(h.ID), 10)
	}
	switch h.Type {
	case Hello:
		return h.appendHello(b)
	case Call:
		return h.appendCall(b)
	case Result:
		return h.appendResult(b)
	case Msg, Credit:
		return h.appendCredit(b)
	case Finish:
		return h.appendRest(b, h.Code, h.Aux)
	case Cancel:
		b = append(append(b, ' '), CancelReason(h.Code).String()...)
		return h.appendRest(b, 0, h.Aux)
	case Ping:
		return h.appendPing(b)
	case GoAway:
		b = append(append(b, ' '), Reason(h.Code).String()...)
		if h.Aux == NoLastID {
			return append(b, " last=any"...)
		}
		return appendField(b, " last=", h.Aux, "")
	case Bind:
		b = appendField(b, " method=", uint32(h.Code), "")
		return h.appendRest(b, 0, h.Aux)
	default:
		return h.appendRest(b, h.Code, h.Aux)
	}
}

func (h Header) appendHello(b []byte) []byte {
	if h.ID != Magic {
		b = append(append(b, " magic=0x"...), strconv.FormatUint(uint64(h.ID), 16)...)
	}
	if h.Aux == 0 {
		return appendField(b, " version=", uint32(h.Code), "")
	}
	return appendField(appendField(b, " versions=", h.Aux, ".."), "", uint32(h.Code), "")
}

func (h Header) appendCall(b []byte) []byte {
	if h.Code == 0 {
		b = append(b, " inline"...)
	} else {
		b = appendField(b, " method=", uint32(h.Code), "")
	}
	if h.Aux != 0 {
		b = appendField(b, " deadline=", h.Aux, "µs")
	}
	return b
}

func (h Header) appendResult(b []byte) []byte {
	b = append(append(b, ' '), Status(h.Code).String()...)
	switch {
	case h.Aux == 0:
		return b
	case h.Flags&Unprocessed != 0:
		return appendField(b, " retry-after=", h.Aux, "ms")
	default:
		return appendField(b, " took=", h.Aux, "µs")
	}
}

func (h Header) appendCredit(b []byte) []byte {
	if h.ID == 0 {
		b = append(b, " connection"...)
	}
	if h.Code != 0 {
		b = appendField(b, " calls=+", uint32(h.Code), "")
	}
	if h.Aux != 0 {
		b = appendField(b, " bytes=+", h.Aux, "")
	}
	return b
}

func (h Header) appendPing(b []byte) []byte {
	switch h.Code {
	case 0:
		b = append(b, " asks"...)
	case 1:
		b = append(b, " answers"...)
	default:
		b = appendField(b, " code=", uint32(h.Code), "")
	}
	return append(append(b, " token=0x"...), strconv.FormatUint(uint64(h.Aux), 16)...)
}

// appendRest shows fields that ought to be zero, if they are not.
func (h Header) appendRest(b []byte, code uint16, aux uint32) []byte {
	if code != 0 {
		b = appendField(b, " code=", uint32(code), "")
	}
	if aux != 0 {
		b = appendField(b, " aux=", aux, "")
	}
	return b
}

func appendField(b []byte, label string, v uint32, unit string) []byte {
	return append(strconv.AppendUint(append(b, label...), uint64(v), 10), unit...)
}

func itoa[N int | uint32](n N) string { return strconv.FormatUint(uint64(n), 10) }

func hex16(n uint16) string { return "0x" + strconv.FormatUint(uint64(n), 16) }
