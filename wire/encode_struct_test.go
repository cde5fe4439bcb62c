package wire

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"
)

// fieldValues are of the types that structs mostly have, and of all that omitempty knows.
var fieldValues = []any{
	"short", strings.Repeat("long", 30), "日本", "", int64(5), int64(-5), int64(1 << 40), 0, int8(-1),
	uint64(math.MaxUint64), uint32(70_000), int32(-70_000), uint16(0), 0.5, 0.1, 0.0, float32(1.5),
	true, false, pointer(7), (*int)(nil), []int(nil), []int{}, []int{1, 70_000}, []string{"a"},
	map[string]int(nil), map[string]int{}, map[string]int{"k": 1}, inner{X: 3}, [2]int{1, 2},
	any(nil), any("x"), [0]int{}, []float64{0.5}, pointer("text"),
}

// structWith is a struct with count fields, whose keys have size bytes or a little less.
func structWith(count, size int, option string) reflect.Value {
	var fields []reflect.StructField
	for i := range count {
		name := fmt.Sprintf("%s%d", strings.Repeat("k", max(0, size-len(fmt.Sprint(i)))), i)
		typ := reflect.TypeOf(fieldValues[i%len(fieldValues)])
		if typ == nil {
			typ = anyType
		}
		fields = append(fields, reflect.StructField{Name: fmt.Sprint("F", i), Type: typ,
			Tag: reflect.StructTag(fmt.Sprintf(`json:"%s%s"`, name, option))})
	}
	v := reflect.New(reflect.StructOf(fields)).Elem()
	for i := range count {
		if value := fieldValues[i%len(fieldValues)]; value != nil {
			v.Field(i).Set(reflect.ValueOf(value))
		}
	}
	return v
}

// decoded is what b means, with all numbers as JSON text.
func decoded(t *testing.T, b []byte) (tree any) {
	t.Helper()
	var v any
	if err := Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	return asJSON(t, v)
}

// asJSON is v after a way through JSON text.
func asJSON(t *testing.T, v any) (tree any) {
	t.Helper()
	text, err := json.Marshal(v)
	if err == nil {
		err = json.Unmarshal(text, &tree)
	}
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func TestStructsOfAnyFieldsAndKeys(t *testing.T) {
	for _, option := range []string{"", ",omitempty", ",omitzero"} {
		for _, size := range []int{1, 7, 8, 15, 16, 30, 31, 32, 33, 239, 240, 300} {
			v := structWith(len(fieldValues), size, option).Interface()
			if got, want := decoded(t, mustAppend(t, v)), asJSON(t, v); !reflect.DeepEqual(got, want) {
				t.Errorf("keys of %d bytes%s:\n got %v\nwant %v", size, option, got, want)
			}
		}
		for _, count := range []int{0, 1, 13, 14, 15, 16, 17, 29, 30, 239, 240, 241, 400} {
			v := structWith(count, 5, option)
			list := reflect.MakeSlice(reflect.SliceOf(v.Type()), 4, 4)
			list.Index(0).Set(v)
			list.Index(3).Set(v) // between them, two with all fields zero
			if got, want := decoded(t, mustAppend(t, list.Interface())),
				asJSON(t, list.Interface()); !reflect.DeepEqual(got, want) {
				t.Errorf("%d fields%s:\n got %v\nwant %v", count, option, got, want)
			}
		}
	}
}

func TestTextsOfEverySizeInStructs(t *testing.T) {
	type pair struct{ A, B string }
	for size := range 300 {
		for _, last := range []string{"", "x", "é", "語"} {
			text := strings.Repeat("a", size) + last
			for _, want := range []pair{{text, "b"}, {"a", text}} {
				var got pair
				if err := Unmarshal(mustAppend(t, want), &got); err != nil || got != want {
					t.Fatalf("%d bytes and %q: got %q, %v", size, last, got, err)
				}
			}
		}
		for i := range size {
			text := []byte(strings.Repeat("a", size))
			text[i] = 0xFF
			if _, err := Append(nil, pair{A: string(text)}); err == nil {
				t.Fatalf("byte %d of %d is no UTF-8: accepted", i, size)
			}
		}
	}
}

func TestFaultsInListsOfStructsHaveTheirIndex(t *testing.T) {
	type item struct {
		Text string    `json:"text"`
		List []float64 `json:"list"`
		Deep []leaf    `json:"deep"`
	}
	for path, items := range map[string][]item{
		"[2].text":         {{}, {}, {Text: "\xff"}, {}},
		"[0].list":         {{List: []float64{1, math.NaN()}}, {}},
		"[1].deep[2].name": {{}, {Deep: []leaf{{}, {}, {Name: "\xff"}}}, {}},
	} {
		_, err := Append(nil, items)
		if e, ok := err.(*Error); !ok || e.Path != path {
			t.Errorf("got %v, want the path %s", err, path)
		}
	}
	_, err := Append(nil, [][]float64{{1, 2}, {math.NaN(), 1}, {}})
	if e, ok := err.(*Error); !ok || e.Path != "[1]" {
		t.Errorf("got %v, want the path [1]", err)
	}
}
