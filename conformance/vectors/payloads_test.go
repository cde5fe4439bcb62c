package vectors

import (
	"fmt"
	"strings"
)

func (t *table) invalidHello() {
	add := func(id string, payload []byte) {
		h, _ := base("HELLO")
		t.closes("hello-"+id, "F-215", "PROTOCOL", h, payload)
	}
	for i, p := range []struct {
		name   string
		values []uint32
	}{
		{"max-frame", []uint32{0, 1, 16383, 16777216, 0xFFFFFFFF}},
		{"max-message", []uint32{0, 4194303, 0x80000000, 0xFFFFFFFF}},
		{"calls", []uint32{0, 1, 63, 1048577, 0xFFFFFFFF}},
		{"conn-bytes", []uint32{0, 65535, 0x80000000, 0xFFFFFFFF}},
		{"stream-bytes", []uint32{0, 65535, 0x80000000, 0xFFFFFFFF}},
		{"max-bindings", []uint32{65536, 0xFFFFFFFF}},
		{"idle-ms", []uint32{1, 99, 0x80000000, 0xFFFFFFFF}},
	} {
		for _, v := range p.values {
			add(fmt.Sprintf("%s-%d", p.name, v), param(i+1, u32(v)))
		}
		for _, n := range []int{0, 3, 5, 8} {
			add(fmt.Sprintf("%s-of-%d-bytes", p.name, n), param(i+1, make([]byte, n)))
		}
		ok := param(i+1, u32(65536))
		if i+1 == 2 {
			ok = param(2, u32(4194304))
		} else if i+1 == 6 {
			ok = param(6, u32(1))
		}
		add(p.name+"-twice", join(ok, ok))
	}
	for _, n := range []int{0, 4, 7, 9} {
		add(fmt.Sprintf("features-of-%d-bytes", n), param(8, make([]byte, n)))
	}
	for _, n := range []int{0, 4, 9} {
		add(fmt.Sprintf("incarnation-of-%d-bytes", n), param(12, make([]byte, n)))
		add(fmt.Sprintf("keep-ms-of-%d-bytes", n+1), param(13, make([]byte, n+1)))
	}
	add("keep-ms-2147483648", param(13, u32(1<<31)))
	add("keep-ms-twice", join(param(13, u32(1)), param(13, u32(1))))
	add("auth-of-3073-bytes", param(9, fill(3073)))
	add("auth-twice", join(param(9, nil), param(9, nil)))
	add("peer-of-256-bytes", param(10, fill(256)))
	add("environment-of-256-bytes", param(11, fill(256)))
	for i, s := range []string{"\xff", "a\x80", "\xc0\xaf", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82"} {
		add(fmt.Sprintf("peer-not-utf8-%d", i), param(10, []byte(s)))
		add(fmt.Sprintf("environment-not-utf8-%d", i), param(11, []byte(s)))
	}
	add("unknown-twice", join(param(0xF001, nil), param(0xF001, fill(1))))
	add("grease-twice", join(param(0x1A1A, nil), param(1, u32(65536)), param(0x1A1A, nil)))
	whole := join(param(1, u32(65536)), param(10, []byte("cli/1")))
	for n := 1; n < len(whole); n++ {
		if n != 8 { // the first parameter alone is whole
			add(fmt.Sprintf("cut-after-%d", n), whole[:n])
		}
	}
	var many []byte
	for i := range 65 {
		many = append(many, param(0x100+i, nil)...)
	}
	add("65-params", many)
}

