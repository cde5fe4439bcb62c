package wire

import (
	"encoding/json"
	"math"
	"math/big"
	"net/netip"
	"reflect"
	"testing"
	"time"
)

type colour int

func (c colour) MarshalText() ([]byte, error) { return []byte{'c', byte('0' + c)}, nil }
func (c *colour) UnmarshalText(b []byte) error {
	*c = colour(b[1] - '0')
	return nil
}

type inner struct {
	X int8    `json:"x"`
	Y *uint16 `json:"y,omitempty"`
}

type Base struct {
	ID   int64
	Name string `json:"name"`
	Same int
}

type Other struct{ Same, Only int }

type everything struct {
	Base
	*Other
	B     bool
	I     int
	I8    int8
	I16   int16
	I32   int32
	I64   int64
	U     uint
	U8    uint8
	U16   uint16
	U32   uint32
	U64   uint64
	F32   float32
	F64   float64
	S     string
	Raw   Raw
	Num   Number
	JSON  json.Number
	By    []byte
	Hash  [4]byte
	List  []string
	Ints  []int
	Fl    []float64
	F3    [3]float32
	U16s  []uint16
	Deep  [][]inner
	In    inner
	P     *inner
	PP    **int
	M     map[string]any
	MS    map[string]string
	MI    map[int8]inner
	MC    map[colour][]int
	MU    map[uint64]bool
	Any   any
	T     time.Time
	C     colour
	Addr  netip.Addr
	Big   big.Int
	PBig  *big.Int
	Q     int       `json:",string"`
	QB    *bool     `json:"qb,string"`
	Skip  int       `json:"-"`
	Dash  int       `json:"-,"`
	E     string    `json:",omitempty"`
	EM    []string  `json:"em,omitempty"`
	Z     time.Time `json:"z,omitzero"`
	Named string    `json:"änderung"`
	unexp int
}

func pointer[T any](v T) *T { return &v }

func full() everything {
	n, _ := new(big.Int).SetString("123456789012345678901234567890", 10)
	return everything{
		// Same stands in both and therefore has no member.
		Base: Base{1, "base", 0}, Other: &Other{0, 4}, B: true, I: -5, I8: -128, I16: -32768,
		I32: math.MinInt32, I64: math.MinInt64, U: 6, U8: 255, U16: 65535, U32: math.MaxUint32,
		U64: math.MaxUint64, F32: 0.1, F64: 0.1, S: "häh", Raw: Raw{tagArray | 1, 1, 5},
		Num: "1e999", JSON: "12", By: []byte{0, 255}, Hash: [4]byte{1, 2, 3, 4},
		List: []string{"a", "", "c"}, Ints: []int{1, -70000, 3}, Fl: []float64{1, 0.1, -0.5},
		F3: [3]float32{1, 2, 0.3}, U16s: []uint16{1, 65535},
		Deep: [][]inner{{{X: 1}}, {}, nil, {{X: 2, Y: pointer[uint16](7)}, {X: 3}}},
		In:   inner{X: 9}, P: &inner{X: 8}, PP: pointer(pointer(77)),
		M:  map[string]any{"a": int64(1), "b": []any{"x", nil, 2.5, true}, "": map[string]any{}},
		MS: map[string]string{"k": "v", "l": ""}, MI: map[int8]inner{-3: {X: 1}, 4: {X: 2}},
		MC: map[colour][]int{2: {1, 2}}, MU: map[uint64]bool{math.MaxUint64: true},
		Any: []any{int64(300), "s", uint64(math.MaxUint64)},
		T:   time.Date(2026, 5, 4, 3, 2, 1, 123456789, time.UTC), C: 3,
		Addr: netip.MustParseAddr("10.0.0.1"), Big: *n, PBig: big.NewInt(-1),
		Q: 55, QB: pointer(true), Dash: 1, E: "e", EM: []string{"q"}, Named: "x",
	}
}

func TestEveryGoTypeComesBack(t *testing.T) {
	for name, want := range map[string]everything{
		"all set": full(), "all zero": {Raw: Raw{tagNull}, Num: "0", JSON: "0"},
	} {
		b, err := Append([]byte("head"), want)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		b = b[4:]
		if !everyReader(t, b) {
			t.Fatalf("%s: %v", name, Validate(b))
		}
		var got everything
		if err := Unmarshal(b, &got); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\n got %+v\nwant %+v", name, got, want)
		}
		codec, err := CodecFor[everything]()
		if err != nil {
			t.Fatal(err)
		}
		var again everything
		if err := codec.Unmarshal(b, &again); err != nil || !reflect.DeepEqual(again, want) {
			t.Errorf("%s: the codec reads %+v, %v", name, again, err)
		}
	}
}

