package vectors

import (
	"fmt"
	"strings"
)

// closes adds a frame that ends the connection for one of the reasons.
func (t *table) closes(id, req, reasons string, h header, payload []byte) {
	t.all = append(t.all, vector{
		ID: id, Req: strings.Fields(req), Hex: encode(h.write(payload)),
		Error: &failure{Reason: strings.Split(reasons, "|")},
	})
}

// ends adds a frame that ends its call with a status.
func (t *table) ends(id, req, status string, h header, payload []byte) {
	h.length = -1
	role := "client"
	if h.typ == "RESULT" {
		role = "server"
	}
	t.all = append(t.all, vector{
		ID: id, Req: strings.Fields(req), Hex: encode(h.write(payload)), Role: role,
		Error: &failure{Call: status},
	})
}

// invalidFrames is the content of frame-invalid.json.
func invalidFrames() []vector {
	var t table
	t.invalidTypes()
	t.invalidFlags()
	t.invalidFields()
	t.invalidLengths()
	t.invalidHello()
	t.invalidNames()
	t.invalidExtensions()
	return t.all
}

// base is an allowed frame of each type, to be spoiled in one place.
func base(typ string) (header, []byte) {
	h := header{typ: typ, length: -1}
	switch typ {
	case "HELLO":
		h.code, h.id, h.aux = 1, levr, 1
	case "CALL":
		h.id = 1
		return h, join(name("bank/get"), []byte{0x80})
	case "RESULT", "MSG":
		h.id = 1
		return h, []byte{0xD0}
	case "FINISH", "CANCEL":
		h.id = 1
	case "CREDIT":
		h.aux = 1
	case "GOAWAY":
		h.code, h.aux = 8, 0
	case "BIND":
		h.code = 1
		return h, []byte("bank/get")
	}
	return h, nil
}

func (t *table) invalidTypes() {
	for typ := range 0x80 {
		if typ >= 1 && typ <= 0x0A {
			continue
		}
		t.closes(fmt.Sprintf("type-%02x", typ), "F-202", "PROTOCOL",
			header{raw: uint8(typ), length: -1}, nil)
	}
}

func (t *table) invalidFlags() {
	defined := map[string]uint8{"CALL": 0xFF, "RESULT": 0x3B, "MSG": 0x03}
	for _, typ := range []string{
		"HELLO", "RESULT", "MSG", "FINISH", "CANCEL", "CREDIT", "PING", "GOAWAY", "BIND",
	} {
		for bit := uint8(1); bit != 0; bit <<= 1 {
			if defined[typ]&bit != 0 {
				continue
			}
			h, payload := base(typ)
			h.bits = bit
			t.closes(fmt.Sprintf("%s-flag-%02x", strings.ToLower(typ), bit), "F-204", "PROTOCOL", h, payload)
		}
	}
	for _, f := range []string{
		"URGENT|BULK", "STREAM|ONEWAY", "URGENT|BULK|STREAM|ONEWAY", "IDEMPOTENT|URGENT|BULK",
		"STREAM|ONEWAY|BULK",
	} {
		h, payload := base("CALL")
		h.flags = f
		t.closes("call-flags-"+strings.ToLower(strings.ReplaceAll(f, "|", "-")), "F-204", "PROTOCOL", h, payload)
	}
	for _, f := range []string{"UNPROCESSED", "NORETRY", "UNPROCESSED|NORETRY"} {
		h, payload := base("RESULT")
		h.flags = f
		t.closes("result-ok-"+strings.ToLower(strings.ReplaceAll(f, "|", "-")), "F-204", "PROTOCOL", h, payload)
	}
}

