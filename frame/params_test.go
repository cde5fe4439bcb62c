package frame

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// greaseOf0 is the grease parameter made from the seed 0.
const greaseOf0 = "1a1a 0000"

func TestParamsBytes(t *testing.T) {
	all := Params{65536, 8 << 20, 1024, 1 << 20, 262144, 1024, 30000, 0x8000000000000001,
		[]byte("secret"), "cli 1.0", "prod.example.com", 0x0102030405060708, 120000}
	for _, c := range []struct {
		name string
		p    Params
		hex  string
	}{
		{"the minimum", MinParams, greaseOf0},
		{"one number", with(func(p *Params) { p.IdleMS = 100 }), "0700 0400 64000000" + greaseOf0},
		{"everything", all, `
			0100 0400 00000100  0200 0400 00008000  0300 0400 00040000  0400 0400 00001000
			0500 0400 00000400  0600 0400 00040000  0700 0400 30750000  0800 0800 0100000000000080
			0900 0600 736563726574  0a00 0700 636c6920312e30
			0b00 1000 70726f642e6578616d706c652e636f6d
			0c00 0800 0807060504030201  0d00 0400 c0d40100` + greaseOf0},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := unhex(t, c.hex)
			if got := AppendParams(nil, c.p, 0); !bytes.Equal(got, want) {
				t.Errorf("AppendParams\n got %x\nwant %x", got, want)
			}
			eachCut(t, want, fmt.Sprintf("%+v", c.p), true, func(b []byte) (int, string) {
				p, err := ConsumeParams(b)
				if err != nil {
					return -1, err.Error()
				}
				return len(b), fmt.Sprintf("%+v", p) + strings.Repeat(" cut", len(want)-len(b))
			})
		})
	}
}

func TestAppendParamsStaysInRange(t *testing.T) {
	long := strings.Repeat("ü", 200)
	for _, c := range []struct {
		name string
		p    Params
		want Params
	}{
		{"zero means the minimum", Params{}, MinParams},
		{"too much is cut to the most", Params{maxU32, maxU32, maxU32, maxU32, maxU32, maxU32, maxU32,
			0, make([]byte, 5000), long, "x" + long, 1<<64 - 1, maxU32},
			Params{MaxLength, 1<<31 - 1, 1 << 20, 1<<31 - 1, 1<<31 - 1, 65535, 1<<31 - 1,
				0, make([]byte, MaxAuth), long[:254], "x" + long[:254], 1<<64 - 1, 1<<31 - 1}},
		{"a short wish for idle time is raised", with(func(p *Params) { p.IdleMS = 1 }),
			with(func(p *Params) { p.IdleMS = 100 })},
	} {
		for seed := range uint64(4096) {
			b := AppendParams(nil, c.p, seed)
			if len(b) > MaxHello {
				t.Fatalf("%s: %d bytes, at most %d", c.name, len(b), MaxHello)
			}
			got, err := ConsumeParams(b)
			if g, w := fmt.Sprintf("%+v", got), fmt.Sprintf("%+v", c.want); err != nil || g != w {
				t.Fatalf("%s, seed %d: %v\n got %s\nwant %s", c.name, seed, err, g, w)
			}
		}
	}
}

func TestGreaseParamIsNeverMeaningful(t *testing.T) {
	ids := map[uint16]bool{}
	for seed := range uint64(4096) {
		b := AppendParams(nil, MinParams, seed)
		id := uint16(b[0]) | uint16(b[1])<<8
		if ids[id] = true; !IsGreaseParam(id) || id < 0x1A1A {
			t.Fatalf("seed %d: id %#x", seed, id)
		}
	}
	if len(ids) != 225 {
		t.Errorf("%d ids, want all 225", len(ids))
	}
}

