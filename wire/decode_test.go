package wire

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
)

// objectOf encodes members with integer values, in the order given, twice if named twice.
func objectOf(keys []string) []byte {
	var content []byte
	for i, key := range keys {
		content = AppendInt(append(appendVarint(content, len(key)), key...), int64(100*i))
	}
	if len(keys) == 0 {
		return []byte{tagObject}
	}
	head := appendVarint([]byte{tagObject | countFollows}, len(keys))
	if len(keys) <= shortCountMax {
		head = []byte{tagObject | byte(len(keys))}
	}
	return append(appendVarint(head, len(content)), content...)
}

// structOf is a struct of n int fields whose names are of many lengths.
func structOf(n int) (t reflect.Type, names []string) {
	var fields []reflect.StructField
	for i := range n {
		name := strings.Repeat("k", i%41) + fmt.Sprint(i)
		names = append(names, name)
		fields = append(fields, reflect.StructField{Name: fmt.Sprint("Field", i),
			Type: reflect.TypeFor[int](), Tag: reflect.StructTag(`json:"` + name + `"`)})
	}
	return reflect.StructOf(fields), names
}

func TestMembersInAnyOrderAreReadLikeAMap(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, n := range []int{1, 2, 3, 9, 63, 64, 65, 130} {
		typ, names := structOf(n)
		for range 400 {
			var keys []string
			for len(keys) < rng.IntN(n+3) {
				at := rng.IntN(n)
				for ; at < n && rng.IntN(4) != 0; at++ {
					keys = append(keys, names[at])
				}
				if rng.IntN(8) == 0 {
					keys = append(keys, fmt.Sprint("stranger", rng.IntN(50)))
				}
			}
			b := objectOf(keys)
			var want map[string]int
			wantErr := Unmarshal(b, &want)
			got := reflect.New(typ)
			if err := Unmarshal(b, got.Interface()); (err == nil) != (wantErr == nil) {
				t.Fatalf("%d fields, %q: got %v, want %v", n, keys, err, wantErr)
			}
			for i, name := range names {
				if v := got.Elem().Field(i).Int(); wantErr == nil && int(v) != want[name] {
					t.Fatalf("%d fields, %q: %s = %d, want %d", n, keys, name, v, want[name])
				}
			}
		}
	}
}

func TestMessagesTooShortForAWordAreRead(t *testing.T) {
	type short struct {
		A int     `json:"a"`
		S string  `json:"s"`
		B bool    `json:"b"`
		L []int   `json:"l"`
		F float64 `json:"f"`
		P *int    `json:"p"`
	}
	for _, tt := range []struct {
		value any
		want  short
	}{
		{map[string]any{}, short{}}, {map[string]any{"a": 7}, short{A: 7}},
		{map[string]any{"s": ""}, short{}}, {map[string]any{"s": "x"}, short{S: "x"}},
		{map[string]any{"s": "xy"}, short{S: "xy"}}, {map[string]any{"b": true}, short{B: true}},
		{map[string]any{"l": []int{}}, short{L: []int{}}}, {map[string]any{"a": 70}, short{A: 70}},
		{map[string]any{"l": []int{5}}, short{L: []int{5}}}, {map[string]any{"p": nil}, short{}},
		{map[string]any{"f": 0.5}, short{F: 0.5}}, {map[string]any{"a": 70000}, short{A: 70000}},
		{map[string]any{"f": 0.1}, short{F: 0.1}}, {map[string]any{"a": -1}, short{A: -1}},
	} {
		var got short
		b := mustAppend(t, tt.value)
		if err := Unmarshal(b, &got); err != nil || !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%v: got %+v, %v, want %+v", tt.value, got, err, tt.want)
		}
		for n := range b {
			if err := Unmarshal(b[:n], &got); err == nil {
				t.Errorf("%v cut at %d: accepted", tt.value, n)
			}
		}
	}
}

func TestMembersThatCrossTheEndOfTheirObjectAreRefused(t *testing.T) {
	type pair struct {
		A    int    `json:"a"`
		Text string `json:"text"`
		Long int    `json:"a-long-name"`
	}
	for _, tt := range []struct{ name, hex, want string }{
		{"a key", "82 09 91 03 04 74 65 78 74 41 61", "[0]: found a key of 4 bytes where 2 are left"},
		{"a string", "82 0a 91 06 04 74 65 78 74 42 61 62", "[0].text: found a string of 2 bytes"},
		{"an integer", "82 07 91 03 01 61 b1 01 01", "[0].a: found a 16-bit integer of 2 bytes where 0"},
		{"a long key", "82 0e 91 04 0b 61 2d 6c 6f 6e 67 2d 6e 61 6d 65", "[0]: found a key of 11"},
	} {
		var got []pair
		err := Unmarshal(unhex(t, tt.hex), &got)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %s", tt.name, err, tt.want)
		}
	}
}

func TestListsOfPointsAreReadInEveryForm(t *testing.T) {
	for name, want := range map[string][][]float64{
		"vectors": {{0.1, 0.2}, {0.3, 0.4}, {1e300, 0.1, 0.2}}, "none": {}, "one": {{0.1, 0.7}},
		"short floats": {{1, 2}, {0.5, 3}}, "mixed": {{0.1, 0.2}, {}, nil, {1}, {0.3, 0.4}},
		"long": {make([]float64, 300), {0.1, 0.2}},
	} {
		b := mustAppend(t, want)
		var got [][]float64
		if err := Unmarshal(b, &got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
		reused := [][]float64{{9, 9, 9}, {8}, {7, 7}, {6}, {5}, {4}}
		if err := Unmarshal(b, &reused); err != nil || !reflect.DeepEqual(reused, want) {
			t.Errorf("%s: reused memory holds %v, %v", name, reused, err)
		}
	}
	bad := mustAppend(t, [][]float64{{0.1, 0.2}, {0.3, 0.4}})
	copy(bad[len(bad)-8:], "\x00\x00\x00\x00\x00\x00\xF0\x7F")
	var got [][]float64
	if err := Unmarshal(bad, &got); err == nil || !strings.Contains(err.Error(), "[1]: ") {
		t.Errorf("an infinite coordinate: got %v", err)
	}
}