// invalidFields puts into each field what SPEC 5.1 does not allow there.
func (t *table) invalidFields() {
	spoil := func(typ, field, reasons string, set func(*header, uint32), values ...uint32) {
		for _, v := range values {
			h, payload := base(typ)
			set(&h, v)
			t.closes(fmt.Sprintf("%s-%s-%d", strings.ToLower(typ), field, v), "F-204", reasons, h, payload)
		}
	}
	code := func(h *header, v uint32) { h.code = uint16(v) }
	id := func(h *header, v uint32) { h.id = v }
	aux := func(h *header, v uint32) { h.aux = v }
	spoil("HELLO", "code", "PROTOCOL|BAD_VERSION", code, 0)
	spoil("HELLO", "magic", "PROTOCOL", id, 0, 1, levr-1, levr+1, 0x4C455652, 0xFFFFFFFF)
	spoil("HELLO", "aux", "PROTOCOL|BAD_VERSION", aux, 65536, 0x80000000, 0xFFFFFFFF)
	for _, typ := range []string{"CALL", "RESULT", "MSG", "FINISH", "CANCEL"} {
		spoil(typ, "id", "PROTOCOL", id, 0)
	}
	for _, typ := range []string{"PING", "GOAWAY", "BIND"} {
		spoil(typ, "id", "PROTOCOL", id, 1, 2, 0x80000000, 0xFFFFFFFF)
	}
	spoil("MSG", "code", "PROTOCOL", code, 1, 256, 65535)
	spoil("FINISH", "code", "PROTOCOL", code, 1, 256, 65535)
	spoil("PING", "code", "PROTOCOL", code, 2, 256, 65535)
	spoil("BIND", "code", "PROTOCOL", code, 0)
	spoil("MSG", "aux", "FLOW", aux, 0x80000000, 0x80000001, 0xFFFFFFFF)
	spoil("CREDIT", "aux", "FLOW", aux, 0x80000000, 0x80000001, 0xFFFFFFFF)
	for _, typ := range []string{"FINISH", "CANCEL", "BIND"} {
		spoil(typ, "aux", "PROTOCOL", aux, 1, 0x80000000, 0xFFFFFFFF)
	}
	h, _ := base("CREDIT")
	h.aux = 0
	t.closes("credit-of-nothing", "F-271", "FLOW", h, nil)
	h.id = 1
	t.closes("credit-of-nothing-for-a-call", "F-271", "FLOW", h, nil)
	h.code = 1
	t.closes("credit-of-calls-for-a-call", "F-273", "PROTOCOL|FLOW", h, nil)
	h.aux = 1
	t.closes("credit-of-calls-and-bytes-for-a-call", "F-273", "PROTOCOL", h, nil)
}

func (t *table) invalidLengths() {
	add := func(typ, reasons string, lengths ...int64) {
		for _, n := range lengths {
			h, _ := base(typ)
			h.length = n
			t.closes(fmt.Sprintf("%s-length-%d", strings.ToLower(typ), n), "F-201 F-204", reasons, h, nil)
		}
	}
	add("HELLO", "PROTOCOL|FRAME_TOO_LARGE", 4097, 65536, 1<<24-1, 1<<24, 1<<32-1)
	for _, typ := range []string{"FINISH", "CANCEL", "CREDIT", "PING"} {
		add(typ, "PROTOCOL|FRAME_TOO_LARGE", 1, 16, 65536, 1<<24, 1<<32-1)
	}
	add("GOAWAY", "PROTOCOL|FRAME_TOO_LARGE", 1025, 65536, 1<<24, 1<<32-1)
	add("BIND", "PROTOCOL|FRAME_TOO_LARGE", 0, 1, 4, 512, 65536, 1<<24, 1<<32-1)
	for _, typ := range []string{"CALL", "RESULT", "MSG"} {
		add(typ, "FRAME_TOO_LARGE", 1<<24, 1<<31-1, 1<<31, 1<<32-1)
		for _, n := range []int{0, 1, 1023} {
			h, payload := base(typ)
			h.flags = "MORE"
			if n < len(payload) {
				payload = payload[:n]
			}
			payload = join(payload, fill(n-len(payload)))
			t.closes(fmt.Sprintf("%s-more-%d", strings.ToLower(typ), n), "F-205", "PROTOCOL", h, payload)
		}
	}
	for _, typ := range []uint8{0x80, 0x9A, 0xFF} {
		for _, n := range []int64{1 << 24, 1<<32 - 1} {
			t.closes(fmt.Sprintf("ignorable-%02x-length-%d", typ, n), "F-201", "FRAME_TOO_LARGE",
				header{raw: typ, length: n}, nil)
		}
	}
}