func TestConsumeParamsRefuses(t *testing.T) {
	number := func(id uint16, v uint32) string {
		return fmt.Sprintf("%02x00 0400 %02x%02x%02x%02x", id, byte(v), byte(v>>8), byte(v>>16), byte(v>>24))
	}
	var many strings.Builder
	for i := range 65 {
		fmt.Fprintf(&many, "%02x40 0000", i)
	}
	for _, c := range []struct{ name, hex, want string }{
		{"a frame size under the minimum", number(1, 16383), "MAX_FRAME is 16383, expected 16384 to 16777215"},
		{"a frame size of 0", number(1, 0), "MAX_FRAME is 0, expected 16384 to 16777215"},
		{"a frame size of 2^24", number(1, 1<<24), "MAX_FRAME is 16777216, expected 16384 to 16777215"},
		{"a small MAX_MESSAGE", number(2, 4<<20-1), "MAX_MESSAGE is 4194303, expected 4194304 to 2147483647"},
		{"CALLS of 0", number(3, 0), "CALLS is 0, expected 64 to 1048576"},
		{"CALLS beyond 2^20", number(3, 1<<20+1), "CALLS is 1048577, expected 64 to 1048576"},
		{"CONN_BYTES of 2^31", number(4, 1<<31), "CONN_BYTES is 2147483648, expected 65536 to 2147483647"},
		{"STREAM_BYTES of 0", number(5, 0), "STREAM_BYTES is 0, expected 65536 to 2147483647"},
		{"MAX_BINDINGS of 2^16", number(6, 65536), "MAX_BINDINGS is 65536, expected 0 or 1 to 65535"},
		{"IDLE_MS of 99", number(7, 99), "IDLE_MS is 99, expected 0 or 100 to 2147483647"},
		{"a number of 3 bytes", "0100 0300 000001", "MAX_FRAME has 3 bytes, expected 4"},
		{"FEATURES of 4 bytes", "0800 0400 00000001", "FEATURES has 4 bytes, expected 8"},
		{"long AUTH", "0900 010c" + strings.Repeat("00", 3073), "AUTH has 3073 bytes, expected at most 3072"},
		{"a long PEER", "0a00 0001" + strings.Repeat("61", 256), "PEER has 256 bytes, expected at most 255"},
		{"a PEER that is not UTF-8", "0a00 0100 ff", "PEER is not UTF-8"},
		{"an ENVIRONMENT that is not UTF-8", "0b00 0200 c0af", "ENVIRONMENT is not UTF-8"},
		{"INCARNATION of 4 bytes", "0c00 0400 00000001", "INCARNATION has 4 bytes, expected 8"},
		{"KEEP_MS of 8 bytes", "0d00 0800 0000000000000001", "KEEP_MS has 8 bytes, expected 4"},
		{"KEEP_MS of 2^31", number(13, 1<<31), "KEEP_MS is 2147483648, expected 0 to 2147483647"},
		{"a parameter twice", number(7, 100) + number(7, 100), "IDLE_MS at offset 8 comes twice"},
		{"grease twice", "1a1a 0000 1a1a 0000", "0x1a1a (grease) at offset 4 comes twice"},
		{"a cut head", "1a1a 00", "at offset 0 has 3 bytes left, expected an id and a size (4)"},
		{"a cut value", "0700 0400 640000", "IDLE_MS at offset 0 has a value of 4 bytes, 3 are left"},
	} {
		p, err := ConsumeParams(unhex(t, c.hex))
		if got, want := text(err), "frame: PROTOCOL: HELLO parameter "+c.want; got != want {
			t.Errorf("%s\n got %s\nwant %s", c.name, got, want)
		}
		if got, want := fmt.Sprint(p), fmt.Sprint(Params{}); got != want {
			t.Errorf("%s: a refused HELLO gave %s", c.name, got)
		}
	}
	for _, c := range []struct{ name, hex, want string }{
		{"65 parameters", many.String(), "HELLO payload has more than 64 parameters"},
		{"4,097 bytes", strings.Repeat("00", 4097), "HELLO payload has 4097 bytes, at most 4096"},
	} {
		_, err := ConsumeParams(unhex(t, c.hex))
		if got, want := text(err), "frame: PROTOCOL: "+c.want; got != want {
			t.Errorf("%s\n got %s\nwant %s", c.name, got, want)
		}
	}
}

// with gives MinParams after a change.
func with(change func(*Params)) Params {
	p := MinParams
	change(&p)
	return p
}

// TestParamsInRangeAreThoseAnnounced compares what InRange gives with what AppendParams writes, and
// Check with both.
func TestParamsInRangeAreThoseAnnounced(t *testing.T) {
	values := []uint32{0, 1, 63, 64, 99, 100, 16383, 16384, 65536, 1 << 20, 1 << 24, maxU32}
	texts := []string{"", "cli/1", "\xff", "a\xffb", strings.Repeat("ü", 128), strings.Repeat("x", 255)}
	for _, v := range values {
		for _, text := range texts {
			p := Params{v, v, v, v, v, v, v, 1, make([]byte, v%5000), text, text, 2, v}
			announced, err := ConsumeParams(AppendParams(nil, p, 0))
			if err != nil {
				t.Fatalf("%d, %q: %v", v, text, err)
			}
			got, want := fmt.Sprintf("%+v", p.InRange()), fmt.Sprintf("%+v", announced)
			if got != want {
				t.Errorf("%d, %q\n got %s\nwant %s", v, text, got, want)
			}
			if ok := fmt.Sprintf("%+v", p) == want; ok != (p.Check() == nil) {
				t.Errorf("%d, %q: announced as it is: %v, Check: %v", v, text, ok, p.Check())
			}
		}
	}
}
