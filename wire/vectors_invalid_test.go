package wire_test

import (
	"fmt"
	"math"
	"strings"
)

func invalidVectors() []vector {
	var l list
	l.invalid("value", "no-bytes", "", "truncated", "")
	l.cuts()
	l.tags()
	l.longForms()
	l.badNumbers()
	l.badTexts()
	l.badContainers()
	l.badVectors()
	return l.all
}

// cuts truncates one value of each form at each byte, and puts something behind it.
func (l *list) cuts() {
	for _, tt := range []struct{ id, bytes string }{
		{"integer-8", "\xB0\x40"}, {"integer-32", "\xB3" + le(4, 1<<31)},
		{"integer-64", "\xB7" + le(8, 1<<63)}, {"negative-16", "\xB9" + le(2, 1<<12)},
		{"float32", f32(0x3FC00000)}, {"float64", f64(0x3FB999999999999A)},
		{"literal", literal("1e400")}, {"string", str("abc")},
		{"long-string", str(strings.Repeat("x", 64))}, {"raw", raw("\x01\x02")},
		{"array", arr("\x01", "\xB0\x40")}, {"object", obj("a", "\x01", "bc", str("d"))},
		{"array-15", arr(repeat(15, "\x01")...)}, {"vector-i16", vec(1, 2, "\x01\x02\x03\x04")},
		{"vector", vec(5, 1, le(8, 0x3FB999999999999A))},
		{"nested", arr(obj("k", arr(raw("\x01"))))},
	} {
		step := 1 + len(tt.bytes)/24
		first := 1
		if tt.id == "vector-i16" {
			first = 2 // the tag alone is cut from the other vector
		}
		for i := first; i < len(tt.bytes); i += step {
			l.invalid("truncated", fmt.Sprintf("%s-%d", tt.id, i), tt.bytes[:i], "truncated", "")
		}
		l.invalid("trailing", tt.id+"-null", tt.bytes+"\xD0", "trailing", "")
	}
	for _, n := range []int{241, 2289, 65537} {
		head := "\xD7" + vi(n)
		for i := 2; i < len(head); i++ {
			l.invalid("truncated", fmt.Sprintf("length-of-%d-%d", n, i), head[:i], "truncated", "")
		}
		l.invalid("truncated", fmt.Sprintf("string-of-%d", n), head+"x", "truncated",
			"the claimed length must not be allocated")
	}
	l.invalid("trailing", "two-integers", "\x01\x02", "trailing", "")
	l.invalid("trailing", "empty-array-with-a-size", "\x80\x00", "trailing", "count 0 has no size")
	l.invalid("trailing", "empty-object-with-a-size", "\x90\x00", "trailing", "count 0 has no size")
}

func (l *list) tags() {
	for t := 0xA0; t <= 0xAF; t++ {
		l.invalid("layout-b", fmt.Sprintf("tag-%02x", t), string([]byte{byte(t), 1, 0}), "layout-b", "")
	}
	l.invalid("layout-b", "tag-d3", "\xD3", "layout-b", "absent")
	l.invalid("layout-b", "tag-df", "\xDF\x02\x00\x00\x01", "layout-b", "prologue")
	for t := 0xDA; t <= 0xFF; t++ {
		switch {
		case t == 0xDF:
		case t >= 0xE0 && t < 0xF0:
			l.invalid("tag", fmt.Sprintf("reserved-%02x", t), string([]byte{byte(t), 1, 0}), "reserved",
				"of the form tag, varint size, bytes")
		default:
			l.invalid("tag", fmt.Sprintf("invalid-%02x", t), string([]byte{byte(t), 1, 0}), "tag", "")
		}
	}
	l.invalid("layout-b", "inside-an-array", arr("\x01", "\xA1\x01\x00"), "layout-b", "")
	l.invalid("tag", "reserved-inside-an-object", obj("k", "\xE1\x01\x00"), "reserved", "")
}

