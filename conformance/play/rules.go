package play

import (
	"fmt"
	"strings"

	"github.com/leverrpc/lever/conformance/script"
)

// span is a closed range of allowed numbers.
type span struct{ low, high uint32 }

func (s span) holds(n uint32) bool { return s.low <= n && n <= s.high }

const all32 = 1<<32 - 1

// row is what a header may hold. SPEC 5.1.
type row struct {
	flags                 uint8
	length, code, id, aux span
}

var rows = map[uint8]row{
	script.Hello: {0x00, span{0, 4096}, span{1, 65535}, span{script.Magic, script.Magic},
		span{0, 65535}},
	script.Call: {0xFF, span{0, 16777215}, span{0, 65535}, span{1, all32}, span{0, all32}},
	script.Result: {0x3B, span{0, 16777215}, span{0, 65535}, span{1, all32},
		span{0, all32}},
	script.Msg:    {0x03, span{0, 16777215}, span{}, span{1, all32}, span{0, 2147483647}},
	script.Finish: {0x00, span{}, span{}, span{1, all32}, span{}},
	script.Cancel: {0x00, span{}, span{0, 65535}, span{1, all32}, span{}},
	script.Credit: {0x00, span{}, span{0, 65535}, span{0, all32}, span{0, 2147483647}},
	script.Ping:   {0x00, span{}, span{0, 1}, span{}, span{0, all32}},
	script.GoAway: {0x00, span{0, 1024}, span{0, 65535}, span{}, span{0, all32}},
	script.Bind:   {0x00, span{5, 511}, span{1, 65535}, span{}, span{}},
}

// checkHeader applies what SPEC 5 says of headers alone, and who may send which.
func checkHeader(f script.Frame, sender script.Role) error {
	if f.Type >= script.FirstIgnorable {
		return nil
	}
	r, known := rows[f.Type]
	switch {
	case !known:
		return fmt.Errorf("[F-202] %v is of a reserved type", f)
	case f.Flags&^r.flags != 0, !r.length.holds(f.Length), !r.code.holds(uint32(f.Code)),
		!r.id.holds(f.ID), !r.aux.holds(f.Aux):
		return fmt.Errorf("[F-204] %v has a field outside of the table", f)
	case f.Flags&script.More != 0 && f.Length < 1024:
		return fmt.Errorf("[F-205] [F-411] %v is a small fragment", f)
	}
	switch f.Type {
	case script.Call:
		if f.Flags&0xC0 == 0xC0 || f.Flags&0x0C == 0x0C {
			return fmt.Errorf("[F-204] %v has flags that exclude each other", f)
		}
	case script.Result:
		if f.Code == 0 && f.Flags&(script.Unprocessed|script.NoRetry) != 0 {
			return fmt.Errorf("[F-204] %v is OK and was not processed", f)
		}
	case script.Credit:
		if f.Code == 0 && f.Aux == 0 {
			return fmt.Errorf("[F-271] %v grants nothing", f)
		}
		if f.ID != 0 && f.Code != 0 {
			return fmt.Errorf("[F-273] %v grants calls to a call", f)
		}
	}
	return checkSender(f, sender)
}

// checkSender applies the column "sent by" of SPEC 5.1.
func checkSender(f script.Frame, sender script.Role) error {
	switch f.Type {
	case script.Call, script.Cancel, script.Bind:
		if sender == script.Server {
			return fmt.Errorf("[F-207] a server sends %v", f)
		}
	case script.Result:
		if sender == script.Client {
			return fmt.Errorf("[F-235] a client sends %v", f)
		}
	}
	return nil
}

// checkName applies the grammar of SPEC 9.1.
func checkName(name string) error {
	service, method, ok := strings.Cut(name, "/")
	plain := func(s, extra string) bool {
		for _, c := range []byte(s) {
			if (c|0x20 < 'a' || c|0x20 > 'z') && (c < '0' || c > '9') &&
				!strings.Contains(extra, string(c)) {
				return false
			}
		}
		return s != ""
	}
	if !ok || len(service) < 3 || len(service) > 255 || len(method) > 255 ||
		!plain(service[:1], "_") || !plain(service, "._-") || !plain(method, "._-") {
		return fmt.Errorf("[F-501] %q is no name", name)
	}
	return nil
}

// readParams gives the numbers of a HELLO, the minimum where one is absent.
func readParams(payload []byte) (map[string]int64, error) {
	params := make(map[string]int64)
	names := make(map[uint16]string)
	for name, id := range script.Params {
		names[id] = name
		params[name] = script.Minimum[name]
	}
	seen := make(map[uint16]bool)
	for len(payload) > 0 {
		if len(payload) < 4 {
			return nil, fmt.Errorf("[F-215] a parameter is cut short")
		}
		id := uint16(payload[0]) | uint16(payload[1])<<8
		size := int(payload[2]) | int(payload[3])<<8
		if size > len(payload)-4 || seen[id] || len(seen) == 64 {
			return nil, fmt.Errorf("[F-215] parameter %d does not fit", id)
		}
		seen[id] = true
		value := payload[4 : 4+size]
		payload = payload[4+size:]
		name, known := names[id]
		if !known {
			continue
		}
		if size != 4 {
			return nil, fmt.Errorf("[F-215] %s has %d bytes", name, size)
		}
		n := int64(value[0]) | int64(value[1])<<8 | int64(value[2])<<16 | int64(value[3])<<24
		if n < script.Minimum[name] || n > most[name] {
			return nil, fmt.Errorf("[F-215] %s is %d", name, n)
		}
		params[name] = n
	}
	return params, nil
}

// most is the column "maximum" of SPEC 16.
var most = map[string]int64{
	"MAX_FRAME": 16777215, "MAX_MESSAGE": 2147483647, "CALLS": 1048576, "CONN_BYTES": 2147483647,
	"STREAM_BYTES": 2147483647, "MAX_BINDINGS": 65535, "IDLE_MS": 2147483647, "KEEP_MS": 2147483647,
}
