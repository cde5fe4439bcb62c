package wire_test

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"strings"
)

// The builders of this file write the layout straight from its description, form by form, and know
// nothing of the package under test. A form that is not the shortest has to be asked for.

// le is the n low bytes of v, little-endian.
func le(n int, v uint64) string {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], v)
	return string(b[:n])
}

// vi is the shortest varint.
func vi(v int) string {
	switch {
	case v < 240:
		return string([]byte{byte(v)})
	case v < 2288:
		return string([]byte{byte(0xF0 + (v-240)/256), byte((v - 240) % 256)})
	case v < 65536:
		return "\xF8" + le(2, uint64(v))
	}
	return "\xF9" + le(4, uint64(v))
}

func str(s string) string {
	if len(s) < 64 {
		return string([]byte{byte(0x40 + len(s))}) + s
	}
	return "\xD7" + vi(len(s)) + s
}

func raw(s string) string     { return "\xD8" + vi(len(s)) + s }
func literal(s string) string { return "\xD6" + vi(len(s)) + s }
func key(s string) string     { return vi(len(s)) + s }

func f32(bits uint32) string { return "\xD4" + le(4, uint64(bits)) }
func f64(bits uint64) string { return "\xD5" + le(8, bits) }

func arr(items ...string) string { return container(0x80, len(items), strings.Join(items, "")) }

// obj takes keys and values in turn.
func obj(pairs ...string) string {
	var content strings.Builder
	for i, p := range pairs {
		if i%2 == 0 {
			p = key(p)
		}
		content.WriteString(p)
	}
	return container(0x90, len(pairs)/2, content.String())
}

func container(tag byte, count int, content string) string {
	switch {
	case count == 0:
		return string([]byte{tag})
	case count < 15:
		return string([]byte{tag + byte(count)}) + vi(len(content)) + content
	}
	return string([]byte{tag + 15}) + vi(count) + vi(len(content)) + content
}

func vec(kind byte, count int, data string) string {
	return "\xD9" + string([]byte{kind}) + vi(count) + data
}

func repeat(n int, s string) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = s
	}
	return out
}

// deep is n arrays in each other, around the value.
func deep(n int, value string) string {
	for range n {
		value = arr(value)
	}
	return value
}

// list gathers vectors of one file.
type list struct{ all []vector }

// rules are the requirements of SPEC.md that valid vectors show to be kept, by the group that begins
// their names.
var rules = map[string]string{"integer": "F-103", "float": "F-107", "literal": "F-109",
	"string": "F-105", "bytes": "F-103", "array": "F-104", "object": "F-104", "key": "F-105",
	"depth": "F-108", "vector": "F-109", "constant": "F-102"}

// faultRules are the requirements by which vectors are refused, by the class of their fault.
var faultRules = map[string]string{"truncated": "F-101", "trailing": "F-101", "tag": "F-102",
	"reserved": "F-102", "layout-b": "F-102", "varint": "F-102", "minimal": "F-103", "size": "F-104",
	"count": "F-104", "utf8": "F-105", "duplicate": "F-106", "finite": "F-107", "depth": "F-108",
	"range": "F-109", "literal": "F-109", "vector": "F-109"}

func (l *list) valid(group, id, bytes, value, notes string) {
	l.all = append(l.all, vector{ID: group + "/" + id, Req: []string{rules[group]},
		Hex: hex.EncodeToString([]byte(bytes)), Value: value, Notes: notes})
}

func (l *list) invalid(group, id, bytes, class, notes string) {
	l.all = append(l.all, vector{ID: group + "/" + id, Req: []string{faultRules[class]},
		Hex: hex.EncodeToString([]byte(bytes)), Error: class, Notes: notes})
}

// under says that the vectors from the given one on show another requirement.
func (l *list) under(req string, from int) {
	for i := range l.all[from:] {
		l.all[from+i].Req = []string{req}
	}
}

func validVectors() []vector {
	var l list
	l.integers()
	l.floats()
	l.literals()
	l.texts()
	l.containers()
	l.vectors()
	return l.all
}

func (l *list) integers() {
	for _, n := range []int{0, 1, 62, 63} {
		l.valid("integer", fmt.Sprint(n), string([]byte{byte(n)}), fmt.Sprint(n), "in the tag")
	}
	for _, n := range []int{-1, -2, -15, -16} {
		l.valid("integer", fmt.Sprint(n), string([]byte{byte(0xBF - n)}), fmt.Sprint(n), "in the tag")
	}
	for w := 1; w <= 8; w++ {
		least, most := uint64(1)<<(8*w-8), uint64(math.MaxUint64)>>(64-8*w)
		if w == 1 {
			least = 64
		}
		for _, n := range []uint64{least, least + 1, most - 1, most} {
			l.valid("integer", fmt.Sprint(n), string([]byte{byte(0xAF + w)})+le(w, n),
				fmt.Sprint(n), fmt.Sprintf("%d bytes", w))
		}
		if w == 1 {
			least = 16
		}
		for _, n := range []uint64{least, min(most, math.MaxInt64)} {
			l.valid("integer", fmt.Sprint(^int64(n)), string([]byte{byte(0xB7 + w)})+le(w, n),
				fmt.Sprint(^int64(n)), fmt.Sprintf("-1-n, n of %d bytes", w))
		}
	}
	l.valid("constant", "null", "\xD0", "null", "")
	l.valid("constant", "false", "\xD1", "false", "")
	l.valid("constant", "true", "\xD2", "true", "")
}