// longForms writes each size, count and length in more bytes than it needs, and integers too.
func (l *list) longForms() {
	for w := 2; w <= 8; w++ {
		for _, n := range []uint64{0, 64, math.MaxUint64 >> (72 - 8*w)} {
			l.invalid("minimal", fmt.Sprintf("integer-%d-in-%d", n, w),
				string([]byte{byte(0xAF + w)})+le(w, n), "minimal", "")
			l.invalid("minimal", fmt.Sprintf("negative-%d-in-%d", n, w),
				string([]byte{byte(0xB7 + w)})+le(w, n), "minimal", "")
		}
	}
	for _, n := range []uint64{0, 1, 62, 63} {
		l.invalid("minimal", fmt.Sprintf("integer-%d-in-1", n), "\xB0"+le(1, n), "minimal", "")
	}
	for _, n := range []uint64{0, 1, 14, 15} {
		l.invalid("minimal", fmt.Sprintf("negative-%d-in-1", n), "\xB8"+le(1, n), "minimal", "")
	}
	places := []struct {
		id   string
		make func(v string) string
	}{
		{"string-length", func(v string) string { return "\xD7" + v + strings.Repeat("x", 100) }},
		{"bytes-length", func(v string) string { return "\xD8" + v + strings.Repeat("x", 100) }},
		{"literal-length", func(v string) string { return "\xD6" + v + strings.Repeat("1", 100) }},
		{"array-count", func(v string) string {
			return "\x8F" + v + "\x64" + strings.Repeat("\x01",
				100)
		}},
		{"array-size", func(v string) string { return "\x8F\x64" + v + strings.Repeat("\x01", 100) }},
		{"object-count", func(v string) string {
			return "\x9F" + v + "\x64" + strings.Repeat("\x01",
				100)
		}},
		{"object-size", func(v string) string { return "\x91" + v + "\x62" + strings.Repeat("x", 99) }},
		{"key-length", func(v string) string {
			return container(0x90, 1, v+strings.Repeat("x",
				100)+"\x01")
		}},
		{"vector-count", func(v string) string { return "\xD9\x00" + v + strings.Repeat("\x01", 100) }},
	}
	for _, p := range places {
		l.invalid("minimal", p.id+"-100-in-3", p.make("\xF8"+le(2, 100)), "minimal", "")
		l.invalid("minimal", p.id+"-2287-in-3", p.make("\xF8"+le(2, 2287)), "minimal", "")
		l.invalid("minimal", p.id+"-100-in-5", p.make("\xF9"+le(4, 100)), "minimal", "")
		l.invalid("minimal", p.id+"-65535-in-5", p.make("\xF9"+le(4, 65535)), "minimal", "")
		l.invalid("varint", p.id+"-fa", p.make("\xFA"+le(8, 100)), "varint", "")
		l.invalid("varint", p.id+"-ff", p.make("\xFF"+le(8, 100)), "varint", "")
	}
	for _, n := range []int{0, 1, 63} {
		l.invalid("minimal", fmt.Sprintf("string-of-%d-long", n), "\xD7"+vi(n)+strings.Repeat("x", n),
			"minimal", "belongs into the tag")
	}
	for _, n := range []int{0, 1, 14} {
		l.invalid("minimal", fmt.Sprintf("array-of-%d-long", n),
			"\x8F"+vi(n)+vi(n)+strings.Repeat("\x01", n), "minimal", "belongs into the tag")
		l.invalid("minimal", fmt.Sprintf("object-of-%d-long", n),
			"\x9F"+vi(n)+vi(2*n)+strings.Repeat("\x00\x01", n), "minimal", "belongs into the tag")
	}
}

func (l *list) badNumbers() {
	l.invalid("integer", "-2^63-1", "\xBF"+le(8, 1<<63), "range", "a literal holds it")
	l.invalid("integer", "-2^64", "\xBF"+le(8, math.MaxUint64), "range", "a literal holds it")
	for _, bits := range []uint32{0x7F800000, 0xFF800000, 0x7FC00000, 0x7F800001, 0xFFFFFFFF} {
		l.invalid("float", fmt.Sprintf("float32-%08x", bits), f32(bits), "finite", "")
	}
	for _, bits := range []uint64{0x7FF0000000000000, 0xFFF0000000000000, 0x7FF8000000000000,
		0x7FF0000000000001, math.MaxUint64} {
		l.invalid("float", fmt.Sprintf("float64-%016x", bits), f64(bits), "finite", "")
	}
	for _, f := range []float64{0, math.Copysign(0, -1), 1, -1.5, math.MaxFloat32,
		math.SmallestNonzeroFloat32, 1 << 60} {
		l.invalid("float", fmt.Sprintf("float64-%g", f), f64(math.Float64bits(f)), "minimal",
			"float32 holds it exactly")
	}
	for _, s := range []string{"", "-", "01", "-01", "1.", ".5", "1e", "1e+", "+1", "0x1", "NaN",
		"Infinity", "1 ", " 1", "1_0", "--1", "1.e5", "1e5.5", "1e400 ", "١"} {
		l.invalid("literal", fmt.Sprintf("not-a-number-%q", s), literal(s), "literal", "")
	}
	for _, s := range []string{"0", "-0", "63", "-1", "18446744073709551615", "-9223372036854775808",
		"0.1", "1.5", "1e2", "1e308", "18446744073709551616", "1e23", "100000000000000000000",
		"0.50000000000000000000000000", "0e400",
		"0.1000000000000000055511151231257827021181583404541015625"} {
		l.invalid("literal", "not-needed-"+s, literal(s), "literal",
			"an integer or a float stands for it")
	}
}

