package vectors

import (
	"encoding/hex"
	"fmt"
	"math"
	"strings"
)

// table collects vectors.
type table struct{ all []vector }

// valid adds an allowed frame. more, if not nil, tells what its payload means.
func (t *table) valid(id, req string, h header, payload []byte, more func(*meaning)) *vector {
	h.length = -1
	m := &meaning{
		Type: h.typ, Length: uint32(len(payload)), Flags: h.names(), Code: h.code, ID: h.id,
		Aux: h.aux,
	}
	if h.typ == "" {
		m.Type = fmt.Sprintf("0x%02x", h.raw)
		for bit := uint8(1); bit != 0; bit <<= 1 {
			if h.bits&bit != 0 {
				m.Flags = append(m.Flags, fmt.Sprintf("0x%02x", bit))
			}
		}
	}
	if more != nil {
		more(m)
	}
	t.all = append(t.all, vector{
		ID: id, Req: strings.Fields(req), Hex: encode(h.write(payload)), Frame: m,
	})
	return &t.all[len(t.all)-1]
}

// validFrames is the content of frame-valid.json.
func validFrames() []vector {
	var t table
	t.validHello()
	t.validCall()
	t.validHeads()
	t.validResult()
	t.validMsg()
	t.validControl()
	t.validIgnorable()
	return t.all
}

// hello adds a client's HELLO with these parameters.
func (t *table) hello(id, req string, payload []byte, set func(*params)) {
	h := header{typ: "HELLO", code: 1, id: levr, aux: 1}
	t.valid("hello-"+id, req, h, payload, func(m *meaning) {
		m.Params = minimum()
		if set != nil {
			set(m.Params)
		}
	}).Role = "client"
}

func (t *table) validHello() {
	t.hello("empty", "F-215", nil, nil)
	for i, v := range []struct {
		id     int
		name   string
		values []uint32
		set    func(*params, uint32)
	}{
		{1, "max-frame", []uint32{16384, 16385, 65536, 16777214, 16777215},
			func(p *params, n uint32) { p.MaxFrame = n }},
		{2, "max-message", []uint32{4194304, 4194305, 2147483646, 2147483647},
			func(p *params, n uint32) { p.MaxMessage = n }},
		{3, "calls", []uint32{64, 65, 1024, 1048575, 1048576},
			func(p *params, n uint32) { p.Calls = n }},
		{4, "conn-bytes", []uint32{65536, 65537, 2147483646, 2147483647},
			func(p *params, n uint32) { p.ConnBytes = n }},
		{5, "stream-bytes", []uint32{65536, 65537, 2147483646, 2147483647},
			func(p *params, n uint32) { p.StreamBytes = n }},
		{6, "max-bindings", []uint32{0, 1, 65534, 65535},
			func(p *params, n uint32) { p.MaxBindings = n }},
		{7, "idle-ms", []uint32{0, 100, 101, 2147483646, 2147483647},
			func(p *params, n uint32) { p.IdleMS = n }},
	} {
		for _, n := range v.values {
			t.hello(fmt.Sprintf("%s-%d", v.name, n), "F-215", param(i+1, u32(n)),
				func(p *params) { v.set(p, n) })
		}
	}
	for _, n := range []uint64{0, 1, 1 << 63, math.MaxUint64} {
		t.hello(fmt.Sprintf("features-%d", n), "F-215", param(8, u64(n)),
			func(p *params) { p.Features = n })
	}
	for _, n := range []uint64{0, 1, math.MaxUint64} {
		t.hello(fmt.Sprintf("incarnation-%d", n), "F-215", param(12, u64(n)),
			func(p *params) { p.Incarnation = n })
	}
	for _, n := range []uint32{0, 1, 120000, 2147483647} {
		t.hello(fmt.Sprintf("keep-ms-%d", n), "F-215", param(13, u32(n)),
			func(p *params) { p.KeepMS = n })
	}
	for _, n := range []int{0, 1, 3072} {
		t.hello(fmt.Sprintf("auth-%d", n), "F-215", param(9, fill(n)),
			func(p *params) { p.Auth = hex.EncodeToString(fill(n)) })
	}
	for _, s := range []string{"", "p", strings.Repeat("p", 255), "ü€😀", "\u0000"} {
		t.hello(fmt.Sprintf("peer-%d-%x", len(s), s[:min(len(s), 2)]), "F-215", param(10, []byte(s)),
			func(p *params) { p.Peer = s })
		t.hello(fmt.Sprintf("environment-%d-%x", len(s), s[:min(len(s), 2)]), "F-215",
			param(11, []byte(s)), func(p *params) { p.Environment = s })
	}
	for _, id := range []int{0x1A1A, 0x1A2A, 0x2A1A, 0x7A7A, 0xFAFA} {
		t.hello(fmt.Sprintf("grease-%04x", id), "F-216", param(id, fill(id>>4&7)), nil)
	}
	for _, id := range []int{0, 14, 0x0A0A, 0xEFFF, 0xF000, 0xFFFF} {
		t.hello(fmt.Sprintf("unknown-%04x", id), "F-216", param(id, fill(id&3)), nil)
	}
	var many []byte
	for i := range 64 {
		many = append(many, param(0x100+i, nil)...)
	}
	t.hello("64-params", "F-215 F-216", many, nil)
	t.hello("4096-bytes", "F-204 F-216", param(0xF123, fill(4092)), nil)
	t.hello("any-order", "F-215", join(param(7, u32(100)), param(0x3A3A, fill(7)), param(1, u32(65536))),
		func(p *params) { p.IdleMS, p.MaxFrame = 100, 65536 })
	t.helloVersions()
}

