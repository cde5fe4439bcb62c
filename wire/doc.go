// Package wire is a compact, tagged, self-describing binary encoding of exactly the JSON data
// model (null, bool, number, string, array, object) plus raw bytes.
//
// It never reads the clock, never does I/O, never trusts a length it has not compared with the
// bytes at hand, and never panics on input. It knows nothing of JSON text: that is wirejson.
// Longer texts are checked by vector instructions on amd64 with AVX2; the build tag purego leaves
// them, the only assembly there is, out.
//
// # Layout
//
//	00-3F   integer 0..63                      D0 D1 D2  null, false, true
//	40-7F   string of 0..63 bytes              D4 D5     float32, float64 (D4 iff exact)
//	80-8F   array:  count, size, items         D6        number literal: varint length, text
//	90-9F   object: count, size, (key, value)  D7 D8     string (64 bytes or more), bytes
//	B0-B7   unsigned integer of 1..8 bytes     D9        vector: kind, varint count, elements
//	B8-BF   -1-n, n of 1..8 bytes              A0-AF D3 DF  shapes: reserved, refused
//	C0-CF   integer -1..-16                    E0-EF     reserved, refused
//
//	+-----+----------------+------------------+----------------------------+
//	| tag | count (varint) |  size (varint)   |  size bytes of items       |
//	+-----+----------------+------------------+----------------------------+
//	       only if the low   only if count > 0   a key is varint length and
//	       nibble is 15                          UTF-8 text, without a tag
//
// A varint is 00-EF for itself, F0-F7 and one byte for 240..2287, F8 and two bytes, F9 and four.
// Everything is little-endian, and every form is the shortest one: a longer form is refused.
//
// # Numbers
//
// An integer of 64 bits keeps every digit. A literal that no integer and no float64 stands for is
// kept as text ([Number]); number.go has the exact rule. NaN and the infinities have no wire form.
//
// # Go types
//
// Struct fields and tags are those of encoding/json, with the differences marked by a star. The
// example named on each row shows it.
//
//	Go                              wire                                             example
//	field, `json:"name"`, "-"       member under that name, none                     names
//	* names when decoding           compared byte by byte; another case is unknown   caseSensitive
//	omitempty                       left out if false, 0, "", nil, without elements  omitempty
//	omitzero                        left out if zero, or if IsZero says so           omitzero
//	embedded struct                 its members stand in the outer object            embedded
//	string option                   number or bool inside a string                   string
//	time.Time                       string, RFC 3339                                 time
//	TextAppender, TextMarshaler     string                                           text
//	* MarshalJSON, UnmarshalJSON    not used; json.RawMessage is refused, see Raw    text
//	big.Int, Number, json.Number    number of any size                               bigNumbers
//	map with string, integer, text  object; nil is null                              maps
//	slice, array                    array or vector; nil is null; the length counts  arrays
//	pointer                         what it points to; nil is null; no cycles        pointers
//	any                             by what it holds                                 any
//	* []byte, [n]byte               raw bytes, not base64                            bytes
//	Raw                             the encoded value, checked                       raw
//	* unknown members               checked and dropped, or UnmarshalOptions         UnmarshalOptions
//	chan, func, complex             refused with the path to it
//
// # Memory
//
// Unmarshal copies: what it stores into the destination shares nothing with the input. Many small
// strings, slices and pointers are cut from pieces of at most 4 KiB, so one of them that lives on
// may keep that much alive, and what else is in it: a piece of text or numbers may serve several
// messages, one with pointers in it serves one message only. Appending to a slice never touches
// its neighbour. A string of 1 KiB or more has its own memory. [UnmarshalOptions] can make all text
// of a message one piece instead.
//
// [Value], [ListReader] and the Consume functions lend: their slices are the input itself.
// Append functions write into the spare capacity of dst, where nothing may stand that is encoded; on
// an error dst[:len(dst)] is unchanged.
//
// # Generated code
//
// A plan is made of each Go type when it is first used, and encoding and decoding follow it. Where
// that is too slow `lever generate` gives structs methods ([Generated]) that write the same bytes in
// 0.6 to 0.85 of the time, and read them in 0.6 to 0.95; nothing is gained for lists of numbers. They
// are used wherever such a struct is encoded or decoded. What they need of this package is
// [BackWriter], [Unchecked] and [ByPlan] to write, [MemberReader], [Words] and [StructPlan] to read,
// which are of no use otherwise.
//
// # Use by goroutines
//
// Functions and a [Codec] are safe for concurrent use. A [ListReader] belongs to one goroutine. A
// [Value] is immutable, as long as nobody writes to the bytes under it.
package wire
