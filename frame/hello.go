package frame

import (
	"encoding/binary"
	"unicode/utf8"
)

// ConsumeParams reads the whole payload of a HELLO. What is absent has its minimum. Auth is
// lent; Peer and Environment are copied.
func ConsumeParams(b []byte) (Params, *Error) {
	if len(b) > MaxHello {
		return Params{}, violation(ReasonProtocol, "HELLO payload has %d bytes, at most %d",
			len(b), MaxHello)
	}
	p := MinParams
	var seen [MaxParams]uint16
	for count, offset := 0, 0; offset < len(b); count++ {
		id, value, err := nextParam(b, offset)
		if err != nil {
			return Params{}, err
		}
		if count == MaxParams {
			return Params{}, violation(ReasonProtocol,
				"HELLO payload has more than %d parameters", MaxParams)
		}
		for _, earlier := range seen[:count] {
			if earlier == id {
				return Params{}, violation(ReasonProtocol, "HELLO parameter %s at offset %d comes twice",
					paramName(id), offset)
			}
		}
		seen[count] = id
		if err := p.set(id, value); err != nil {
			return Params{}, err
		}
		offset += paramHead + len(value)
	}
	return p, nil
}

// nextParam cuts the parameter at offset out of b.
func nextParam(b []byte, offset int) (id uint16, value []byte, err *Error) {
	rest := b[offset:]
	if len(rest) < paramHead {
		return 0, nil, violation(ReasonProtocol,
			"HELLO parameter at offset %d has %d bytes left, expected an id and a size (4)",
			offset, len(rest))
	}
	id = binary.LittleEndian.Uint16(rest)
	size := int(binary.LittleEndian.Uint16(rest[2:]))
	rest = rest[paramHead:]
	if size > len(rest) {
		return 0, nil, violation(ReasonProtocol,
			"HELLO parameter %s at offset %d has a value of %d bytes, %d are left",
			paramName(id), offset, size, len(rest))
	}
	return id, rest[:size], nil
}

// set stores one parameter's value after checking it. Unknown ids are ignored.
func (p *Params) set(id uint16, value []byte) *Error {
	if id >= 1 && int(id) <= len(numbers) {
		return p.setNumber(&numbers[id-1], value)
	}
	switch id {
	case ParamFeatures:
		return setUint64(&p.Features, id, value)
	case ParamIncarnation:
		return setUint64(&p.Incarnation, id, value)
	case ParamKeepMS:
		return p.setKeep(value)
	case ParamAuth:
		if len(value) > MaxAuth {
			return wrongSize(id, len(value), "at most "+itoa(MaxAuth))
		}
		p.Auth = value
	case ParamPeer:
		return setText(&p.Peer, id, value)
	case ParamEnvironment:
		return setText(&p.Environment, id, value)
	}
	return nil
}

func (p *Params) setNumber(q *number, value []byte) *Error {
	if len(value) != 4 {
		return wrongSize(q.id, len(value), "4")
	}
	v := binary.LittleEndian.Uint32(value)
	if v != q.min && (v < q.least || v > q.max) {
		return violation(ReasonProtocol, "HELLO parameter %s is %d, expected %s", q.name, v, q.allowed())
	}
	*p.number(q.id) = v
	return nil
}

// allowed says in words what a parameter may be.
func (q *number) allowed() string {
	if q.min == 0 {
		return "0 or " + span{q.least, q.max}.String()
	}
	return span{q.min, q.max}.String()
}

// setKeep is apart from setNumber because its id does not follow theirs.
func (p *Params) setKeep(value []byte) *Error {
	if len(value) != 4 {
		return wrongSize(ParamKeepMS, len(value), "4")
	}
	v := binary.LittleEndian.Uint32(value)
	if v > maxKeepMS {
		return violation(ReasonProtocol, "HELLO parameter KEEP_MS is %d, expected %s",
			v, span{0, maxKeepMS}.String())
	}
	p.KeepMS = v
	return nil
}

func setUint64(dst *uint64, id uint16, value []byte) *Error {
	if len(value) != 8 {
		return wrongSize(id, len(value), "8")
	}
	*dst = binary.LittleEndian.Uint64(value)
	return nil
}

func setText(dst *string, id uint16, value []byte) *Error {
	if len(value) > MaxText {
		return wrongSize(id, len(value), "at most "+itoa(MaxText))
	}
	if !utf8.Valid(value) {
		return violation(ReasonProtocol, "HELLO parameter %s is not UTF-8", paramName(id))
	}
	*dst = string(value)
	return nil
}

func wrongSize(id uint16, got int, want string) *Error {
	return violation(ReasonProtocol, "HELLO parameter %s has %d bytes, expected %s",
		paramName(id), got, want)
}

// paramName gives the name in the registry, or for example "0x1a2a (grease)".
func paramName(id uint16) string {
	switch {
	case id >= 1 && int(id) <= len(numbers):
		return numbers[id-1].name
	case id == ParamFeatures:
		return "FEATURES"
	case id == ParamAuth:
		return "AUTH"
	case id == ParamPeer:
		return "PEER"
	case id == ParamEnvironment:
		return "ENVIRONMENT"
	case id == ParamIncarnation:
		return "INCARNATION"
	case id == ParamKeepMS:
		return "KEEP_MS"
	case IsGreaseParam(id):
		return hex16(id) + " (grease)"
	default:
		return hex16(id)
	}
}
