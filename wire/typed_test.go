package wire

import (
	"fmt"
	"math"
	"math/big"
	"reflect"
	"strings"
	"testing"
	"time"
)

func mustAppend(t testing.TB, v any) []byte {
	t.Helper()
	b, err := Append(nil, v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestMembersThatAStructDoesNotHaveAreCheckedAndDropped(t *testing.T) {
	type pair struct {
		A int    `json:"a"`
		B string `json:"b"`
	}
	b := mustAppend(t, map[string]any{"x": []any{1, "y"}, "b": "text", "z": nil, "a": 5})
	var got pair
	if err := Unmarshal(b, &got); err != nil || got != (pair{5, "text"}) {
		t.Errorf("got %+v, %v", got, err)
	}
	for _, tt := range []struct{ hex, want string }{
		{"92 06 0178 01 0178 02", `"x" twice`}, {"92 06 0161 01 0161 02", `"a" twice`},
		{"91 03 0178 ff", "x: found the invalid tag"}, {"91 05 0178 82 01 01", "x: found 2 children"},
		{"91 03 01ff 01", "not UTF-8"}, {"91 02 0561", "where 1 are left"},
		{"91 04 0178 01 01", "1 bytes more"}, {"91 04 0161 01 01", "1 bytes more"},
	} {
		err := Unmarshal(unhex(t, tt.hex), &got)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %s", tt.hex, err, tt.want)
		}
	}
}

// wide has more fields than one word of bits.
func wide(t *testing.T) (typ reflect.Type, v reflect.Value) {
	t.Helper()
	var fields []reflect.StructField
	for i := range 150 {
		fields = append(fields, reflect.StructField{Name: fmt.Sprint("Field", i),
			Type: reflect.TypeFor[int](), Tag: reflect.StructTag(fmt.Sprintf(`json:"f%d"`, i))})
	}
	typ = reflect.StructOf(fields)
	v = reflect.New(typ)
	for i := range 150 {
		v.Elem().Field(i).SetInt(int64(i * i))
	}
	return typ, v
}

func TestAStructOfManyFieldsComesBackInAnyOrder(t *testing.T) {
	typ, v := wide(t)
	typed := mustAppend(t, v.Interface())
	var tree map[string]any
	if err := Unmarshal(typed, &tree); err != nil || len(tree) != 150 {
		t.Fatalf("%d members, %v", len(tree), err)
	}
	for name, b := range map[string][]byte{"in order": typed, "shuffled": mustAppend(t, tree)} {
		got := reflect.New(typ)
		if err := Unmarshal(b, got.Interface()); err != nil ||
			!reflect.DeepEqual(got.Interface(), v.Interface()) {
			t.Errorf("%s: comes back different: %v", name, err)
		}
	}
	pairs := append([]byte{2, 'f', '0', 1}, 2, 'f', '0', 1)
	twice := append([]byte{tagObject | 2, byte(len(pairs))}, pairs...)
	if err := Unmarshal(twice, reflect.New(typ).Interface()); err == nil {
		t.Error("a member of many twice: accepted")
	}
}

func TestNumbersGoIntoEveryTypeThatHoldsThem(t *testing.T) {
	three := new(big.Int).SetInt64(3)
	far, _ := new(big.Int).SetString("1267650600228229401496703205376", 10)
	for _, tt := range []struct {
		from any
		want any // of the type that is decoded into
	}{
		{3.0, int8(3)}, {-3.0, int64(-3)}, {3.0, uint16(3)}, {float64(1 << 40), int64(1 << 40)},
		{3, float64(3)}, {-300, float32(-300)}, {uint64(math.MaxUint64), float64(math.MaxUint64)},
		{0.1, float32(0.1)}, {Number("3.14159265358979323846"), math.Pi},
		{Number("1e-400"), 0.0}, {3, Number("3")}, {-0.5, Number("-0.5")},
		{Number("1e400"), Number("1e400")}, {3, *three}, {3.0, *three}, {math.Pow(2, 100), *far},
		{uint64(math.MaxUint64), uint64(math.MaxUint64)}, {int64(math.MinInt64), int64(math.MinInt64)},
		{127, int8(127)}, {-128, int8(-128)}, {255, uint8(255)}, {65535, uint16(65535)},
		{-32768, int16(-32768)}, {math.MaxInt32, int32(math.MaxInt32)},
	} {
		got := reflect.New(reflect.TypeOf(tt.want))
		err := Unmarshal(mustAppend(t, tt.from), got.Interface())
		if err != nil || !reflect.DeepEqual(got.Elem().Interface(), tt.want) {
			t.Errorf("%v (%T) into %T: got %v, %v", tt.from, tt.from, tt.want, got.Elem(), err)
		}
	}
}

func TestNumbersThatDoNotFitAreRefused(t *testing.T) {
	for _, tt := range []struct{ from, into any }{
		{128, int8(0)}, {-129, int8(0)}, {256, uint8(0)}, {-1, uint(0)}, {0.5, 0}, {1e300, 0},
		{math.Copysign(0, -1) + 0.25, uint8(0)}, {uint64(math.MaxUint64), int64(0)},
		{1 << 16, uint16(0)}, {1 << 15, int16(0)}, {int64(math.MinInt64), int32(0)},
		{Number("1e400"), float64(0)}, {1e300, float32(0)}, {"3", 0}, {3, ""}, {true, 0}, {1, true},
		{0.5, big.Int{}}, {Number("1e400"), big.Int{}}, {"x", big.Int{}}, {"x", Number("")},
		{Number("1e400"), 0}, {[]any{1}, 0}, {"x", 0.5}, {"2026", time.Time{}}, {1, time.Time{}},
		{"abc", []byte{}}, {[]byte("abc"), [4]byte{}}, {[]any{1, 2}, [3]int{}}, {"abc", [3]int{}},
		{[]float64{1, 2}, [3]float64{}}, {[]float64{0.5, 1}, []int{}}, {[]int{300, 1}, []uint8{}},
		{[]int{300, 1}, [2]int8{}}, {map[string]any{"1": 1, "x": 2}, map[int]int{}},
		{map[string]any{"01": 1}, map[int]int{}}, {map[string]any{"256": 1}, map[uint8]int{}},
		{map[string]any{"a": 1}, map[string]string{}}, {[]any{}, map[string]string{}},
		{map[string]any{}, []int{}}, {1, struct{ S fmt.Stringer }{}.S},
	} {
		if tt.into == nil {
			continue
		}
		got := reflect.New(reflect.TypeOf(tt.into))
		if err := Unmarshal(mustAppend(t, tt.from), got.Interface()); err == nil {
			t.Errorf("%v (%T) into %T: got %v", tt.from, tt.from, tt.into, got.Elem())
		}
	}
	var s struct{ S fmt.Stringer }
	err := Unmarshal(mustAppend(t, map[string]any{"S": 1}), &s)
	if err == nil || !strings.Contains(err.Error(),
		"S: found the integer 1, want an interface without") {
		t.Errorf("an interface with methods: %v", err)
	}
}

func TestSlicesGrowWhileTheirElementsAreRead(t *testing.T) {
	type large struct {
		N    int `json:"n,omitempty"`
		Fill [100]uint64
	}
	b := []byte{}
	for range 1000 {
		b = append(b, tagObject)
	}
	b = append(append(appendVarint(appendVarint([]byte{tagArray | countFollows}, 1001),
		len(b)+5), b...), tagObject|1, 3, 1, 'n', 7)
	var got []large
	if err := Unmarshal(b, &got); err != nil || len(got) != 1001 || got[1000].N != 7 {
		t.Fatalf("%d elements, %v", len(got), err)
	}
	got[3].N = 5
	if err := Unmarshal(b, &got); err != nil || got[3].N != 0 || len(got) != 1001 {
		t.Errorf("into the same slice: %d elements, %+v, %v", len(got), got[3].N, err)
	}
	if err := Unmarshal([]byte{tagArray}, &got); err != nil || got == nil || len(got) != 0 {
		t.Errorf("an empty array: %d elements, %v", len(got), err)
	}
}

func TestEveryKindOfVectorGoesIntoEverySlice(t *testing.T) {
	for _, want := range []any{
		[]int8{1, -2, 127}, []int16{1, -300, 7}, []int32{1, -70_000, 3}, []int64{1, 1 << 40, -1},
		[]uint16{1, 300, 7}, []uint32{1, 1 << 31, 7}, []uint64{1 << 62, 5, 7}, []int{-1, -1, 1 << 30},
		[]uint64{math.MaxUint64, 1, 2}, []float32{0.1, 2, -3}, []float64{0.1, 2, -3}, []float64{1, 2},
		[3]int16{-1, 300, 2}, [2]float64{0.1, 0.2}, [2]float32{0.5, 0.25}, [4]uint32{1, 2, 3, 1 << 30},
		[]int{1}, []float64{0.5}, []float32{}, [0]int{}, []bool{true, false}, [2]string{"a", "b"},
	} {
		b := mustAppend(t, want)
		everyCut(t, b)
		got := reflect.New(reflect.TypeOf(want))
		if err := Unmarshal(b, got.Interface()); err != nil ||
			!reflect.DeepEqual(got.Elem().Interface(), want) {
			t.Errorf("%v (%T): %x is read as %v, %v", want, want, b, got.Elem(), err)
		}
		var tree any
		if err := Unmarshal(b, &tree); err != nil {
			t.Fatal(err)
		}
		again := reflect.New(reflect.TypeOf(want))
		if err := Unmarshal(mustAppend(t, tree), again.Interface()); err != nil ||
			!reflect.DeepEqual(again.Elem().Interface(), want) {
			t.Errorf("%v (%T): by way of any %v, %v", want, want, again.Elem(), err)
		}
		if v, n := ConsumeVector(b); b[0] == tagVector && (n != len(b) ||
			v.Len() != reflect.ValueOf(want).Len()) || b[0] != tagVector && n != -1 {
			t.Errorf("%v (%T): ConsumeVector = %d elements, %d", want, want, v.Len(), n)
		}
		for i := range b {
			if _, n := ConsumeVector(b[:i]); b[0] == tagVector && n != 0 {
				t.Errorf("%x: ConsumeVector = %d, want 0: more needed", b[:i], n)
			}
		}
	}
	var ints []int
	if err := Unmarshal(unhex(t, "d9 04 02 0000803f00000040"), &ints); err != nil || ints[1] != 2 {
		t.Errorf("whole floats into []int: %v, %v", ints, err)
	}
	var floats []float64
	if err := Unmarshal(unhex(t, "d9 01 02 0100ffff"), &floats); err != nil || floats[1] != -1 {
		t.Errorf("integers into []float64: %v, %v", floats, err)
	}
}

func TestMapsAreAddedTo(t *testing.T) {
	texts := map[string]string{"a": "old", "b": "old"}
	if err := Unmarshal(mustAppend(t, map[string]string{"a": "new", "c": "new"}), &texts); err != nil {
		t.Fatal(err)
	}
	if want := (map[string]string{"a": "new", "b": "old", "c": "new"}); !reflect.DeepEqual(texts,
		want) {
		t.Errorf("got %v, want %v", texts, want)
	}
	trees := map[string]any{"a": 1}
	numbers := map[int]int{1: 1}
	twice := unhex(t, "92 06 0131 01 0131 02")
	for name, dst := range map[string]any{"strings": &texts, "any": &trees, "integers": &numbers,
		"fresh strings": new(map[string]string), "fresh any": new(map[string]any),
		"fresh integers": new(map[int]int)} {
		if err := Unmarshal(twice, dst); err == nil {
			t.Errorf("%s: a key twice is accepted", name)
		}
	}
	if err := Unmarshal(mustAppend(t, map[string]any{"a": 2, "z": nil}), &trees); err != nil ||
		len(trees) != 3 || trees["a"] != int64(2) {
		t.Errorf("got %v, %v", trees, err) // "1" was set before the fault
	}
}

func TestQuotedFieldsAreNumbersInStrings(t *testing.T) {
	type quoted struct {
		I int     `json:"i,string"`
		F float64 `json:"f,string"`
		B bool    `json:"b,string"`
		P *uint8  `json:"p,string"`
		S string  `json:"s,string"`
	}
	v := quoted{-5, 0.25, true, pointer[uint8](9), "plain"}
	var tree any
	if err := Unmarshal(mustAppend(t, v), &tree); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"i": "-5", "f": "0.25", "b": "true", "p": "9", "s": "plain"}
	if !reflect.DeepEqual(tree, want) {
		t.Errorf("got %v, want %v", tree, want)
	}
	for _, bad := range []map[string]any{
		{"i": 5}, {"i": "x"}, {"i": "1.5"}, {"p": "256"}, {"b": "1"}, {"i": ""}, {"i": "true"},
	} {
		var got quoted
		if err := Unmarshal(mustAppend(t, bad), &got); err == nil {
			t.Errorf("%v: got %+v", bad, got)
		}
	}
	var got quoted
	if err := Unmarshal(mustAppend(t, map[string]any{"b": "false", "i": "null", "p": nil}),
		&got); err != nil {
		t.Error(err)
	}
}
