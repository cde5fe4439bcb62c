package generate

import (
	"bytes"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/leverrpc/lever/cmd/lever/internal/generate/sample"
	"github.com/leverrpc/lever/cmd/lever/internal/generate/sample/plain"
	"github.com/leverrpc/lever/wire"
)

// twins are the structs of package sample and of package plain.
var twins = [][2]reflect.Type{
	twin[sample.Scalars, plain.Scalars](), twin[sample.Named, plain.Named](),
	twin[sample.Omitted, plain.Omitted](), twin[sample.Lists, plain.Lists](),
	twin[sample.Pointers, plain.Pointers](), twin[sample.Special, plain.Special](),
	twin[sample.Tree, plain.Tree](), twin[sample.Embedding, plain.Embedding](),
	twin[sample.Keys, plain.Keys](), twin[sample.Long, plain.Long](),
	twin[sample.Empty, plain.Empty](), twin[sample.Tiny, plain.Tiny](),
	twin[sample.Branch, plain.Branch](), twin[sample.Many, plain.Many](),
	twin[[]sample.Point, []plain.Point](), twin[map[string]sample.Tree, map[string]plain.Tree](),
	twin[struct{ In sample.Scalars }, struct{ In plain.Scalars }](),
}

func twin[A, B any]() [2]reflect.Type {
	return [2]reflect.Type{reflect.TypeFor[A](), reflect.TypeFor[B]()}
}

// agree compares what generated code and plans make of one value of a twin.
func agree(t *testing.T, pair [2]reflect.Type, seed uint64, faulty bool) {
	t.Helper()
	var out [2][]byte
	var text [2]string
	for side, typ := range pair {
		v := reflect.New(typ)
		f := newFiller(seed, faulty)
		f.fill(v.Elem())
		around := bytes.Repeat([]byte("head"), 200)
		room := 4 + f.IntN(len(around)-100)
		b, err := wire.Append(around[:4:room], v.Interface())
		if string(around[:4]) != "head" || strings.Trim(string(around[room:]), "head") != "" {
			t.Fatalf("%s, seed %d: wrote where it should not", pair[side], seed)
		}
		if out[side] = b; err != nil {
			text[side] = strings.ReplaceAll(err.Error(), "sample.", "plain.")
		}
	}
	if !bytes.Equal(out[0], out[1]) || text[0] != text[1] {
		t.Fatalf("%s, seed %d: generated code gives\n%x, %s\nand the plan\n%x, %s", pair[0], seed,
			out[0], text[0], out[1], text[1])
	}
	if !faulty && text[0] != "" {
		t.Fatalf("%s, seed %d: %s", pair[0], seed, text[0])
	}
}

func TestGeneratedCodeAgreesWithPlans(t *testing.T) {
	for seed := range uint64(600) {
		for _, pair := range twins {
			agree(t, pair, seed, seed%2 == 1)
		}
	}
}

func FuzzGeneratedCodeAgreesWithPlans(f *testing.F) {
	f.Add(uint8(0), uint64(0), false)
	f.Add(uint8(2), uint64(1), true)
	f.Fuzz(func(t *testing.T, pair uint8, seed uint64, faulty bool) {
		agree(t, twins[int(pair)%len(twins)], seed, faulty)
	})
}

// Plans must have been used for one side only.
func TestTwinsDifferInTheirMethods(t *testing.T) {
	generated := reflect.TypeFor[wire.Generated]()
	for _, pair := range twins {
		for pair[0].Kind() != reflect.Struct {
			pair[0], pair[1] = pair[0].Elem(), pair[1].Elem()
		}
		if pair[0].Name() == "" {
			continue
		}
		if !reflect.PointerTo(pair[0]).Implements(generated) ||
			reflect.PointerTo(pair[1]).Implements(generated) {
			t.Errorf("%s: got no methods, or %s has some", pair[0], pair[1])
		}
	}
}

func TestListsTooLongForAMessageEndAtOnce(t *testing.T) {
	if math.MaxInt == math.MaxInt32 {
		t.Skip("such a slice cannot be made")
	}
	n := uint64(1) << 32
	const want = "more elements than an encoded array can have"
	v := sample.Lists{Empty: make([]sample.Empty, n)}
	if _, err := wire.Append(nil, v); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want an error with %q", err, want)
	}
}

// deep is a tree that is so many levels deep: two containers each.
func deep(levels int) any { return deepAround(sample.Tree{}, levels) }

func deepAround(v sample.Tree, levels int) any {
	for range levels {
		v = sample.Tree{Kids: []sample.Tree{v}}
	}
	return v
}

func TestGeneratedCodeEndsWhereThePlanDoes(t *testing.T) {
	b, err := wire.Append(nil, deep(63))
	if err != nil || wire.Validate(b) != nil {
		t.Errorf("at the greatest depth: got %v, %v, want no error", err, wire.Validate(b))
	}
	const want = "nested deeper than 128"
	if _, err := wire.Append(nil, deep(64)); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("one deeper: got %v, want an error with %q", err, want)
	}
	loop := &sample.Tree{Kids: make([]sample.Tree, 3)}
	loop.Left, loop.Right, loop.Kids[1].Left = loop, loop, loop
	if _, err := wire.Append(nil, loop); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("a value that contains itself: got %v, want an error with %q", err, want)
	}
}
