package frame

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"
)

// The ids of the HELLO parameters. SPEC 15.4. Unknown ids are ignored.
const (
	ParamMaxFrame    uint16 = 1
	ParamMaxMessage  uint16 = 2
	ParamCalls       uint16 = 3
	ParamConnBytes   uint16 = 4
	ParamStreamBytes uint16 = 5
	ParamMaxBindings uint16 = 6
	ParamIdleMS      uint16 = 7
	ParamFeatures    uint16 = 8
	ParamAuth        uint16 = 9
	ParamPeer        uint16 = 10
	ParamEnvironment uint16 = 11
	ParamIncarnation uint16 = 12
	ParamKeepMS      uint16 = 13
)

// Limits of the HELLO payload.
const (
	MaxParams = 64   // entries
	MaxText   = 255  // bytes of PEER and of ENVIRONMENT
	MaxAuth   = 3072 // bytes of AUTH, so that everything else always fits beside it

	paramHead = 4
	maxKeepMS = math.MaxInt32
)

// Params is what one side announces in its HELLO: what it accepts and who it is.
type Params struct {
	MaxFrame    uint32 // payload bytes of one frame that this side takes
	MaxMessage  uint32 // bytes of one message, arguments or result that this side takes
	Calls       uint32 // calls that this side serves at once
	ConnBytes   uint32 // byte credit of the connection at its start
	StreamBytes uint32 // byte credit of each call's direction at its start
	MaxBindings uint32 // method numbers that this side keeps
	IdleMS      uint32 // silence after which it asks for a sign of life; 0: no wish
	Features    uint64 // optional parts of the protocol that this side knows
	Auth        []byte // credentials; their form is the deployment's matter
	Peer        string // who this is, for people
	Environment string // the environment that it belongs to
	Incarnation uint64 // a number that no other life of an instance has; 0: not said
	KeepMS      uint32 // how long calls with a key are remembered after their end; 0: not at all
}

// MinParams is what each side may rely on before the other's HELLO has arrived, and what a HELLO
// may only raise.
var MinParams = Params{
	MaxFrame: 16384, MaxMessage: 4 << 20, Calls: 64, ConnBytes: 65536, StreamBytes: 65536,
}

// number is one u32 parameter. What may be announced is min, or a number from least to max.
type number struct {
	id              uint16
	name            string
	min, least, max uint32
}

// numbers[i] has the id i+1.
var numbers = [...]number{
	{ParamMaxFrame, "MAX_FRAME", 16384, 16384, MaxLength},
	{ParamMaxMessage, "MAX_MESSAGE", 4 << 20, 4 << 20, math.MaxInt32},
	{ParamCalls, "CALLS", 64, 64, 1 << 20},
	{ParamConnBytes, "CONN_BYTES", 65536, 65536, math.MaxInt32},
	{ParamStreamBytes, "STREAM_BYTES", 65536, 65536, math.MaxInt32},
	{ParamMaxBindings, "MAX_BINDINGS", 0, 1, 65535},
	{ParamIdleMS, "IDLE_MS", 0, 100, math.MaxInt32},
}

// number is the field of the u32 parameter with this id.
func (p *Params) number(id uint16) *uint32 {
	switch id {
	case ParamMaxFrame:
		return &p.MaxFrame
	case ParamMaxMessage:
		return &p.MaxMessage
	case ParamCalls:
		return &p.Calls
	case ParamConnBytes:
		return &p.ConnBytes
	case ParamStreamBytes:
		return &p.StreamBytes
	case ParamMaxBindings:
		return &p.MaxBindings
	default:
		return &p.IdleMS
	}
}

