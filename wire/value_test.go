package wire

import (
	"testing"
)

func sample(t testing.TB) []byte {
	t.Helper()
	b, err := Append(nil, struct {
		Name  string           `json:"name"`
		Tags  []string         `json:"tags"`
		N     int              `json:"n"`
		F     float64          `json:"f"`
		Nums  []float64        `json:"nums"`
		In    map[string][]any `json:"in"`
		Null  any              `json:"null"`
		Bytes []byte           `json:"bytes"`
		Big   Number           `json:"big"`
		Yes   bool             `json:"yes"`
	}{"ann", []string{"x", "y"}, -7, 0.5, []float64{1, 0.1}, map[string][]any{"a": {1, "two"}},
		nil, []byte{1, 2}, "1e400", true})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestALazyValueFindsEverything(t *testing.T) {
	v := Parse(sample(t))
	if v.Kind() != Object || v.Len() != 10 {
		t.Fatalf("got %v of %d", v.Kind(), v.Len())
	}
	if s, ok := v.Get("name").Str(); !ok || string(s) != "ann" || v.Get("name").Len() != 3 {
		t.Errorf("name = %q, %v", s, ok)
	}
	if s, ok := v.Get("tags", 1).Str(); !ok || string(s) != "y" {
		t.Errorf("tags[1] = %q, %v", s, ok)
	}
	if n, ok := v.Get("n").Int(); !ok || n != -7 {
		t.Errorf("n = %d, %v", n, ok)
	}
	if _, ok := v.Get("n").Uint(); ok {
		t.Error("n = -7 is a Uint")
	}
	if f, ok := v.Get("n").Float(); !ok || f != -7 {
		t.Errorf("n = %g, %v", f, ok)
	}
	if f, ok := v.Get("nums", 1).Float(); !ok || f != 0.1 {
		t.Errorf("nums[1] = %g, %v", f, ok)
	}
	if s, ok := v.Get("in", "a", 1).Str(); !ok || string(s) != "two" {
		t.Errorf("in.a[1] = %q, %v", s, ok)
	}
	if n, ok := v.Get("big").Number(); !ok || n != "1e400" {
		t.Errorf("big = %s, %v", n, ok)
	}
	if _, ok := v.Get("big").Float(); ok {
		t.Error("1e400 is a float")
	}
	if b, ok := v.Get("bytes").Bytes(); !ok || len(b) != 2 || v.Get("bytes").Len() != 2 {
		t.Errorf("bytes = %v, %v", b, ok)
	}
	if b, ok := v.Get("yes").Bool(); !ok || !b {
		t.Errorf("yes = %v, %v", b, ok)
	}
	if !v.Get("null").IsNull() || v.Get("n").IsNull() {
		t.Error("null is not null, or n is")
	}
}

func TestWhatIsNotThereIsInvalid(t *testing.T) {
	v := Parse(sample(t))
	for name, got := range map[string]Value{
		"a member that is missing": v.Get("none"), "an index too far": v.Get("tags", 2),
		"a negative index": v.Get("tags", -1), "a key in an array": v.Get("tags", "x"),
		"an index in an object": v.Get(1), "a step of another type": v.Get(1.5),
		"beyond a scalar": v.Get("n", "x"), "below a vector": v.Get("nums", 0, 0),
		"a chain": v.Get("none").Get("x").Index(3), "a vector index too far": v.Get("nums", 2),
		"no bytes": Parse(nil), "two values": Parse([]byte{1, 2}), "half a value": Parse([]byte{0xB0}),
	} {
		if got.Kind() != Invalid || got.Len() != 0 || got.Raw() != nil || got.IsNull() {
			t.Errorf("%s: %v", name, got.Kind())
		}
		if _, ok := got.Int(); ok {
			t.Errorf("%s: is an Int", name)
		}
		if err := got.Decode(new(any)); err == nil {
			t.Errorf("%s: can be decoded", name)
		}
	}
}

func TestIteratorsYieldWhatGetFinds(t *testing.T) {
	v := Parse(sample(t))
	n := 0
	for key, member := range v.Members() {
		if got := v.Get(string(key)); string(got.Raw()) != string(member.Raw()) {
			t.Errorf("%s: %x and %x", key, got.Raw(), member.Raw())
		}
		n++
	}
	if n != v.Len() {
		t.Errorf("%d members, want %d", n, v.Len())
	}
	for _, key := range []string{"tags", "nums"} {
		n = 0
		for i, item := range v.Get(key).Items() {
			if got := v.Get(key).Index(i); string(got.Raw()) != string(item.Raw()) {
				t.Errorf("%s[%d]: %x and %x", key, i, got.Raw(), item.Raw())
			}
			n++
		}
		if n != v.Get(key).Len() {
			t.Errorf("%s: %d items, want %d", key, n, v.Get(key).Len())
		}
	}
	for range v.Get("n").Items() {
		t.Error("a number has items")
	}
	for range v.Get("n").Members() {
		t.Error("a number has members")
	}
}

func TestGetAllocatesNothing(t *testing.T) {
	b := sample(t)
	if got := testing.AllocsPerRun(100, func() {
		if _, ok := Parse(b).Get("in", "a", 0).Int(); !ok {
			t.Error("in.a[0] is not there")
		}
	}); got != 0 {
		t.Errorf("%v allocations, want 0", got)
	}
}

func TestTypedEncodingIntoAReusedBufferAllocatesNothing(t *testing.T) {
	type line struct {
		ID    int64             `json:"id"`
		Text  string            `json:"text"`
		Nums  []float64         `json:"nums"`
		Tags  []string          `json:"tags,omitempty"`
		Props map[string]string `json:"props"`
		Next  *line             `json:"next"`
	}
	v := line{ID: 1, Text: "text", Nums: []float64{1, 2}, Props: map[string]string{"a": "b"}}
	v.Next = &line{ID: 2, Tags: []string{"x"}}
	codec, err := CodecFor[line]()
	if err != nil {
		t.Fatal(err)
	}
	var buf []byte
	if got := testing.AllocsPerRun(100, func() {
		if buf, err = codec.Append(buf[:0], &v); err != nil {
			t.Error(err)
		}
	}); got != 0 {
		t.Errorf("%v allocations, want 0", got)
	}
}
