package spectest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/leverrpc/lever/frame"
)

func TestTypesAreThoseOfTheCode(t *testing.T) {
	named := map[frame.Type]string{}
	for _, row := range table(t, "5.1", "type", "name") {
		named[frame.Type(num(t, row[0]))] = row[1]
	}
	text := section(t, "5.1")
	for n := range 256 {
		typ := frame.Type(n)
		name, ok := named[typ]
		if typ.Known() != ok || ok && typ.String() != name {
			t.Errorf("type %#x is %v in the code and %q in the table", n, typ, name)
		}
		if typ.Ignorable() != (n >= 0x80) {
			t.Errorf("type %#x: ignorable %v", n, typ.Ignorable())
		}
		if grease := strings.Contains(text, fmt.Sprintf("`0x%XA`", n>>4)) && n&15 == 10; grease !=
			typ.IsGrease() && n != 0x0A {
			t.Errorf("type %#x: grease %v in the code and %v in the text", n, typ.IsGrease(), grease)
		}
	}
}

func TestFlagsAreThoseOfTheCode(t *testing.T) {
	masks := map[string]uint64{}
	for _, row := range table(t, "5.1", "name", "flags") {
		masks[row[0]] = num(t, row[1])
	}
	columns := []frame.Type{frame.Call, frame.Result, frame.Msg}
	sums := map[string]uint64{}
	for _, row := range table(t, "5.2", "bit", "CALL", "RESULT", "MSG") {
		bit := frame.Flags(num(t, row[0]))
		for i, typ := range columns {
			want := row[i+1]
			if want == "" {
				want = fmt.Sprintf("0x%x", uint8(bit)) // reserved
			} else {
				sums[typ.String()] |= uint64(bit)
			}
			if got := bit.Names(typ); got != want {
				t.Errorf("flag %#x of %v is %s in the code and %s in the table", bit, typ, got, want)
			}
		}
	}
	for name, mask := range masks {
		if sums[name] != mask {
			t.Errorf("%s: the mask is %#x and the flags sum up to %#x", name, mask, sums[name])
		}
	}
	if len(masks) != 10 {
		t.Errorf("%d masks, want one for each of 10 types", len(masks))
	}
}

// TestHeaderFieldsAreCheckedAsTheTableSays tries each field at and beyond the ends of its range.
func TestHeaderFieldsAreCheckedAsTheTableSays(t *testing.T) {
	for _, row := range table(t, "5.1", "name", "flags") {
		var low, high [4]uint64
		for i := range 4 {
			low[i], high[i] = span(t, row[i+2])
		}
		base := frame.Header{Type: typeOf(t, row[0]), Length: uint32(low[0]), Code: uint16(low[1]),
			ID: uint32(low[2]), Aux: max(uint32(low[3]), 1) & uint32(high[3])}
		if err := base.Check(); err != nil {
			t.Errorf("the least %s: %v", row[0], err)
			continue
		}
		for i, name := range []string{"length", "code", "id", "aux"} {
			for _, v := range []uint64{low[i], high[i], low[i] - 1, high[i] + 1} {
				if v > 1<<32-1 || i == 1 && v > 1<<16-1 {
					continue // not even in the field
				}
				h := base
				switch i {
				case 0:
					h.Length = uint32(v)
				case 1:
					h.Code = uint16(v)
				case 2:
					h.ID = uint32(v)
				case 3:
					h.Aux = uint32(v)
				}
				switch { // F-271 and F-273: what goes together in a CREDIT
				case h.Type == frame.Credit && h.ID != 0:
					h.Code = 0
				case h.Type == frame.Credit && h.Aux == 0:
					h.Code = 1
				}
				if err := h.Check(); (err == nil) != (low[i] <= v && v <= high[i]) {
					t.Errorf("%s with %s %d: got %v, the table says %s", row[0], name, v, err, row[i+2])
				}
			}
		}
	}
}

func typeOf(t *testing.T, name string) frame.Type {
	t.Helper()
	for typ := range frame.Type(255) {
		if typ.String() == name {
			return typ
		}
	}
	t.Fatalf("no frame type is called %s", name)
	return 0
}

