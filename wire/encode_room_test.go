package wire

import (
	"bytes"
	"math"
	"strings"
	"testing"
)

// poison is what the tests of this file fill memory with that is not to be read, or not written.
const poison = 0xDB

// room is a slice with the content head and a capacity of size bytes more, poisoned. What stands
// behind its capacity is poisoned too, and returned.
func room(head string, size int) (dst, behind []byte) {
	all := bytes.Repeat([]byte{poison}, len(head)+size+64)
	copy(all, head)
	end := len(head) + size
	return all[:len(head):end], all[end:]
}

func isPoisoned(b []byte) bool {
	return len(bytes.Trim(b, string([]byte{poison}))) == 0
}

type left struct {
	Out string `json:"out,omitempty"`
}

// samples are values that take every way through the encoder. Their maps have one member at most,
// so that their bytes are always the same.
func samples() map[string]any {
	v := full()
	v.M, v.MI = map[string]any{"a": []any{"x", nil, 2.5}}, map[int8]inner{4: {X: 2}}
	v.MS = map[string]string{"key": strings.Repeat("value", 50)}
	return map[string]any{
		"every Go type": v, "zeros": everything{}, "null": nil, "a small integer": 5,
		"a long text": strings.Repeat("ä", 3000), "an empty text": "", "raw bytes": []byte{1, 2, 3},
		"leaves": []leaf{leaves(3)[2], {}, leaves(300)[299]}, "a number": Number("1e999"),
		"texts of all sizes": textsUpTo(300), "floats": []float64{0.1, 2, 3}, "a time": v.T,
		"structs whose size takes more bytes": []leaf{{Name: strings.Repeat("n", 239)},
			{Name: strings.Repeat("n", 70_000)}},
		"members that are left out": []left{{}, {"x"}, {}, {}}, "any": []any{"x", 1, 0.5, true, []any{}},
	}
}

func textsUpTo(n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = strings.Repeat("x", i)
	}
	return list
}

func TestEveryCapacityGivesTheSameBytes(t *testing.T) {
	for name, v := range samples() {
		want, err := Append(nil, v)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if err := Validate(want); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		step := max(1, len(want)/200)
		for size := 0; size < len(want)+100; size += step {
			dst, behind := room("head", size)
			got, err := Append(dst, v)
			if err != nil || string(got[:4]) != "head" || !bytes.Equal(got[4:], want) {
				t.Fatalf("%s into %d bytes: %v, or other bytes", name, size, err)
			}
			if !isPoisoned(behind) {
				t.Fatalf("%s into %d bytes: written behind the capacity", name, size)
			}
			if string(dst) != "head" {
				t.Fatalf("%s into %d bytes: dst is %q", name, size, dst)
			}
		}
	}
}

func TestAFaultLeavesTheDestinationAsItWas(t *testing.T) {
	loop := map[string]any{}
	loop["loop"] = loop
	for name, v := range map[string]any{
		"a string that is not UTF-8": leaf{Name: "x", Tags: []string{"ok", "b\xff"}},
		"a NaN":                      []any{1, math.NaN()}, "an infinity in a vector": []float64{1, math.Inf(1)},
		"an infinity of four bytes": [3]float32{1, 2, float32(math.Inf(-1))},
		"a NaN in a field":          struct{ A, B float64 }{1, math.NaN()}, "a cycle": loop,
		"a key that is not UTF-8": map[string]int{"\xff": 1}, "no JSON number": Number("1x"),
		"a Raw that is cut off": Raw{tagArray | 1}, "a function": func() {},
		"a key of texts": map[string]string{"\xff": "x"}, "a text of a key": map[string]string{"x": "\xff"},
	} {
		for _, size := range []int{0, 1, 40, 1000} {
			dst, behind := room("head", size)
			got, err := Append(dst, v)
			if err == nil {
				t.Fatalf("%s: no error", name)
			}
			if string(got) != "head" || &got[0] != &dst[0] || cap(got) != cap(dst) {
				t.Errorf("%s: got %q of capacity %d, want dst", name, got, cap(got))
			}
			if !isPoisoned(behind) {
				t.Errorf("%s: written behind the capacity", name)
			}
		}
	}
	if got, err := Append(nil, math.NaN()); got != nil || err == nil {
		t.Errorf("a NaN behind nil: got %v, %v", got, err)
	}
}

func TestEncodingIntoAReusedBufferAllocatesNothing(t *testing.T) {
	type box struct {
		Texts  map[string]string `json:"texts"`
		Sizes  map[string]inner  `json:"sizes"`
		ByID   map[int8][]int    `json:"byId"`
		Leaves []leaf            `json:"leaves"`
		Any    map[string]any    `json:"any"`
		Gone   *int              `json:"gone,omitempty"`
	}
	v := box{Texts: map[string]string{"a": "b"}, Sizes: map[string]inner{"a": {X: 1}, "b": {}},
		Leaves: leaves(30), Any: map[string]any{"a": []any{1, "x", 0.5}}}
	codec, err := CodecFor[box]()
	if err != nil {
		t.Fatal(err)
	}
	var buf []byte
	if got := testing.AllocsPerRun(100, func() {
		if buf, err = codec.Append(buf[:0], &v); err != nil {
			t.Error(err)
		}
	}); got > allocsAllowed {
		t.Errorf("%v allocations, want %d", got, allocsAllowed)
	}
}
