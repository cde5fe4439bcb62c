package vectors

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
)

// vector is one line of a file. Frame, Error and Incomplete are what a reader must make of Hex.
type vector struct {
	ID    string   `json:"id"`
	Req   []string `json:"req"`
	Hex   string   `json:"hex"`
	Role  string   `json:"from,omitempty"` // client or server, where only one of them sends it
	Frame *meaning `json:"frame,omitempty"`
	Error *failure `json:"error,omitempty"`
	Notes string   `json:"notes,omitempty"`
}

// meaning is what an allowed frame says.
type meaning struct {
	Type       string      `json:"type"`
	Length     uint32      `json:"length"`
	Flags      []string    `json:"flags"`
	Code       uint16      `json:"code"`
	ID         uint32      `json:"id"`
	Aux        uint32      `json:"aux"`
	Name       string      `json:"name,omitempty"`
	Extensions []extension `json:"extensions,omitempty"`
	Params     *params     `json:"params,omitempty"`
	BodyAt     int         `json:"body_at,omitempty"` // CALL, RESULT: where the body begins in the payload
}

// extension is one entry of an extension block.
type extension struct {
	ID    uint8  `json:"id"`
	Value string `json:"value"` // hex
}

// params is what a HELLO announces; what it does not mention has its minimum.
type params struct {
	MaxFrame    uint32 `json:"MAX_FRAME"`
	MaxMessage  uint32 `json:"MAX_MESSAGE"`
	Calls       uint32 `json:"CALLS"`
	ConnBytes   uint32 `json:"CONN_BYTES"`
	StreamBytes uint32 `json:"STREAM_BYTES"`
	MaxBindings uint32 `json:"MAX_BINDINGS"`
	IdleMS      uint32 `json:"IDLE_MS"`
	Features    uint64 `json:"FEATURES"`
	Auth        string `json:"AUTH"` // hex
	Peer        string `json:"PEER"`
	Environment string `json:"ENVIRONMENT"`
	Incarnation uint64 `json:"INCARNATION,omitempty"`
	KeepMS      uint32 `json:"KEEP_MS,omitempty"`
}

// failure is what a frame that is not allowed leads to: a goodbye for one of the reasons, or the
// end of its call with a status.
type failure struct {
	Reason []string `json:"reason,omitempty"`
	Call   string   `json:"call,omitempty"`
}

// The minimum of each parameter. SPEC 16.
func minimum() *params {
	return &params{
		MaxFrame: 16384, MaxMessage: 4194304, Calls: 64, ConnBytes: 65536, StreamBytes: 65536,
	}
}

// types and flags are SPEC 5.1 and 5.2, written down once more.
var types = map[string]uint8{
	"HELLO": 1, "CALL": 2, "RESULT": 3, "MSG": 4, "FINISH": 5, "CANCEL": 6, "CREDIT": 7,
	"PING": 8, "GOAWAY": 9, "BIND": 10,
}

var flags = map[string]map[string]uint8{
	"CALL": {
		"MORE": 0x01, "BYTES": 0x02, "STREAM": 0x04, "ONEWAY": 0x08, "IDEMPOTENT": 0x10,
		"EXT": 0x20, "URGENT": 0x40, "BULK": 0x80,
	},
	"RESULT": {"MORE": 0x01, "BYTES": 0x02, "UNPROCESSED": 0x08, "NORETRY": 0x10, "EXT": 0x20},
	"MSG":    {"MORE": 0x01, "BYTES": 0x02},
}

const levr = 0x5256454C

// header is a header to be written, right or wrong.
type header struct {
	typ    string
	raw    uint8 // the type, if typ is ""
	flags  string
	bits   uint8 // flags that have no name
	code   uint16
	id     uint32
	aux    uint32
	length int64 // -1: that of the payload
}

// write gives the bytes of a frame.
func (h header) write(payload []byte) []byte {
	typ, bits := h.raw, h.bits
	if h.typ != "" {
		typ = types[h.typ]
	}
	for _, name := range h.names() {
		bit, ok := flags[h.typ][name]
		if !ok {
			panic(fmt.Sprintf("%s has no flag %s", h.typ, name))
		}
		bits |= bit
	}
	length := uint32(len(payload))
	if h.length >= 0 {
		length = uint32(h.length)
	}
	le := binary.LittleEndian
	b := le.AppendUint32(nil, length)
	b = append(b, typ, bits)
	b = le.AppendUint16(b, h.code)
	b = le.AppendUint32(b, h.id)
	b = le.AppendUint32(b, h.aux)
	return append(b, payload...)
}

func (h header) names() []string {
	if h.flags == "" {
		return []string{}
	}
	return strings.Split(h.flags, "|")
}

// encode writes bytes as hex, a byte that comes 32 times or more as in 61*1000.
func encode(b []byte) string {
	var words []string
	start := 0
	flush := func(end int) {
		if end > start {
			words = append(words, hex.EncodeToString(b[start:end]))
		}
	}
	for i := 0; i < len(b); {
		n := 1
		for i+n < len(b) && b[i+n] == b[i] {
			n++
		}
		if n >= 32 {
			flush(i)
			words = append(words, fmt.Sprintf("%02x*%d", b[i], n))
			start = i + n
		}
		i += n
	}
	flush(len(b))
	return strings.Join(words, " ")
}

// decode is the other direction, as every user of the files must write it.
func decode(text string) ([]byte, error) {
	var out []byte
	for _, word := range strings.Fields(text) {
		digits, times, repeated := strings.Cut(word, "*")
		b, err := hex.DecodeString(digits)
		if err != nil {
			return nil, err
		}
		if n := 1; repeated {
			if _, err := fmt.Sscanf(times, "%d", &n); err != nil || len(b) != 1 {
				return nil, fmt.Errorf("%q repeats nothing", word)
			}
			b = bytes.Repeat(b, n)
		}
		out = append(out, b...)
	}
	return out, nil
}

// The pieces of payloads.

func u16(n int) []byte    { return binary.LittleEndian.AppendUint16(nil, uint16(n)) }
func u32(n uint32) []byte { return binary.LittleEndian.AppendUint32(nil, n) }
func u64(n uint64) []byte { return binary.LittleEndian.AppendUint64(nil, n) }

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func fill(n int) []byte { return bytes.Repeat([]byte("a"), n) }

// name is the inline name of a CALL.
func name(s string) []byte { return join(u16(len(s)), []byte(s)) }

// param is one parameter of a HELLO.
func param(id int, value []byte) []byte { return join(u16(id), u16(len(value)), value) }

// ext is one extension, block what stands in front of a body.
func ext(id uint8, value []byte) []byte { return join([]byte{id}, u16(len(value)), value) }

func block(entries ...[]byte) []byte {
	b := join(entries...)
	return join(u16(len(b)), b)
}