func (l *list) floats() {
	for _, tt := range []struct {
		id    string
		bits  uint32
		value string
	}{
		{"zero", 0, "0.0"}, {"minus-zero", 0x80000000, "-0.0"}, {"one", 0x3F800000, "1.0"},
		{"one-and-a-half", 0x3FC00000, "1.5"}, {"minus-a-half", 0xBF000000, "-0.5"},
		{"2^60", 0x5D800000, "1152921504606846976.0"}, {"2^53", 0x5A000000, "9007199254740992.0"},
		{"largest-float32", 0x7F7FFFFF, "3.4028234663852886e38"},
		{"least-normal-float32", 0x00800000, "1.1754943508222875e-38"},
		{"least-float32", 1, "1.401298464324817e-45"},
	} {
		l.valid("float", tt.id, f32(tt.bits), tt.value, "float32 holds it")
	}
	for _, tt := range []struct {
		id    string
		bits  uint64
		value string
	}{
		{"a-tenth", 0x3FB999999999999A, "0.1"}, {"minus-a-tenth", 0xBFB999999999999A, "-0.1"},
		{"pi", 0x400921FB54442D18, "3.141592653589793"}, {"2^24+1", 0x4170000010000000, "16777217.0"},
		{"largest", 0x7FEFFFFFFFFFFFFF, "1.7976931348623157e308"},
		{"least-normal", 0x0010000000000000, "2.2250738585072014e-308"},
		{"least", 1, "5e-324"}, {"2^53-1", 0x433FFFFFFFFFFFFF, "9007199254740991.0"},
		{"beyond-float32", 0x47EFFFFFF0000000, "3.4028235677973366e38"},
		{"below-float32", 0x3690000000000000, "7.006492321624085e-46"},
		{"17-digits", math.Float64bits(-65.613616999999977), "-65.613616999999977"},
	} {
		l.valid("float", tt.id, f64(tt.bits), tt.value, "only float64 holds it")
	}
}

func (l *list) literals() {
	for _, s := range []string{
		"18446744073709551617", "-9223372036854775809", "100000000000000000000000", "1e400",
		"-1e400", "1E+400", "1e-400", "-0.1e-400", "3.14159265358979323846",
		"123456789012345678901234567890", "0.1000000000000000055511151231257827021181583404541015626",
		"1" + strings.Repeat("0", 309), "1e99999999999999999999", "2.00000000000000000001e5",
	} {
		l.valid("literal", s[:min(len(s), 60)], literal(s), s, "no integer and no float64 stands for it")
	}
}

func (l *list) texts() {
	for _, n := range []int{0, 1, 2, 31, 62, 63, 64, 65, 239, 240, 241, 495, 496, 2287, 2288} {
		s := strings.Repeat("x", n)
		l.valid("string", fmt.Sprintf("%d-bytes", n), str(s), `"`+s+`"`, "")
	}
	for _, tt := range []struct{ id, text string }{
		{"nul", `\u0000`}, {"del", `\u007f`}, {"two-bytes-least", `\u0080`},
		{"two-bytes-most", `\u07ff`}, {"three-bytes-least", `\u0800`},
		{"before-surrogates", `\ud7ff`}, {"after-surrogates", `\ue000`}, {"bom", `\ufeff`},
		{"noncharacter", `\uffff`}, {"four-bytes-least", `\ud800\udc00`},
		{"four-bytes-most", `\udbff\udfff`},
	} {
		text := map[string]string{"nul": "\x00", "del": "\x7f", "two-bytes-least": "\xc2\x80",
			"two-bytes-most": "\xdf\xbf", "three-bytes-least": "\xe0\xa0\x80",
			"before-surrogates": "\xed\x9f\xbf", "after-surrogates": "\xee\x80\x80",
			"bom": "\xef\xbb\xbf", "noncharacter": "\xef\xbf\xbf",
			"four-bytes-least": "\xf0\x90\x80\x80", "four-bytes-most": "\xf4\x8f\xbf\xbf"}[tt.id]
		l.valid("string", tt.id, str(text), `"`+tt.text+`"`, "")
		l.valid("key", tt.id, obj(text, "\x00"), `{"`+tt.text+`":0}`, "")
	}
	for _, tt := range []struct{ bytes, text string }{
		{"", ""}, {"\x00", "AA=="}, {"\xff\x00", "/wA="}, {"\xc3\x28\xff", "wyj/"},
		{strings.Repeat("\x00", 63), strings.Repeat("A", 84)},
		{strings.Repeat("\x00", 240), strings.Repeat("A", 320)},
		{strings.Repeat("\x00", 2289), strings.Repeat("A", 3052)},
	} {
		l.valid("bytes", fmt.Sprint(len(tt.bytes)), raw(tt.bytes), `{"$bytes":"`+tt.text+`"}`, "")
	}
}

