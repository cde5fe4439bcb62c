package plain

import (
	"encoding/json"
	"errors"
	"math/big"
	"net/netip"
	"time"

	"github.com/leverrpc/lever/wire"
)

// Scalars has the numbers, bools and texts.
type Scalars struct {
	Bool   bool    `json:"bool"`
	Int    int     `json:"int"`
	Int8   int8    `json:"int8"`
	Int16  int16   `json:"int16"`
	Int32  int32   `json:"int32"`
	Int64  int64   `json:"int64"`
	Uint   uint    `json:"uint"`
	Uint8  uint8   `json:"uint8"`
	Uint16 uint16  `json:"uint16"`
	Uint32 uint32  `json:"uint32"`
	Uint64 uint64  `json:"uint64"`
	Ptr    uintptr `json:"ptr"`
	F32    float32 `json:"f32"`
	F64    float64 `json:"f64"`
	Text   string  `json:"text"`
}

// Types with names of their own.
type (
	Flag  bool           // a bool
	Count int32          // a number
	Share float64        // a number
	Name  string         // a text
	Names []Name         // texts that are no strings
	Rows  [][]float64    // vectors
	Index map[Name]Count // a map
	Same  = Point        // a struct that has a name already
)

// Level is text by its methods.
type Level int8

// MarshalText implements [encoding.TextMarshaler].
func (l Level) MarshalText() ([]byte, error) { return []byte{'L', byte('0' + l&7)}, nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (l *Level) UnmarshalText(text []byte) error {
	if len(text) != 2 {
		return errors.New("a level is two bytes")
	}
	*l = Level(text[len(text)-1] - '0')
	return nil
}

// Span may be left out if both its ends are equal.
type Span struct {
	From int `json:"from"`
	To   int `json:"to"`
}

// IsZero is what omitzero asks.
func (s Span) IsZero() bool { return s.From == s.To }

// Named has fields of named types.
type Named struct {
	Flag  Flag
	Count Count
	Share Share
	Name  Name
	Names Names
	Rows  Rows
	Index Index
	Level Level
	Same  Same
	Bytes []Flag
}

// Omitted has a field of each sort that may be left out.
type Omitted struct {
	Bool    bool              `json:"bool,omitempty"`
	Int     int16             `json:"int,omitempty"`
	Uint    uint64            `json:"uint,omitempty"`
	Float   float64           `json:"float,omitempty"`
	Text    Name              `json:"text,omitempty"`
	List    []string          `json:"list,omitempty"`
	Bytes   []byte            `json:"bytes,omitempty"`
	Map     map[string]string `json:"map,omitempty"`
	Numbers map[int8]int      `json:"numbers,omitempty"`
	Pointer *int              `json:"pointer,omitempty"`
	Any     any               `json:"any,omitempty"`
	None    [0]int            `json:"none,omitempty"`
	Array   [2]int            `json:"array,omitempty"`
	Struct  Point             `json:"struct,omitempty"`
	Level   Level             `json:"level,omitempty"`
	Share   Quote             `json:"share,omitempty"`
	Raw     wire.Raw          `json:"raw,omitempty"`
	Quoted  float64           `json:"quoted,omitempty,string"`
	Time    time.Time         `json:"time,omitzero"`
	Span    Span              `json:"span,omitzero"`
	Zero    float64           `json:"zero,omitzero"`
	Lists   [][]int           `json:"lists,omitzero"`
	Point   *Point            `json:"point,omitzero"`
}

// Quote is a number that is text.
type Quote float64

// MarshalText implements [encoding.TextMarshaler].
func (q Quote) MarshalText() ([]byte, error) { return []byte{'q'}, nil }

// UnmarshalText implements [encoding.TextUnmarshaler].
func (q *Quote) UnmarshalText([]byte) error { return nil }

// Point is small enough to be written in place.
type Point struct {
	X int     `json:"x"`
	Y float32 `json:"y"`
}

// Tiny has one member, which may be left out.
type Tiny struct {
	V string `json:"v,omitempty"`
}

// Empty has no members.
type Empty struct{}

// Lists has slices and arrays.
type Lists struct {
	Points   []Point           `json:"points"`
	Pointers []*Point          `json:"pointers"`
	Tiny     []Tiny            `json:"tiny"`
	Empty    []Empty           `json:"empty"`
	Texts    []string          `json:"texts"`
	Deep     [][][]string      `json:"deep"`
	Deeper   [][][][]Tiny      `json:"deeper"`
	Bools    []bool            `json:"bools"`
	Ints     []int             `json:"ints"`
	Floats   []float32         `json:"floats"`
	Tables   [][]uint16        `json:"tables"`
	Bytes    []byte            `json:"bytes"`
	Blocks   [][]byte          `json:"blocks"`
	Arrays   [][2]Point        `json:"arrays"`
	Maps     []map[string]Tiny `json:"maps"`
	Anys     []any             `json:"anys"`
	Scalars  []Scalars         `json:"scalars"`
}

// Pointers has what may be nil.
type Pointers struct {
	Int    *int              `json:"int"`
	Text   *string           `json:"text"`
	Point  *Point            `json:"point"`
	Large  *Scalars          `json:"large"`
	List   *[]string         `json:"list"`
	Ints   *[]int            `json:"ints"`
	Twice  **int             `json:"twice"`
	Any    *any              `json:"any"`
	Map    map[string]string `json:"map"`
	Points map[string]*Point `json:"points"`
	Quoted *int64            `json:"quoted,string"`
}

// Special has the types that are not what their kinds say.
type Special struct {
	Time    time.Time        `json:"time"`
	Address netip.Addr       `json:"address"`
	Big     *big.Int         `json:"big"`
	Number  wire.Number      `json:"number"`
	Literal json.Number      `json:"literal"`
	Raw     wire.Raw         `json:"raw"`
	Any     any              `json:"any"`
	Hash    [4]byte          `json:"hash"`
	Inline  struct{ A int }  `json:"inline"`
	Pair    Pair[int]        `json:"pair"`
	Bool    bool             `json:"bool,string"`
	ID      uint64           `json:"id,string"`
	Error   interface{ M() } `json:"error"`
}

// Pair has a type parameter.
type Pair[T any] struct{ A, B T }