// checkNames compares a table of codes and names with a type's String for all its numbers up to
// most; what the table does not have must print as a number.
func checkNames(t *testing.T, number string, most int, name func(n int) string) {
	t.Helper()
	named := map[int]string{}
	for _, row := range table(t, number, "code", "name") {
		named[int(num(t, row[0]))] = row[1]
	}
	for n := range most {
		want, ok := named[n]
		got := name(n)
		if ok && got != want || !ok && !strings.HasSuffix(got, fmt.Sprintf("(%d)", n)) {
			t.Errorf("section %s: %d is %s in the code and %q in the table", number, n, got, want)
		}
	}
}

func TestStatusesAndReasonsAreThoseOfTheCode(t *testing.T) {
	checkNames(t, "15.1", 2000, func(n int) string { return frame.Status(n).String() })
	checkNames(t, "15.2", 2000, func(n int) string { return frame.Reason(n).String() })
	checkNames(t, "15.3", 2000, func(n int) string { return frame.CancelReason(n).String() })
	for _, row := range table(t, "15.1", "code", "name", "meaning", "UNPROCESSED", "retry") {
		if got := frame.Status(num(t, row[0])).Retry().String(); got != row[4] {
			t.Errorf("%s: retry class %s in the code and %s in the table", row[1], got, row[4])
		}
		if u := row[3]; u != "always" && u != "maybe" && u != "never" {
			t.Errorf("%s: UNPROCESSED is %q", row[1], u)
		}
	}
}

// TestParametersAreThoseOfTheCode finds each name in what Explain tells of a HELLO, and tries each
// size of value.
func TestParametersAreThoseOfTheCode(t *testing.T) {
	named := map[int][]string{}
	for _, row := range table(t, "15.4", "id", "name", "value") {
		named[int(num(t, row[0]))] = row
	}
	for id := range 64 {
		row, ok := named[id]
		name := fmt.Sprintf("0x%x", id)
		if ok {
			name = row[1]
		}
		if got := explainParam(id, make([]byte, 4)); !strings.HasPrefix(got, name+"=") &&
			!strings.HasPrefix(got, name+"(") {
			t.Errorf("parameter %d is %s in the code and %s in the table", id, got, name)
		}
		for size := range 12 {
			value := make([]byte, size)
			if size == 4 && ok { // a number within its range
				value = append(value[:0], 0, 0, 4, 0)
				if name == "MAX_MESSAGE" {
					value[2], value[3] = 0, 1
				}
				if name == "MAX_BINDINGS" {
					value[1], value[2] = 4, 0
				}
			}
			want := !ok || row[2] == "bytes" || row[2] == "text" || row[2] == "u32" && size == 4 ||
				row[2] == "u64" && size == 8
			if _, err := frame.ConsumeParams(param(id, value)); (err == nil) != want {
				t.Errorf("%s with %d bytes: got %v, the table says %v", name, size, err, row)
			}
		}
	}
}

func param(id int, value []byte) []byte {
	return append([]byte{byte(id), byte(id >> 8), byte(len(value)), byte(len(value) >> 8)}, value...)
}

// explainParam gives what Explain tells of one parameter.
func explainParam(id int, value []byte) string {
	p := param(id, value)
	text, _ := frame.Explain(append(frame.AppendHeader(nil, frame.Header{Length: uint32(len(p)),
		Type: frame.Hello, Code: 1, ID: frame.Magic, Aux: 1}), p...))
	_, text, _ = strings.Cut(text, " | ")
	return text
}

// TestExtensionsAreThoseOfTheCode finds each name in what Explain tells of a RESULT.
func TestExtensionsAreThoseOfTheCode(t *testing.T) {
	named := map[int]string{}
	for _, row := range table(t, "15.5", "id", "name", "on") {
		named[int(num(t, row[0]))] = row[1]
	}
	for id := range 256 {
		block := frame.AppendExtension(nil, uint8(id), []byte{1})
		p := frame.AppendResultHead(nil, block)
		text, _ := frame.Explain(append(frame.AppendHeader(nil, frame.Header{
			Length: uint32(len(p)), Type: frame.Result, Flags: frame.Ext, ID: 1}), p...))
		want, ok := named[id]
		if !ok {
			want = fmt.Sprintf("0x%x", id)
		}
		if !strings.Contains(text, "ext=["+want+"=") && !strings.Contains(text, "ext=["+want+"(") {
			t.Errorf("extension %#x is %q in the table, the code tells %s", id, want, text)
		}
		critical := id < 0x80
		if err := frame.CheckExtensions(block); (err != nil) != (critical && (!ok || id == 3)) {
			t.Errorf("extension %#x: got %v", id, err)
		}
	}
}
