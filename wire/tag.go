package wire

import "strconv"

// The tags of layout A, and those of layout B that are known well enough to be named when refused.
const (
	tagText     = 0x40 // 40-7F: string, its length in the low six bits
	tagArray    = 0x80
	tagObject   = 0x90
	tagShaped   = 0xA0
	tagUint     = 0xB0
	tagNegative = 0xB8
	tagSmallNeg = 0xC0
	tagNull     = 0xD0
	tagFalse    = 0xD1
	tagTrue     = 0xD2
	tagAbsent   = 0xD3
	tagFloat32  = 0xD4
	tagFloat64  = 0xD5
	tagNumber   = 0xD6
	tagLongText = 0xD7
	tagBytes    = 0xD8
	tagVector   = 0xD9
	tagPrologue = 0xDF
	tagReserved = 0xE0
)

// Limits of the encoding. They are constants of the protocol, not settings.
const (
	// MaxDepth is how many containers may stand inside each other, the outermost included.
	MaxDepth = 128
	// MaxSize is the largest encoded value that is read.
	MaxSize = 1<<31 - 1
)

const (
	shortTextMax  = 63 // longest string whose length fits the tag
	shortCountMax = 14 // most children whose count fits the tag
	countFollows  = 15 // low nibble that says that a varint count follows
)

// Kind is the JSON type of a value, with raw bytes added.
type Kind uint8

// The kinds. Invalid is the kind of a Value that is absent or malformed.
const (
	Invalid Kind = iota
	Null
	Bool
	Integer // within -2^63 .. 2^64-1
	Float   // float32 or float64
	Literal // a number kept as text
	String
	Bytes
	Array // a vector is an array too
	Object
)

var kindNames = [...]string{
	"invalid value", "null", "bool", "integer", "float", "number literal", "string", "bytes",
	"array", "object",
}

// String gives the name that errors use.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "kind " + strconv.Itoa(int(k))
}

// kindOf is the kind that a tag announces; Invalid for all that layout A does not define.
func kindOf(tag byte) Kind {
	switch {
	case tag < tagText, tag >= tagUint && tag < tagNull:
		return Integer
	case tag < tagArray, tag == tagLongText:
		return String
	case tag < tagObject, tag == tagVector:
		return Array
	case tag < tagShaped:
		return Object
	case tag == tagNull:
		return Null
	case tag == tagFalse, tag == tagTrue:
		return Bool
	case tag == tagFloat32, tag == tagFloat64:
		return Float
	case tag == tagNumber:
		return Literal
	case tag == tagBytes:
		return Bytes
	}
	return Invalid
}
