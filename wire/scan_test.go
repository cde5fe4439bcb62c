package wire

import (
	"strings"
	"testing"
)

func TestEveryFormIsReadWholeAndRefusedWhenCutOrFollowed(t *testing.T) {
	for _, tt := range []struct{ name, hex string }{
		{"the least integer of one byte", "00"},
		{"the greatest integer of one byte", "3f"},
		{"an integer of two bytes", "b040"},
		{"a 16-bit integer", "b1 0001"},
		{"a 24-bit integer", "b2 000001"},
		{"a 32-bit integer", "b3 00000001"},
		{"a 40-bit integer", "b4 0000000001"},
		{"a 48-bit integer", "b5 000000000001"},
		{"a 56-bit integer", "b6 00000000000001"},
		{"the greatest integer", "b7 ffffffffffffffff"},
		{"minus one", "c0"},
		{"minus sixteen", "cf"},
		{"minus seventeen", "b8 10"},
		{"minus 2^63", "bf ffffffffffffff7f"},
		{"null", "d0"}, {"false", "d1"}, {"true", "d2"},
		{"a float32", "d4 0000c03f"},
		{"minus zero", "d4 00000080"},
		{"a float64", "d5 9a9999999999b93f"},
		{"a number literal", "d6 05 3165343030"},
		{"the empty string", "40"},
		{"a short string", "43 616263"},
		{"a string of 64 bytes", "d7 40" + strings.Repeat("61", 64)},
		{"a string of 240 bytes", "d7 f000" + strings.Repeat("61", 240)},
		{"a string of 2288 bytes", "d7 f8f008" + strings.Repeat("61", 2288)},
		{"a string of 65536 bytes", "d7 f900000100" + strings.Repeat("61", 65536)},
		{"a string beyond ASCII", "44 c3a4c3b6"},
		{"no bytes", "d8 00"},
		{"three bytes", "d8 03 ff00ff"},
		{"an empty array", "80"},
		{"an array", "83 03 010203"},
		{"an array of 15", "8f 0f 0f" + strings.Repeat("07", 15)},
		{"an empty object", "90"},
		{"an object", "92 06 0161 01 0162 02"},
		{"an object with an empty key", "91 02 00 d0"},
		{"a vector of u8", "d9 00 03 0102ff"},
		{"a vector of i16", "d9 01 02 0100ffff"},
		{"a vector of i32", "d9 02 01 01000080"},
		{"a vector of i64", "d9 03 01 0100000000000080"},
		{"a vector of f32", "d9 04 01 0000c03f"},
		{"a vector of f64", "d9 05 01 9a9999999999b93f"},
		{"containers in each other", "91 09 016b 81 05 91 03 0161 d2"},
	} {
		t.Run(tt.name, func(t *testing.T) { everyCut(t, unhex(t, tt.hex)) })
	}
}

func TestEveryFaultIsNamed(t *testing.T) {
	for _, tt := range []struct{ hex, offset, want string }{
		{"", "offset 0", "end of the bytes"},
		{"a0 00", "offset 0", "shaped object (tag 0xa0, layout B)"},
		{"d3", "offset 0", "absent member (tag 0xd3, layout B)"},
		{"df 00", "offset 0", "shape prologue (tag 0xdf, layout B)"},
		{"e5 01 00", "offset 0", "reserved tag 0xe5"},
		{"da", "offset 0", "invalid tag 0xda"},
		{"ff", "offset 0", "invalid tag 0xff"},
		{"b0 3f", "offset 0", "more bytes than it needs"},
		{"b1 4000", "offset 0", "more bytes than it needs"},
		{"b8 0f", "offset 0", "more bytes than it needs"},
		{"bf 0000000000000080", "offset 0", "below -2^63"},
		{"d4 0000807f", "offset 0", "NaN or an infinity"},
		{"d5 000000000000f07f", "offset 0", "NaN or an infinity"},
		{"d5 000000000000f83f", "offset 0", "float32 holds exactly"},
		{"d6 01 31", "offset 0", "want the integer"},
		{"d6 03 312e35", "offset 0", "want the float"},
		{"d6 02 3031", "offset 0", "want a JSON number"},
		{"d6 00", "offset 0", "want a JSON number"},
		{"d7 03 616263", "offset 0", "want the short form"},
		{"d7 f0", "offset 0", "string length that is cut off"},
		{"d7 f8 0100", "offset 0", "more bytes than it needs"},
		{"d7 fa", "offset 0", "invalid varint 0xfa"},
		{"42 c328", "offset 1", "not UTF-8"},
		{"43 6162", "offset 0", "string of 3 bytes where 2 are left"},
		{"81 05 01", "offset 0", "array of 5 bytes where 1 are left"},
		{"8f 03 03 010203", "offset 0", "count 3 as a varint"},
		{"8f f9ffffffff f9ffffffff", "offset 0", "bytes where 0 are left"},
		{"83 02 0102", "offset 0", "3 children in 2 bytes"},
		{"92 03 016101", "offset 0", "2 children in 3 bytes"},
		{"81 02 0101", "offset 3", "1 bytes more than the 1 children take"},
		{"82 03 014261", "offset 3", "[1]: found a string of 2 bytes where 1 are left"},
		{"92 06 0161 01 0161 02", "offset 5", `the key "a" twice`},
		{"91 03 01ff 01", "offset 3", "want a key"},
		{"91 03 056162", "offset 2", "key of 5 bytes where 2 are left"},
		{"d9 00 00", "offset 0", "empty vector"},
		{"d9 06 01 00", "offset 0", "unknown vector element kind 6"},
		{"d9 03 02 0000000000000000", "offset 0", "vector of 2 elements where 8 bytes"},
		{"d9 05 01 000000000000f87f", "offset 0", "infinity in a vector"},
		{"d0 d0", "offset 1", "1 bytes after the value"},
		{"91 08 0161 91 04 0162 42 61", "offset 8", "a.b: found a string of 2 bytes"},
	} {
		b := unhex(t, tt.hex)
		if everyReader(t, b) {
			t.Errorf("%s: accepted", tt.hex)
			continue
		}
		var v any
		for reader, err := range map[string]error{
			"Validate": Validate(b), "Unmarshal": Unmarshal(b, &v),
		} {
			got := err.Error()
			if !strings.Contains(got, tt.offset+":") || !strings.Contains(got, tt.want) {
				t.Errorf("%s: %s says %q, want %s and %q", tt.hex, reader, got, tt.offset, tt.want)
			}
		}
	}
}