func (t *table) helloVersions() {
	base := func(m *meaning) { m.Params = minimum() }
	for _, v := range []struct {
		code uint16
		aux  uint32
	}{{1, 0}, {2, 1}, {65535, 1}, {65535, 65535}, {7, 3}} {
		t.valid(fmt.Sprintf("hello-versions-%d-to-%d", v.aux, v.code), "F-204 F-213",
			header{typ: "HELLO", code: v.code, id: levr, aux: v.aux}, nil, base).Role = "client"
	}
	t.valid("hello-of-a-server", "F-204 F-211", header{typ: "HELLO", code: 1, id: levr}, nil,
		base).Role = "server"
}

// call adds a CALL of bank/get without arguments.
func (t *table) call(id, req string, h header) {
	h.typ = "CALL"
	payload := join(name("bank/get"), []byte{0x80})
	if h.code != 0 {
		payload = []byte{0x80}
	}
	if strings.Contains(h.flags, "MORE") {
		payload = join(payload, fill(1024-len(payload)))
	}
	t.valid("call-"+id, req, h, payload, func(m *meaning) {
		if h.code == 0 {
			m.Name, m.BodyAt = "bank/get", 10
		}
	}).Role = "client"
}

func (t *table) validCall() {
	for _, id := range []uint32{1, 3, 0x7FFFFFFF, 0x80000001, 0xFFFFFF01} {
		t.call(fmt.Sprintf("id-%d", id), "F-204 F-221", header{id: id})
	}
	for _, code := range []uint16{1, 2, 255, 256, 65535} {
		t.call(fmt.Sprintf("method-%d", code), "F-204", header{id: 1, code: code})
	}
	for _, aux := range []uint32{1, 65536, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF} {
		t.call(fmt.Sprintf("deadline-%d", aux), "F-204", header{id: 1, aux: aux})
	}
	for _, f := range []string{
		"MORE", "BYTES", "STREAM", "ONEWAY", "IDEMPOTENT", "URGENT", "BULK", "MORE|BYTES",
		"STREAM|URGENT", "STREAM|BULK", "ONEWAY|URGENT", "ONEWAY|BULK", "BYTES|STREAM|IDEMPOTENT",
		"MORE|BYTES|STREAM|IDEMPOTENT|URGENT", "MORE|BYTES|ONEWAY|IDEMPOTENT|BULK",
	} {
		t.call("flags-"+strings.ToLower(strings.ReplaceAll(f, "|", "-")), "F-204", header{id: 1, flags: f})
	}
}