// AppendParams writes the payload of a HELLO: the parameters that differ from MinParams, and one
// grease parameter made from the seed, so that no receiver forgets to ignore what it does not know.
// Numbers out of range are brought into it (so the zero Params stands for MinParams), and Auth,
// Peer and Environment are cut to their limits.
func AppendParams(dst []byte, p Params, grease uint64) []byte {
	for i := range numbers {
		q := &numbers[i]
		if v := q.clamp(*p.number(q.id)); v != q.min {
			dst = appendParamHead(dst, q.id, 4)
			dst = binary.LittleEndian.AppendUint32(dst, v)
		}
	}
	if p.Features != 0 {
		dst = appendParamHead(dst, ParamFeatures, 8)
		dst = binary.LittleEndian.AppendUint64(dst, p.Features)
	}
	if len(p.Auth) > 0 {
		auth := p.Auth[:min(len(p.Auth), MaxAuth)]
		dst = append(appendParamHead(dst, ParamAuth, len(auth)), auth...)
	}
	dst = appendText(dst, ParamPeer, p.Peer)
	dst = appendText(dst, ParamEnvironment, p.Environment)
	if p.Incarnation != 0 {
		dst = appendParamHead(dst, ParamIncarnation, 8)
		dst = binary.LittleEndian.AppendUint64(dst, p.Incarnation)
	}
	if p.KeepMS != 0 {
		dst = appendParamHead(dst, ParamKeepMS, 4)
		dst = binary.LittleEndian.AppendUint32(dst, min(p.KeepMS, maxKeepMS))
	}
	return appendGrease(dst, grease)
}

// Check says which part of p cannot be announced as it is and what would be allowed, or nil. Where
// it finds nothing, AppendParams writes p as it stands.
func (p Params) Check() error {
	for i := range numbers {
		q := &numbers[i]
		if v := *p.number(q.id); q.clamp(v) != v {
			return fmt.Errorf("%s is %d, expected %s", q.name, v, q.allowed())
		}
	}
	if len(p.Auth) > MaxAuth {
		return fmt.Errorf("AUTH has %d bytes, expected at most %d", len(p.Auth), MaxAuth)
	}
	if p.KeepMS > maxKeepMS {
		return fmt.Errorf("KEEP_MS is %d, expected %s", p.KeepMS, span{0, maxKeepMS}.String())
	}
	if err := checkText(ParamPeer, p.Peer); err != nil {
		return err
	}
	return checkText(ParamEnvironment, p.Environment)
}

// checkText says why s cannot be the value of a text parameter, or nil.
func checkText(id uint16, s string) error {
	switch {
	case len(s) > MaxText:
		return fmt.Errorf("%s has %d bytes, expected at most %d", paramName(id), len(s), MaxText)
	case !utf8.ValidString(s):
		return fmt.Errorf("%s is not UTF-8", paramName(id))
	}
	return nil
}

// InRange gives p as AppendParams announces it: each number brought into its range, credentials and
// texts cut to their limits.
func (p Params) InRange() Params {
	for i := range numbers {
		q := &numbers[i]
		v := p.number(q.id)
		*v = q.clamp(*v)
	}
	p.KeepMS = min(p.KeepMS, maxKeepMS)
	p.Auth = p.Auth[:min(len(p.Auth), MaxAuth)]
	p.Peer, p.Environment = fitText(p.Peer), fitText(p.Environment)
	return p
}

// clamp gives the nearest value to v that may be announced.
func (q *number) clamp(v uint32) uint32 {
	if v <= q.min {
		return q.min
	}
	return min(max(v, q.least), q.max)
}

func appendParamHead(dst []byte, id uint16, size int) []byte {
	dst = binary.LittleEndian.AppendUint16(dst, id)
	return binary.LittleEndian.AppendUint16(dst, uint16(size))
}

// appendText writes a text parameter, unless it is empty.
func appendText(dst []byte, id uint16, s string) []byte {
	if s = fitText(s); s == "" {
		return dst
	}
	return append(appendParamHead(dst, id, len(s)), s...)
}

// fitText takes out of s what is not UTF-8, and cuts it before the first character that does not
// fit.
func fitText(s string) string {
	s = strings.ToValidUTF8(s, "")
	if len(s) <= MaxText {
		return s
	}
	n := MaxText
	for !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// appendGrease writes a parameter of an id 0x?A?A, from 0x1A1A on, with up to 7 bytes of value.
func appendGrease(dst []byte, seed uint64) []byte {
	id := 0x0A0A | uint16(1+seed%15)<<12 | uint16(1+seed/15%15)<<4
	size := int(seed >> 8 & 7)
	dst = appendParamHead(dst, id, size)
	for i := range size {
		dst = append(dst, byte(seed>>(8*i)))
	}
	return dst
}

// IsGreaseParam reports whether id is one that will never mean anything.
func IsGreaseParam(id uint16) bool { return id&0x0F0F == 0x0A0A && id >= 0x1A1A }
