package vectors

import (
	"fmt"
	"strings"
)

func (t *table) validMsg() {
	add := func(id string, h header, payload []byte) {
		h.typ = "MSG"
		t.valid("msg-"+id, "F-204 F-205", h, payload, nil)
	}
	add("value", header{id: 1}, []byte{0x07})
	add("empty", header{id: 1}, nil)
	add("bytes", header{id: 1, flags: "BYTES"}, []byte{0, 0xFF})
	add("more-1024", header{id: 1, flags: "MORE"}, fill(1024))
	add("more-bytes-1025", header{id: 1, flags: "MORE|BYTES"}, fill(1025))
	for _, aux := range []uint32{1, 65536, 2147483646, 2147483647} {
		add(fmt.Sprintf("grants-%d", aux), header{id: 3, aux: aux}, []byte{0x07})
	}
	for _, id := range []uint32{2, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF} {
		add(fmt.Sprintf("id-%d", id), header{id: id}, []byte{0x07})
	}
}

func (t *table) validControl() {
	for _, id := range []uint32{1, 2, 0x80000000, 0xFFFFFFFF} {
		t.valid(fmt.Sprintf("finish-%d", id), "F-204", header{typ: "FINISH", id: id}, nil, nil)
	}
	for _, reason := range []uint16{0, 1, 2, 3, 1023, 1024, 65535} {
		t.valid(fmt.Sprintf("cancel-reason-%d", reason), "F-204",
			header{typ: "CANCEL", code: reason, id: 9}, nil, nil).Role = "client"
	}
	t.valid("cancel-id-4294967295", "F-204", header{typ: "CANCEL", id: 0xFFFFFFFF}, nil, nil).Role = "client"
	for _, c := range []header{
		{code: 1}, {code: 65535}, {aux: 1}, {aux: 2147483647}, {code: 65535, aux: 2147483647},
		{id: 1, aux: 1}, {id: 0xFFFFFFFF, aux: 2147483647}, {id: 2, aux: 65536},
	} {
		c.typ = "CREDIT"
		t.valid(fmt.Sprintf("credit-%d-calls-%d-bytes-%d", c.id, c.code, c.aux), "F-204 F-271 F-273",
			c, nil, nil)
	}
	for _, token := range []uint32{0, 1, 0x444E4547, 0xFFFFFFFF} {
		t.valid(fmt.Sprintf("ping-asks-%d", token), "F-204", header{typ: "PING", aux: token}, nil, nil)
		t.valid(fmt.Sprintf("ping-answers-%d", token), "F-204",
			header{typ: "PING", code: 1, aux: token}, nil, nil)
	}
	for _, reason := range []uint16{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 1023, 1024, 65535} {
		t.valid(fmt.Sprintf("goaway-reason-%d", reason), "F-204",
			header{typ: "GOAWAY", code: reason, aux: 9}, nil, nil)
	}
	for _, last := range []uint32{0, 1, 0xFFFFFF01, 0xFFFFFFFF} {
		t.valid(fmt.Sprintf("goaway-last-%d", last), "F-204", header{typ: "GOAWAY", aux: last}, nil, nil)
	}
	for _, n := range []int{1, 48, 1023, 1024} {
		t.valid(fmt.Sprintf("goaway-text-%d", n), "F-204", header{typ: "GOAWAY", code: 8}, fill(n), nil)
	}
	for _, n := range []string{
		"abc/d", "bank/get", "_._/.", "A-1/chan", strings.Repeat("s", 255) + "/" + strings.Repeat("m", 255),
	} {
		t.bind("bind-name-"+fmt.Sprint(len(n))+"-"+n[:2], 1, n)
	}
	for _, code := range []uint16{2, 256, 65535} {
		t.bind(fmt.Sprintf("bind-number-%d", code), code, "bank/get")
	}
}

func (t *table) bind(id string, code uint16, n string) {
	t.valid(id, "F-204 F-302", header{typ: "BIND", code: code}, []byte(n), func(m *meaning) {
		m.Name = n
	}).Role = "client"
}

func (t *table) validIgnorable() {
	for _, typ := range []uint8{
		0x80, 0x81, 0x8A, 0x9A, 0xAA, 0xBA, 0xCA, 0xDA, 0xDF, 0xE0, 0xEA, 0xFA, 0xFE, 0xFF,
	} {
		t.valid(fmt.Sprintf("ignorable-%02x", typ), "F-203", header{raw: typ}, nil, nil)
		t.valid(fmt.Sprintf("ignorable-%02x-full", typ), "F-203", header{
			raw: typ, bits: 0xFF, code: 0xFFFF, id: 0xFFFFFFFF, aux: 0xFFFFFFFF,
		}, fill(int(typ&15)), nil)
	}
}
