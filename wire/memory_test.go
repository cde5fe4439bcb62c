package wire

import (
	"bytes"
	"fmt"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"unsafe"
	"weak"
)

type leaf struct {
	Name string   `json:"name"`
	Tags []string `json:"tags"`
	Nums []int    `json:"nums"`
	Next *leaf    `json:"next"`
	Any  any      `json:"any"`
	By   []byte   `json:"by"`
}

// leaves makes a value with many small slices, strings and pointers.
func leaves(n int) []leaf {
	s := make([]leaf, n)
	for i := range s {
		s[i] = leaf{Name: fmt.Sprint("name", i), Tags: []string{"a", fmt.Sprint(i)},
			Nums: []int{i, 1 << 20, -i}, Next: &leaf{Name: "x"}, By: []byte{byte(i)},
			Any: []any{int64(i), fmt.Sprint(i), 0.5, map[string]any{"k": "v"}}}
	}
	return s
}

func TestDecodedValuesShareNothingWithTheInput(t *testing.T) {
	want := leaves(300)
	b, err := Append(nil, want)
	if err != nil {
		t.Fatal(err)
	}
	var got []leaf
	if err := Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	for i := range b {
		b[i] = 0xFF
	}
	runtime.GC()
	if !reflect.DeepEqual(got, want) {
		t.Error("what was decoded changed with the input")
	}
}

func TestAppendingToADecodedSliceLeavesItsNeighbourAlone(t *testing.T) {
	want := leaves(300)
	b, err := Append(nil, want)
	if err != nil {
		t.Fatal(err)
	}
	var got []leaf
	if err := Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	for i := range got {
		_ = append(got[i].Tags, "overwritten", "overwritten")
		_ = append(got[i].Nums, -1, -1, -1)
		_ = append(got[i].Any.([]any), "overwritten")
		_ = append(got[i].By, 0xEE)
	}
	if !reflect.DeepEqual(got, want) {
		t.Error("append wrote into another slice")
	}
}

func TestDecodedMemorySurvivesTheCollector(t *testing.T) {
	b, err := Append(nil, leaves(200))
	if err != nil {
		t.Fatal(err)
	}
	var kept []*leaf
	for range 50 {
		var got []leaf
		if err := Unmarshal(b, &got); err != nil {
			t.Fatal(err)
		}
		kept = append(kept, got[7].Next, &got[199])
		runtime.GC()
	}
	for i, l := range kept {
		if want := []string{"x", "name199"}[i%2]; l.Name != want {
			t.Fatalf("value %d is %q, want %q", i, l.Name, want)
		}
	}
}

func TestAReusedDestinationIsOverwritten(t *testing.T) {
	first, err := Append(nil, leaves(20))
	if err != nil {
		t.Fatal(err)
	}
	second, err := Append(nil, []leaf{{Name: "only"}, {Tags: []string{"t"}}})
	if err != nil {
		t.Fatal(err)
	}
	var got []leaf
	if err := Unmarshal(first, &got); err != nil {
		t.Fatal(err)
	}
	if err := Unmarshal(second, &got); err != nil {
		t.Fatal(err)
	}
	if want := []leaf{{Name: "only"}, {Tags: []string{"t"}}}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestSizesOfEveryWidthAreEncodedInTurn(t *testing.T) {
	type box struct {
		Text  string            `json:"text"`
		List  []string          `json:"list"`
		Map   map[string]string `json:"map"`
		Inner *box              `json:"inner"`
	}
	codec, err := CodecFor[box]()
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range []int{0, 10, 300, 70_000, 1, 3000, 200, 240, 100_000, 5} {
		s := strings.Repeat("x", n)
		want := box{Text: s, List: []string{s, "a"}, Map: map[string]string{"k": s},
			Inner: &box{Text: s}}
		b, err := codec.Append([]byte("head"), &want)
		if err != nil || string(b[:4]) != "head" || Validate(b[4:]) != nil {
			t.Fatalf("%d: %v, %v", n, err, Validate(b[4:]))
		}
		var got box
		if err := codec.Unmarshal(b[4:], &got); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%d: comes back different: %v", n, err)
		}
		var tree any
		if err := Unmarshal(b[4:], &tree); err != nil {
			t.Fatal(err)
		}
		again, err := Append(nil, tree)
		if err != nil || !Equal(again, b[4:]) {
			t.Errorf("%d: different by way of any: %v", n, err)
		}
	}
}