// nested is n arrays in each other.
func nested(n int) []byte {
	b := []byte{tagArray}
	for range n - 1 {
		b = append(appendVarint([]byte{tagArray | 1}, len(b)), b...)
	}
	return b
}

func TestDepthIsLimitedInEveryReader(t *testing.T) {
	if !everyReader(t, nested(MaxDepth)) {
		t.Errorf("%d arrays in each other: %v", MaxDepth, Validate(nested(MaxDepth)))
	}
	if everyReader(t, nested(MaxDepth+1)) {
		t.Errorf("%d arrays in each other: accepted", MaxDepth+1)
	}
	if everyReader(t, nested(3_000)) {
		t.Error("3,000 arrays in each other: accepted")
	}
	inner := append([]byte{tagVector, vectorU8, 1}, 5)
	for depth := 1; depth <= MaxDepth; depth++ {
		inner = append(appendVarint([]byte{tagArray | 1}, len(inner)), inner...)
	}
	if everyReader(t, inner) {
		t.Error("a vector below 128 arrays: accepted")
	}
}

func TestClaimedSizesAllocateNothing(t *testing.T) {
	for _, s := range []string{
		"8f f9ffffffff f9ffffffff", "9f f9ffffffff f9ffffffff", "d9 05 f9ffffffff",
		"d7 f9ffffffff", "d8 f9ffffffff", "d6 f9ffffffff", "91 f9ffffff7f f9ffffff7f",
	} {
		b := unhex(t, s)
		var v any
		got := testing.AllocsPerRun(10, func() {
			if Unmarshal(b, &v) == nil {
				t.Errorf("%s: accepted", s)
			}
		})
		if got > 12 { // the error and its text
			t.Errorf("%s: %v allocations", s, got)
		}
	}
}

func TestValidateAllocatesNothing(t *testing.T) {
	doc, err := Append(nil, map[string]any{
		"name": "Ann", "tags": []any{"a", "b", 1.5, nil, true}, "more": map[string]any{"x": 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := testing.AllocsPerRun(100, func() {
		if err := Validate(doc); err != nil {
			t.Error(err)
		}
	}); got != 0 {
		t.Errorf("%v allocations, want 0", got)
	}
}

func TestManyKeysAreComparedFast(t *testing.T) {
	const n = 50_000
	var content []byte
	for i := range n {
		content = append(content, 3, byte(i&0x7F), byte(i>>7&0x7F), byte(i>>14&0x7F), 0)
	}
	b := appendVarint([]byte{tagObject | countFollows}, n)
	b = append(appendVarint(b, len(content)), content...)
	if !everyReader(t, b) {
		t.Errorf("%d different keys: %v", n, Validate(b))
	}
	copy(b[len(b)-5:], content[:5])
	if everyReader(t, b) {
		t.Error("the last key equal to the first: accepted")
	}
}

func TestItemsStandBelowOneContainer(t *testing.T) {
	nested := func(depth int) []byte {
		b := []byte{0x80}
		for range depth - 1 {
			b = append([]byte{0x81}, append(appendVarint(nil, len(b)), b...)...)
		}
		return b
	}
	c, err := CodecFor[any]()
	if err != nil {
		t.Fatal(err)
	}
	for depth, want := range map[int][2]bool{
		MaxDepth - 1: {true, true}, MaxDepth: {true, false}, MaxDepth + 1: {false, false},
	} {
		var v any
		b := nested(depth)
		got := [2]bool{c.Unmarshal(b, &v) == nil, c.UnmarshalItem(b, &v) == nil}
		if got != want || (Validate(b) == nil) != want[0] || (ValidateItem(b) == nil) != want[1] {
			t.Errorf("%d containers: taken as a value and as an item %v, want %v", depth, got, want)
		}
	}
}
