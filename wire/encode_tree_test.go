package wire

import (
	"bytes"
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// appendModel is the tree encoder without its tricks: it makes what is inside first. Maps have one
// member at most.
func appendModel(dst []byte, v any) []byte {
	var inner []byte
	tag, count := byte(tagArray), 0
	switch v := v.(type) {
	case []any:
		count = len(v)
		for _, item := range v {
			inner = appendModel(inner, item)
		}
	case map[string]any:
		tag, count = tagObject, len(v)
		for k, item := range v {
			inner = appendModel(append(appendVarint(inner, len(k)), k...), item)
		}
	default:
		b, err := Append(nil, v)
		if err != nil {
			panic(err)
		}
		return append(dst, b...)
	}
	if count < countFollows {
		dst = append(dst, tag|byte(count))
	} else {
		dst = appendVarint(append(dst, tag|countFollows), count)
	}
	if count > 0 {
		dst = append(appendVarint(dst, len(inner)), inner...)
	}
	return dst
}

// anyTree is a tree of so many levels, with leaves of all kinds and maps of one member.
func anyTree(r *rand.Rand, levels int) any {
	if levels > 0 && r.IntN(3) > 0 {
		if r.IntN(3) == 0 {
			return map[string]any{strings.Repeat("k", r.IntN(300)): anyTree(r, levels-1)}
		}
		list := make([]any, r.IntN(18))
		for i := range list {
			list[i] = anyTree(r, levels-1)
		}
		return list
	}
	leaves := []any{nil, true, false, r.IntN(300) - 100, r.Int64(), -r.Int64(), r.Uint64(), 0.5,
		r.Float64(), []float64{1, 2.5}, []byte{1, 2}, Number("1e400"), "", map[string]any{},
		strings.Repeat("x", r.IntN(70)), strings.Repeat("ä", r.IntN(200)), &leaf{Name: "ü"},
		struct{ Any any }{[]any{strings.Repeat("y", r.IntN(300)), nil}}, Raw{tagNull}}
	return leaves[r.IntN(len(leaves))]
}

func TestTreesAreWrittenAsIfTheirInsidesCameFirst(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var buf []byte
	for range 300 {
		tree := anyTree(r, 4)
		want := appendModel(nil, tree)
		got, err := Append(buf[:0], tree)
		if err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%v: got %v and %d bytes, want %d", tree, err, len(got), len(want))
		}
		list := []any{tree, 7}
		want = appendModel(nil, list)
		if got, err := AppendList(nil, list...); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%v in a list of arguments: %v, or other bytes", tree, err)
		}
		type holder struct {
			Any  any
			Last string
		}
		inside, err := Append(nil, holder{tree, "z"})
		want = appendModel(nil, tree)
		if at := Parse(inside).Get("Any").Raw(); err != nil || !bytes.Equal(at, want) {
			t.Fatalf("%v in a struct: %v, or other bytes", tree, err)
		}
		if r.IntN(2) == 0 { // else the next tree has less room
			buf = got
		}
	}
}

func TestSizesOfTreesTakeTheFewestBytes(t *testing.T) {
	for _, size := range []int{varintTwo, varintThree, varintFive} {
		for n := size - 20; n < size+20; n++ {
			var tree any = []byte(strings.Repeat("b", n))
			for range 12 {
				tree = map[string]any{"k": []any{tree, 1}}
			}
			got, err := Append(nil, tree)
			if want := appendModel(nil, tree); err != nil || !bytes.Equal(got, want) {
				t.Fatalf("around %d bytes: %v, or other bytes", n, err)
			}
		}
	}
}

func TestFaultsInTreesNameTheirPlace(t *testing.T) {
	nan := math.NaN()
	for want, v := range map[string]any{
		"wire: a[1][0]: " + notFinite:            map[string]any{"a": []any{1, wrap(nan, 1)}},
		"wire: [0][1]: " + notUTF8:               []any{[]any{nil, "\xff"}},
		"wire: a: found a key that is not UTF-8": map[string]any{"a": map[string]any{"\xff": 1}},
		"wire: [1].name.k: " + notFinite: []any{1, struct {
			Name any `json:"name"`
		}{map[string]any{"k": math.Inf(1)}}},
		"wire: [0][0]: Go type chan int has no wire form": []any{[]any{make(chan int)}},
	} {
		if _, err := Append(nil, v); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestTreesInAReusedBufferAllocateNothing(t *testing.T) {
	inside := &struct {
		Any  map[string]any
		List []any
	}{map[string]any{"text": strings.Repeat("x", 300)}, []any{1, []any{2.5, &leaf{Name: "n"}}}}
	tree := map[string]any{"a": []any{inside, strings.Repeat("y", 3000)}, "b": []any{inside}}
	var buf []byte
	var err error
	for name, write := range map[string]func(){
		"a tree":              func() { buf, err = Append(buf[:0], tree) },
		"a struct with trees": func() { buf, err = Append(buf[:0], inside) },
		"arguments":           func() { buf, err = AppendList(buf[:0], tree, inside) },
	} {
		buf = nil
		if got := testing.AllocsPerRun(100, write); got > allocsAllowed || err != nil {
			t.Errorf("%s: %v allocations, %v, want %d", name, got, err, allocsAllowed)
		}
	}
}