func (l *list) containers() {
	for _, n := range []int{0, 1, 2, 14, 15, 16, 239, 240, 2287, 2288} {
		l.valid("array", fmt.Sprintf("%d-items", n), arr(repeat(n, "\x07")...),
			"["+strings.Join(repeat(n, "7"), ",")+"]", "")
	}
	for _, n := range []int{239, 240, 2287, 2288} {
		s := strings.Repeat("x", n-2-len(vi(n)))
		if head := str(s); len(head) != n {
			s = strings.Repeat("x", n-len(head)+len(s))
		}
		l.valid("array", fmt.Sprintf("size-%d", n), arr(str(s)), `["`+s+`"]`, "")
	}
	for _, n := range []int{1, 2, 14, 15, 33, 240} {
		var pairs, text []string
		for i := range n {
			pairs = append(pairs, fmt.Sprint("k", i), "\x07")
			text = append(text, fmt.Sprintf(`"k%d":7`, i))
		}
		l.valid("object", fmt.Sprintf("%d-members", n), obj(pairs...), "{"+strings.Join(text, ",")+"}",
			"")
	}
	l.valid("object", "empty", "\x90", "{}", "")
	for _, n := range []int{0, 239, 240, 2288} {
		k := strings.Repeat("k", n)
		l.valid("key", fmt.Sprintf("%d-bytes", n), obj(k, "\xD2"), `{"`+k+`":true}`, "")
	}
	l.valid("object", "unsorted", obj("b", "\x01", "a", "\x02"), `{"b":1,"a":2}`, "any order is valid")
	keys := len(l.all)
	l.valid("object", "same-key-inside", obj("a", obj("a", "\x01"), "b", obj("a", "\x02")),
		`{"a":{"a":1},"b":{"a":2}}`, "keys are unique in one object only")
	l.valid("object", "key-begins-another", obj("a", "\x01", "ab", "\x02", "", "\x03"),
		`{"a":1,"ab":2,"":3}`, "")
	l.under("F-106", keys)
	l.valid("array", "of-empties", arr("\x80", "\x90", "\x40", "\xD8\x00", "\xD0"),
		`[[],{},"",{"$bytes":""},null]`, "")
	l.valid("depth", "128-arrays", deep(127, "\x80"),
		strings.Repeat("[", 128)+strings.Repeat("]", 128), "the limit")
	l.valid("depth", "scalar-below-128", deep(128, "\x01"),
		strings.Repeat("[", 128)+"1"+strings.Repeat("]", 128), "a scalar is no level")
	l.valid("array", "mixed", arr("\x00", "\xC0", "\xD1", str("é"), f32(0x3FC00000), obj("k", "\xD0")),
		`[0,-1,false,"é",1.5,{"k":null}]`, "")
}

func (l *list) vectors() {
	for _, tt := range []struct {
		id    string
		kind  byte
		count int
		data  string
		value string
	}{
		{"u8", 0, 3, "\x00\x01\xff", "[0,1,255]"},
		{"i16", 1, 3, "\x00\x80\xff\x7f\xff\xff", "[-32768,32767,-1]"},
		{"i32", 2, 2, "\x00\x00\x00\x80\xff\xff\xff\x7f", "[-2147483648,2147483647]"},
		{"i64", 3, 2, le(8, 1<<63) + le(8, math.MaxInt64),
			"[-9223372036854775808,9223372036854775807]"},
		{"f32", 4, 3, le(4, 0x3FC00000) + le(4, 0x80000000) + le(4, 1),
			"[1.5,-0.0,1.401298464324817e-45]"},
		{"f64", 5, 2, le(8, 0x3FB999999999999A) + le(8, 0x3FF8000000000000), "[0.1,1.5]"},
		{"one", 0, 1, "\x07", "[7]"},
		{"wider-than-needed", 3, 1, le(8, 7), "[7]"},
		{"14", 0, 14, strings.Repeat("\x07", 14), "[" + strings.Join(repeat(14, "7"), ",") + "]"},
		{"15", 0, 15, strings.Repeat("\x07", 15), "[" + strings.Join(repeat(15, "7"), ",") + "]"},
		{"240", 0, 240, strings.Repeat("\x07", 240), "[" + strings.Join(repeat(240, "7"), ",") + "]"},
	} {
		l.valid("vector", tt.id, vec(tt.kind, tt.count, tt.data), tt.value, "")
	}
	l.valid("vector", "in-containers", obj("v", arr(vec(0, 2, "\x01\x02"), "\x80")),
		`{"v":[[1,2],[]]}`, "")
	l.valid("vector", "at-depth-128", deep(127, vec(0, 1, "\x07")),
		strings.Repeat("[", 128)+"7"+strings.Repeat("]", 128), "a vector is a level, as an array is")
}