func TestManyItemsOfALargeTypeAreNotAllocatedBeforeTheyAreRead(t *testing.T) {
	type large struct {
		A [4096]uint64
	}
	content := make([]byte, 100_000) // integers, where objects are wanted
	b := appendVarint([]byte{tagArray | countFollows}, len(content))
	b = append(appendVarint(b, len(content)), content...)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var got []large
	err := Unmarshal(b, &got)
	runtime.ReadMemStats(&after)
	if err == nil {
		t.Error("integers are taken for objects")
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > uint64(64*len(b)) {
		t.Errorf("%d bytes of input allocated %d", len(b), used)
	}
}

func TestSmallMessagesTakeFewAllocations(t *testing.T) {
	if !exactAllocs {
		t.Skip("allocations are not exact in this build")
	}
	type request struct {
		ID   int64    `json:"id"`
		From string   `json:"from"`
		To   string   `json:"to"`
		Tags []string `json:"tags"`
	}
	b := mustAppend(t, request{7, "ann", "bob", []string{"x", "y"}})
	codec, err := CodecFor[request]()
	if err != nil {
		t.Fatal(err)
	}
	var v request
	var tree any
	for _, tt := range []struct {
		name string
		read func() error
		want float64
	}{
		{"a struct: the slice", func() error { v = request{}; return codec.Unmarshal(b, &v) }, 1},
		{"a struct that is reused", func() error { return codec.Unmarshal(b, &v) }, 0},
		{"any: map, strings each in two, the list, its box", func() error {
			tree = nil
			return Unmarshal(b, &tree)
		}, 6},
		{"one text: the text, the slice", func() error {
			v = request{}
			return codec.With(UnmarshalOptions{OneText: true}).Unmarshal(b, &v)
		}, 2},
	} {
		if got := testing.AllocsPerRun(200, func() {
			if err := tt.read(); err != nil {
				t.Error(err)
			}
		}); got != tt.want {
			t.Errorf("%s: %v allocations, want %v", tt.name, got, tt.want)
		}
	}
}

func TestMessagesDoNotKeepEachOtherAlive(t *testing.T) {
	type node struct {
		Next *node   `json:"next"`
		List []*node `json:"list"`
		Any  any     `json:"any"`
	}
	b := mustAppend(t, node{Next: &node{}, List: []*node{{}, {}, {}, {}, {}, {}, {}, {}},
		Any: []any{"x", []any{1.5}, "y"}})
	var kept, dropped []*node
	var freed []weak.Pointer[node]
	for range 20 {
		gone, held := &node{}, &node{}
		if Unmarshal(b, gone) != nil || Unmarshal(b, held) != nil {
			t.Fatal("not decoded")
		}
		kept, dropped = append(kept, held), append(dropped, gone)
		for _, part := range append(gone.List, gone.Next) {
			freed = append(freed, weak.Make(part))
		}
	}
	clear(dropped)
	runtime.GC()
	for i, p := range freed {
		if p.Value() != nil {
			t.Fatalf("part %d of %d is alive by another message", i, len(freed))
		}
	}
	runtime.KeepAlive(kept)
}

func TestAVectorTakesNoMemoryForElementsThatAreNoNumbers(t *testing.T) {
	type large struct {
		A [4096]uint64
	}
	b := append(appendVarint([]byte{tagVector, vectorU8}, 10_000), make([]byte, 10_000)...)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var got []large
	err := Unmarshal(b, &got)
	runtime.ReadMemStats(&after)
	if err == nil || !strings.Contains(err.Error(), "[0]: found the integer 0, want an object") {
		t.Errorf("got %v", err)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > uint64(64*len(b)) {
		t.Errorf("%d bytes of input allocated %d", len(b), used)
	}
}

func TestAListOfEmptyObjectsGrowsByWhatHasArrived(t *testing.T) {
	type large struct {
		A [256]uint64 `json:"a"`
	}
	const good, all = 1000, 100_000
	content := bytes.Repeat([]byte{tagObject}, all)
	content[good] = tagText
	b := appendVarint([]byte{tagArray | countFollows}, all)
	b = append(appendVarint(b, all), content...)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var got []large
	err := Unmarshal(b, &got)
	runtime.ReadMemStats(&after)
	if err == nil {
		t.Error("a string is taken for an object")
	}
	most := 64*len(b) + 5*good*int(unsafe.Sizeof(large{}))
	if used := after.TotalAlloc - before.TotalAlloc; used > uint64(most) {
		t.Errorf("%d elements allocated %d bytes, want at most %d", good, used, most)
	}
}

func TestElementsWithoutSizeAreCounted(t *testing.T) {
	b := mustAppend(t, []any{map[string]any{}, map[string]any{}, map[string]any{}})
	var got []struct{}
	if err := Unmarshal(b, &got); err != nil || len(got) != 3 || got == nil {
		t.Errorf("got %d elements, %v", len(got), err)
	}
	var pointers []*struct{}
	if err := Unmarshal(b, &pointers); err != nil || len(pointers) != 3 || pointers[2] == nil {
		t.Errorf("got %v, %v", pointers, err)
	}
}