// badNames break the grammar of SPEC 9.1 though their length is allowed.
var badNames = []struct{ id, name string }{
	{"no-slash", "bankget"}, {"two-slashes", "bank/a/b"}, {"slash-first", "/bank/get"},
	{"slash-last", "bank/get/"}, {"empty-method", "banks/"}, {"empty-service", "/methods"},
	{"service-of-2", "ba/get"}, {"service-of-1", "b/get"}, {"dot-first", ".ank/get"},
	{"dash-first", "-ank/get"}, {"space", "bank/g t"}, {"nul", "bank/g\x00t"}, {"tab", "bank/g\tt"},
	{"umlaut", "bänk/get"}, {"high-byte", "bank/g\xfft"}, {"percent", "bank/g%20"},
	{"colon", "bank:1/get"}, {"at", "b@nk/get"}, {"tilde", "bank/~get"}, {"star", "bank/*"},
	{"backslash", "bank\\get/a"}, {"del", "bank/g\x7ft"},
	{"service-of-256", strings.Repeat("s", 256) + "/m"},
	{"method-of-256", "abc/" + strings.Repeat("m", 256)},
}

func (t *table) invalidNames() {
	for _, n := range badNames {
		t.ends("call-name-"+n.id, "F-501", "INVALID_ARGUMENT", header{typ: "CALL", id: 1},
			join(name(n.name), []byte{0x80}))
		h, _ := base("BIND")
		t.closes("bind-name-"+n.id, "F-302", "PROTOCOL", h, []byte(n.name))
	}
	for _, n := range []int{0, 1, 4, 512, 600, 65535} {
		t.ends(fmt.Sprintf("call-name-of-%d-bytes", n), "F-511", "INVALID_ARGUMENT",
			header{typ: "CALL", id: 1}, join(u16(n), []byte("abc/"), fill(min(n, 1000))))
	}
	whole := name("bank/get")
	for n := range len(whole) {
		t.ends(fmt.Sprintf("call-name-cut-after-%d", n), "F-511", "INVALID_ARGUMENT",
			header{typ: "CALL", id: 1}, whole[:n])
	}
}

func (t *table) invalidExtensions() {
	add := func(id, req string, head []byte) {
		t.ends("call-ext-"+id, req, "INVALID_ARGUMENT", header{typ: "CALL", flags: "EXT", id: 1},
			join(name("bank/get"), head))
		t.ends("call-bound-ext-"+id, req, "INVALID_ARGUMENT",
			header{typ: "CALL", flags: "EXT", code: 1, id: 1}, head)
		t.ends("result-ext-"+id, strings.ReplaceAll(req, "F-521", "F-521 F-541"), "INTERNAL",
			header{typ: "RESULT", flags: "EXT", id: 1}, head)
	}
	whole := block(ext(0x81, []byte("ab")), ext(0xE0, nil))
	for n := range len(whole) {
		add(fmt.Sprintf("cut-after-%d", n), "F-511", whole[:n])
	}
	inner := whole[2:]
	for n := 1; n < len(inner); n++ {
		if n != 5 { // the first entry alone is whole
			add(fmt.Sprintf("entry-cut-after-%d", n), "F-521", join(block(inner[:n]), []byte{0x80}))
		}
	}
	add("block-of-4097", "F-511 F-521", join(block(ext(0x81, fill(4094))), []byte{0x80}))
	add("counts-4097", "F-521", join(block(ext(0x81, fill(4065))), []byte{0x80}))
	add("counts-4097-in-two", "F-521", join(block(ext(0x81, fill(2000)), ext(0x82, fill(2033))), []byte{0x80}))
	var many [][]byte
	for i := range 65 {
		many = append(many, ext(uint8(0x85+i), nil))
	}
	add("65-entries", "F-521", join(block(many...), []byte{0x80}))
	add("twice", "F-521", join(block(ext(0x84, []byte{1}), ext(0x84, []byte{1})), []byte{0x80}))
	add("twice-apart", "F-521", join(block(ext(0xFF, nil), ext(0x81, nil), ext(0xFF, nil)), []byte{0x80}))
	for _, id := range []uint8{0x00, 0x03, 0x04, 0x5F, 0x60, 0x7F} {
		add(fmt.Sprintf("critical-%02x", id), "F-522", join(block(ext(id, nil)), []byte{0x80}))
	}
}