func TestMembersAreThoseOfEncodingJSON(t *testing.T) {
	for name, v := range map[string]everything{"all set": full(), "all zero": {Num: "0"}} {
		// What encoding/json writes in another way, and what it does not know.
		v.Raw, v.By, v.Hash, v.Num, v.Big, v.PBig = nil, nil, [4]byte{}, "", big.Int{}, nil
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		var want map[string]any
		if err := json.Unmarshal(text, &want); err != nil {
			t.Fatal(err)
		}
		b, err := Append(nil, v)
		if err != nil {
			t.Fatal(err)
		}
		var got map[string]any
		if err := Unmarshal(b, &got); err != nil {
			t.Fatal(err)
		}
		for key := range want {
			if _, ok := got[key]; !ok {
				t.Errorf("%s: member %q is missing", name, key)
			}
		}
		for key := range got {
			if _, ok := want[key]; !ok {
				t.Errorf("%s: member %q is too much", name, key)
			}
		}
	}
}

func TestTypesWithoutWireFormAreNamed(t *testing.T) {
	type loop *loop
	type bad struct {
		A struct {
			F []map[string]chan int `json:"f"`
		}
	}
	_, err := CodecFor[bad]()
	if want := "wire: A.f[][]: Go type chan int has no wire form"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	for name, v := range map[string]any{
		"a function": func() {}, "a complex number": 1i, "a map with struct keys": map[inner]int{},
		"a pointer only to itself": loop(nil), "JSON text": json.RawMessage("1"),
		"a channel in any": []any{make(chan int)},
	} {
		if b, err := Append(nil, v); err == nil {
			t.Errorf("%s: encoded as %x", name, b)
		}
	}
}

func TestWrongTypesAreNamedWithTheirPath(t *testing.T) {
	type user struct {
		Name string `json:"name"`
		Age  uint8  `json:"age"`
	}
	type page struct {
		Users []user           `json:"users"`
		By    map[string]*user `json:"by"`
	}
	for _, tt := range []struct {
		value any
		want  string
	}{
		{map[string]any{"users": []any{map[string]any{"name": "a"}, map[string]any{"name": 5}}},
			"users[1].name: found the integer 5, want a string for Go string"},
		{map[string]any{"by": map[string]any{"ann": map[string]any{"age": 256}}},
			"by.ann.age: found the integer 256, want an integer for Go uint8, which does not hold it"},
		{map[string]any{"by": map[string]any{"a.b": map[string]any{"age": -1}}},
			`by["a.b"].age: found the integer -1, want an integer for Go uint8`},
		{map[string]any{"users": "x"}, "users: found a string of 1 bytes, want an array for Go []"},
		{[]any{}, "offset 0: found an array of 0, want an object for Go wire.page"},
		{map[string]any{"users": []any{[]byte("x")}}, "users[0]: found 1 raw bytes, want an object"},
	} {
		b, err := Append(nil, tt.value)
		if err != nil {
			t.Fatal(err)
		}
		var p page
		if err := Unmarshal(b, &p); err == nil || !contains(err.Error(), tt.want) {
			t.Errorf("%v:\n got %v\nwant %s", tt.value, err, tt.want)
		}
	}
	for name, dst := range map[string]any{
		"nil": nil, "no pointer": user{}, "a nil pointer": (*user)(nil),
	} {
		if err := Unmarshal([]byte{tagObject}, dst); err == nil {
			t.Errorf("Unmarshal into %s: no error", name)
		}
	}
}

func TestCyclesAreFaultsAndNotOverflows(t *testing.T) {
	type node struct {
		Next *node
		Any  any
	}
	n := &node{}
	n.Next = n
	m := map[string]any{}
	m["m"] = m
	s := []any{nil}
	s[0] = s
	var p any
	p = &p
	for name, v := range map[string]any{"a struct": n, "a map": m, "a slice": s, "a pointer": p} {
		if b, err := Append([]byte{1}, v); err == nil || len(b) != 1 {
			t.Errorf("%s in itself: %d bytes, %v", name, len(b), err)
		}
	}
}

func TestNullSetsTheZeroValue(t *testing.T) {
	v := full()
	b := []byte{}
	n := 0
	for _, f := range mustPlan(t, v).object.fields {
		b = append(append(b, f.encoded...), tagNull)
		n++
	}
	b = append(appendVarint(appendVarint([]byte{tagObject | countFollows}, n), len(b)), b...)
	if err := Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	want := everything{Raw: Raw{tagNull}, Other: &Other{}}
	if !reflect.DeepEqual(v, want) {
		t.Errorf("got %+v\nwant %+v", v, want)
	}
}

func mustPlan(t *testing.T, v any) *plan {
	t.Helper()
	p, err := planOf(reflect.TypeOf(v))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func contains(s, part string) bool {
	for i := range len(s) - len(part) + 1 {
		if s[i:i+len(part)] == part {
			return true
		}
	}
	return false
}