func (l *list) badTexts() {
	for _, tt := range []struct{ id, text string }{
		{"lone-continuation", "\x80"}, {"cut-2", "\xc3"}, {"cut-3", "\xe2\x82"}, {"cut-4",
			"\xf0\x9f\x98"},
		{"overlong-2", "\xc0\xaf"}, {"overlong-3", "\xe0\x9f\xbf"}, {"overlong-4", "\xf0\x8f\xbf\xbf"},
		{"surrogate-high", "\xed\xa0\x80"}, {"surrogate-low", "\xed\xbf\xbf"},
		{"beyond-unicode", "\xf4\x90\x80\x80"}, {"byte-ff", "\xff"}, {"byte-fe", "\xfe"},
		{"bad-second", "\xc3\x28"}, {"after-text", "12345678\xff"}, {"in-a-long-text",
			strings.Repeat("x", 70) + "\xc3"},
	} {
		l.invalid("utf8", "string-"+tt.id, str(tt.text), "utf8", "")
		l.invalid("utf8", "key-"+tt.id, obj(tt.text, "\x01"), "utf8", "")
	}
}

func (l *list) badContainers() {
	sizes := len(l.all)
	l.invalid("size", "array-too-small", "\x82\x02\x01\xB0\x40", "truncated",
		"the second item is outside")
	l.invalid("size", "array-too-large", "\x81\x03\x01\x01\x01", "size", "bytes without items")
	l.invalid("size", "object-too-small", "\x91\x02\x01a\x01", "size", "")
	l.invalid("size", "object-too-large", "\x91\x04\x01a\x01\x01", "size", "")
	l.invalid("size", "child-leaves-parent", arr("\x81\x05\x01")+"\x01\x01\x01\x01", "size", "")
	l.invalid("size", "key-leaves-object", "\x91\x03\x05ab\x01\x01\x01", "size", "")
	l.invalid("size", "claims-4-GiB", "\x8F\xF9\xFF\xFF\xFF\xFF\xF9\xFF\xFF\xFF\xFF", "truncated",
		"must not be allocated")
	l.invalid("size", "object-claims-4-GiB", "\x9F\xF9\xFF\xFF\xFF\xFF\xF9\xFF\xFF\xFF\xFF",
		"truncated", "")
	l.under("F-104", sizes)
	l.invalid("count", "array-3-in-2", "\x83\x02\x01\x01", "count", "")
	l.invalid("count", "array-1-in-0", "\x81\x00", "count", "")
	l.invalid("count", "object-2-in-3", "\x92\x03\x00\x01\x00", "count", "two bytes a member at least")
	l.invalid("count", "array-4-billion-in-1", "\x8F\xF9\xFF\xFF\xFF\xFF\x01\x01", "count", "")
	l.invalid("duplicate", "next-to-each-other", obj("a", "\x01", "a", "\x01"), "duplicate", "")
	l.invalid("duplicate", "apart", obj("a", "\x01", "b", "\x02", "", "\x03", "a", "\x04"),
		"duplicate", "")
	l.invalid("duplicate", "empty-key", obj("", "\x01", "", "\x01"), "duplicate", "")
	l.invalid("duplicate", "inside", arr(obj("x", obj("a", "\x01", "a", "\x02"))), "duplicate", "")
	long := strings.Repeat("k", 300)
	l.invalid("duplicate", "long-key", obj(long, "\x01", long, "\x01"), "duplicate", "")
	var pairs []string
	for i := range 100 {
		pairs = append(pairs, fmt.Sprint("key", i), "\x01")
	}
	l.invalid("duplicate", "first-of-100", obj(append(pairs, "key0", "\x01")...), "duplicate", "")
	l.invalid("duplicate", "last-of-100", obj(append(pairs, "key99", "\x01")...), "duplicate", "")
	l.invalid("depth", "129-arrays", deep(128, "\x80"), "depth", "")
	l.invalid("depth", "129-objects", nestedObjects(129), "depth", "")
	l.invalid("depth", "vector-at-129", deep(128, vec(0, 1, "\x07")), "depth", "")
}

func nestedObjects(n int) string {
	value := "\x90"
	for range n - 1 {
		value = obj("k", value)
	}
	return value
}

func (l *list) badVectors() {
	for kind := byte(0); kind < 6; kind++ {
		l.invalid("vector", fmt.Sprintf("empty-%d", kind), "\xD9"+string([]byte{kind})+"\x00", "vector",
			"")
	}
	kinds := len(l.all)
	for _, kind := range []byte{6, 7, 128, 255} {
		l.invalid("vector", fmt.Sprintf("kind-%d", kind),
			"\xD9"+string([]byte{kind})+"\x01"+le(8, 1), "vector", "")
	}
	l.under("F-102", kinds)
	cut := len(l.all)
	l.invalid("vector", "short-i64", vec(3, 2, le(8, 1)), "vector", "")
	l.invalid("vector", "claims-4-GiB", "\xD9\x05\xF9\xFF\xFF\xFF\xFF", "vector",
		"must not be allocated")
	l.under("F-101", cut)
	l.invalid("vector", "f32-infinity", vec(4, 2, le(4, 0x3FC00000)+le(4, 0x7F800000)), "finite", "")
	l.invalid("vector", "f64-nan", vec(5, 1, le(8, 0x7FF8000000000000)), "finite", "")
	l.invalid("trailing", "vector", vec(0, 1, "\x01")+"\x01", "trailing", "")
}
