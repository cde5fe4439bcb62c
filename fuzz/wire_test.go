package fuzz

import (
	"bytes"
	"encoding/json"
	"math"
	"reflect"
	"runtime"
	"testing"
	"unicode/utf8"

	"github.com/leverrpc/lever/wire"
	"github.com/leverrpc/lever/wire/wirejson"
)

// seedWire gives the fuzzer one value of each form.
func seedWire(f *testing.F) {
	for _, s := range []string{
		"\x00", "\xb0\x40", "\xbf\xff\xff\xff\xff\xff\xff\xff\x7f", "\xcf", "\xd0", "\xd2",
		"\xd4\x00\x00\xc0\x3f", "\xd5\x9a\x99\x99\x99\x99\x99\xb9\x3f", "\xd6\x051e400", "\x43abc",
		"\xd7\x40" + string(bytes.Repeat([]byte("x"), 64)), "\xd8\x02\xff\x00", "\x80", "\x90",
		"\x83\x03\x01\x02\x03", "\x92\x06\x01a\x01\x01b\x02", "\xd9\x00\x02\x01\x02",
		"\xd9\x05\x01\x9a\x99\x99\x99\x99\x99\xb9\x3f", "\x91\x09\x01k\x81\x05\x91\x03\x01a\xd2",
		"\x8f\x0f\x0f\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01",
	} {
		f.Add([]byte(s))
	}
}

// FuzzWireDecode: all readers agree about what is valid, nothing panics, and decoding does not
// allocate more than 64 bytes for each byte of input.
func FuzzWireDecode(f *testing.F) {
	seedWire(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		err := wire.Validate(b)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		var v any
		got := wire.Unmarshal(b, &v)
		runtime.ReadMemStats(&after)
		if (got == nil) != (err == nil) {
			t.Fatalf("Unmarshal says %v, Validate %v", got, err)
		}
		if used := after.TotalAlloc - before.TotalAlloc; used > uint64(64*len(b)+64<<10) {
			t.Fatalf("decoding %d bytes allocated %d", len(b), used)
		}
		n, skipErr := wire.Skip(b)
		lazy := wire.Parse(b)
		walk(lazy)
		wire.Explain(b, 100)
		if err != nil {
			return
		}
		if skipErr != nil || n != len(b) {
			t.Fatalf("Skip = %d, %v of %d valid bytes", n, skipErr, len(b))
		}
		same(t, lazy, v)
		roundTrip(t, b, v)
	})
}

// walk touches everything that a lazy view reaches.
func walk(v wire.Value) {
	v.Int()
	v.Float()
	v.Str()
	v.Bytes()
	v.Number()
	for _, item := range v.Items() {
		walk(item)
	}
	for _, member := range v.Members() {
		walk(member)
	}
}

// same compares the lazy view of a valid value with the decoded one.
func same(t *testing.T, lazy wire.Value, v any) {
	t.Helper()
	switch v := v.(type) {
	case map[string]any:
		if lazy.Len() != len(v) {
			t.Fatalf("lazy object of %d, want %d", lazy.Len(), len(v))
		}
		for key, member := range v {
			same(t, lazy.Get(key), member)
		}
	case []any:
		if lazy.Len() != len(v) {
			t.Fatalf("lazy array of %d, want %d", lazy.Len(), len(v))
		}
		for i, item := range v {
			same(t, lazy.Index(i), item)
		}
	default:
		var got any
		if err := lazy.Decode(&got); err != nil || !equal(got, v) {
			t.Fatalf("lazy value is %v, %v, want %v", got, err, v)
		}
	}
}

// roundTrip: the value is encoded to bytes that mean the same and decode to the same, and the
// canonical form is a fixed point.
func roundTrip(t *testing.T, b []byte, v any) {
	t.Helper()
	again, err := wire.Append(nil, v)
	if err != nil || !wire.Equal(again, b) {
		t.Fatalf("%x is encoded again as %x, %v", b, again, err)
	}
	var second any
	if err := wire.Unmarshal(again, &second); err != nil || !equal(second, v) {
		t.Fatalf("%x is decoded again as %v, %v, want %v", again, second, err, v)
	}
	canon, err := wire.AppendCanonical(nil, b)
	if err != nil || wire.Validate(canon) != nil {
		t.Fatalf("canonical form %x: %v, %v", canon, err, wire.Validate(canon))
	}
	twice, err := wire.AppendCanonical(nil, canon)
	if err != nil || !bytes.Equal(twice, canon) {
		t.Fatalf("canonical form of %x is %x, %v", canon, twice, err)
	}
}

// equal is DeepEqual that tells the zeros apart.
func equal(a, b any) bool {
	x, ok := a.(float64)
	y, also := b.(float64)
	if ok && also {
		return math.Float64bits(x) == math.Float64bits(y)
	}
	return reflect.DeepEqual(a, b)
}