func (t *table) validHeads() {
	for _, n := range []string{
		"abc/d", "a.b/c", "_a-/-", "000/0", "Bank/Get", strings.Repeat("s", 255) + "/m",
		"svc/" + strings.Repeat("m", 255), strings.Repeat("s", 255) + "/" + strings.Repeat("m", 255),
	} {
		t.valid(fmt.Sprintf("call-name-%d-%s", len(n), strings.ReplaceAll(n[:5], "/", "-")), "F-501 F-511",
			header{typ: "CALL", id: 1}, join(name(n), []byte{0x80}), func(m *meaning) {
				m.Name, m.BodyAt = n, 2+len(n)
			}).Role = "client"
	}
	var sixtyFour [][]byte
	var entries []extension
	for i := range 64 {
		sixtyFour = append(sixtyFour, ext(uint8(0x85+i), fill(i%3*16)))
		entries = append(entries, extension{uint8(0x85 + i), hex.EncodeToString(fill(i % 3 * 16))})
	}
	for _, e := range []struct {
		id      string
		entries [][]byte
		means   []extension
	}{
		{"empty", nil, nil},
		{"resource", [][]byte{ext(0x01, []byte("acct-42"))}, []extension{{0x01, "616363742d3432"}}},
		{"resource-empty", [][]byte{ext(0x01, nil)}, []extension{{0x01, ""}}},
		{"resource-longest", [][]byte{ext(0x01, fill(1024))},
			[]extension{{0x01, hex.EncodeToString(fill(1024))}}},
		{"longest", [][]byte{ext(0xE1, fill(4064))},
			[]extension{{0xE1, hex.EncodeToString(fill(4064))}}},
		{"view", [][]byte{ext(0x02, fill(16))}, []extension{{0x02, hex.EncodeToString(fill(16))}}},
		{"trace", [][]byte{ext(0x81, fill(26))}, []extension{{0x81, hex.EncodeToString(fill(26))}}},
		{"key-and-attempt", [][]byte{ext(0x84, []byte{255}), ext(0x83, fill(16))},
			[]extension{{0x84, "ff"}, {0x83, hex.EncodeToString(fill(16))}}},
		{"unknown-ignorable", [][]byte{ext(0xE0, nil), ext(0xFF, []byte{0})},
			[]extension{{0xE0, ""}, {0xFF, "00"}}},
		{"counts-4096", [][]byte{ext(0xE1, fill(2000)), ext(0xE2, fill(2032))},
			[]extension{{0xE1, hex.EncodeToString(fill(2000))}, {0xE2, hex.EncodeToString(fill(2032))}}},
		{"64-entries", sixtyFour, entries},
	} {
		b := block(e.entries...)
		t.valid("call-ext-"+e.id, "F-521 F-523", header{typ: "CALL", flags: "EXT", id: 1},
			join(name("bank/get"), b, []byte{0x80}), func(m *meaning) {
				m.Name, m.Extensions, m.BodyAt = "bank/get", e.means, 10+len(b)
			}).Role = "client"
		t.valid("call-bound-ext-"+e.id, "F-521 F-523", header{typ: "CALL", flags: "EXT", code: 9, id: 1},
			join(b, []byte{0x80}), func(m *meaning) {
				m.Extensions, m.BodyAt = e.means, len(b)
			}).Role = "client"
		t.valid("result-ext-"+e.id, "F-521 F-523", header{typ: "RESULT", flags: "EXT", id: 1},
			join(b, []byte{0xD0}), func(m *meaning) {
				m.Extensions, m.BodyAt = e.means, len(b)
			}).Role = "server"
	}
}

func (t *table) validResult() {
	add := func(id string, h header, payload []byte) {
		h.typ = "RESULT"
		t.valid("result-"+id, "F-204", h, payload, nil).Role = "server"
	}
	for status := range uint16(20) {
		add(fmt.Sprintf("status-%d", status), header{code: status, id: 1}, []byte{0xD0})
	}
	for _, status := range []uint16{20, 1023, 1024, 65535} {
		add(fmt.Sprintf("status-%d", status), header{code: status, id: 1}, []byte{0xD0})
	}
	for _, id := range []uint32{3, 0x80000001, 0xFFFFFF01, 0xFFFFFFFF} {
		add(fmt.Sprintf("id-%d", id), header{id: id}, []byte{0xD0})
	}
	for _, aux := range []uint32{1, 0x80000000, 0xFFFFFFFF} {
		add(fmt.Sprintf("took-%d", aux), header{id: 1, aux: aux}, []byte{0xD0})
		add(fmt.Sprintf("retry-%d", aux), header{id: 1, code: 14, flags: "UNPROCESSED", aux: aux}, nil)
	}
	add("empty", header{id: 1, code: 15}, nil)
	add("bytes", header{id: 1, flags: "BYTES"}, []byte{0, 0xFF})
	add("more", header{id: 1, flags: "MORE"}, fill(1024))
	add("more-bytes", header{id: 1, flags: "MORE|BYTES"}, fill(1025))
	add("noretry", header{id: 1, code: 3, flags: "NORETRY"}, nil)
	add("all-flags-but-ext", header{id: 1, code: 12, flags: "MORE|BYTES|UNPROCESSED|NORETRY"}, fill(1024))
}