type shape struct {
	A int64              `json:"a"`
	B string             `json:"b,omitempty"`
	C []float64          `json:"c"`
	D map[string]*shape  `json:"d,omitempty"`
	E *shape             `json:"e"`
	F []shape            `json:"f,omitempty"`
	G any                `json:"g"`
	H [2]uint8           `json:"h"`
	I []int32            `json:"i"`
	J bool               `json:"j,string"`
	K wire.Number        `json:"k"`
	L map[int16][]string `json:"l"`
	M wire.Raw           `json:"m"`
}

// FuzzWireTyped: what decodes into a struct comes back from its own encoding, and the dynamic
// reading of that encoding is encoded to equal bytes.
func FuzzWireTyped(f *testing.F) {
	seedWire(f)
	full := shape{A: -70, B: "b", C: []float64{1, 0.1}, G: []any{nil, "x"}, I: []int32{1, 1 << 20},
		K: "1e400", L: map[int16][]string{-4: {"q"}}, M: wire.Raw{5}}
	full.D, full.E, full.F = map[string]*shape{"x": {}, "y": nil}, &shape{}, []shape{{A: 1}}
	seed, err := wire.Append(nil, full)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	codec, err := wire.CodecFor[shape]()
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var v shape
		if codec.Unmarshal(b, &v) != nil {
			return
		}
		if err := wire.Validate(b); err != nil {
			t.Fatalf("decoded, but %v", err)
		}
		typed, err := codec.Append(nil, &v)
		if err != nil {
			t.Fatalf("decoded, but cannot be encoded: %v", err)
		}
		var back shape
		if err := codec.Unmarshal(typed, &back); err != nil {
			t.Fatalf("%x: %v", typed, err)
		}
		second, err := codec.Append(nil, &back)
		if err != nil || !wire.Equal(typed, second) {
			t.Fatalf("%x is encoded again as %x, %v", typed, second, err)
		}
		var loose any
		if err := wire.Unmarshal(typed, &loose); err != nil {
			t.Fatal(err)
		}
		dynamic, err := wire.Append(nil, loose)
		if err != nil || !wire.Equal(typed, dynamic) {
			t.Fatalf("%x is %x by way of any, %v", typed, dynamic, err)
		}
	})
}

// FuzzWireJSON: text is accepted exactly if encoding/json accepts it and it breaks none of the
// rules that encoding/json does not have; what is accepted comes back equal, and the second round
// changes nothing.
func FuzzWireJSON(f *testing.F) {
	for _, s := range []string{
		`null`, `-0`, `1e400`, `"\ud83d\ude00\n"`, `{"a":[1,2.50,{}],"":true}`, `{"$bytes":"AP8="}`,
		`18446744073709551616`, `[0.1,1E+2,-1e-9]`, " [ ] ", `{"a":1,"a":2}`, `"\ud800"`, "01",
		`123456789012345678901234567890.5`, "[1,]", "\"\xff\"", `{"\u0061":"<&>"}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		b, err := wirejson.AppendWire(nil, text)
		if err != nil {
			if json.Valid(text) && utf8.Valid(text) && plain(text) {
				t.Fatalf("refused: %v", err)
			}
			return
		}
		if !json.Valid(text) || !utf8.Valid(text) {
			t.Fatalf("accepted as %x", b)
		}
		if err := wire.Validate(b); err != nil {
			t.Fatalf("%x: %v", b, err)
		}
		back, err := wirejson.AppendJSON(nil, b, wirejson.Options{})
		if err != nil {
			t.Fatalf("%x has no text: %v", b, err)
		}
		again, err := wirejson.AppendWire(nil, back)
		if err != nil || !wire.Equal(again, b) {
			t.Fatalf("%s comes back as %s: %x, %v, want %x", text, back, again, err, b)
		}
		third, err := wirejson.AppendJSON(nil, again, wirejson.Options{})
		if err != nil || !bytes.Equal(third, back) {
			t.Fatalf("%s is not stable: %s, %v", back, third, err)
		}
	})
}

// plain reports that the text has nothing in which the rules differ: no keys, which may be twice
// in an object or mean bytes, no surrogates, no depth.
func plain(text []byte) bool {
	return !bytes.ContainsRune(text, '{') && !bytes.Contains(bytes.ToLower(text), []byte(`\ud`)) &&
		bytes.Count(text, []byte{'['}) <= wire.MaxDepth
}

// FuzzWireToJSON: every valid value has a text, unless it has an object with the sole key $bytes,
// and the text means the same.
func FuzzWireToJSON(f *testing.F) {
	seedWire(f)
	f.Fuzz(func(t *testing.T, b []byte) {
		text, err := wirejson.AppendJSON(nil, b, wirejson.Options{EscapeHTML: true})
		if err != nil {
			if wire.Validate(b) == nil && !bytes.Contains(b, []byte("$bytes")) {
				t.Fatalf("%x: %v", b, err)
			}
			return
		}
		if !json.Valid(text) {
			t.Fatalf("%x becomes %s", b, text)
		}
		again, err := wirejson.AppendWire(nil, text)
		if err != nil || !wire.Equal(again, b) {
			t.Fatalf("%x becomes %s, which is %x, %v", b, text, again, err)
		}
	})
}
