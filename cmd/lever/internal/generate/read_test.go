package generate

import (
	"bytes"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"github.com/leverrpc/lever/cmd/lever/internal/generate/sample"
	"github.com/leverrpc/lever/cmd/lever/internal/generate/sample/plain"
	"github.com/leverrpc/lever/wire"
)

// agreeReading compares what generated code and plans make of the same bytes, in memory that may
// have had another value before.
func agreeReading(t *testing.T, pair [2]reflect.Type, b []byte, used uint64, o wire.UnmarshalOptions) {
	t.Helper()
	var got [2]reflect.Value
	var text [2]string
	for side, typ := range pair {
		v := reflect.New(typ)
		if used > 0 {
			newFiller(used, false).fill(v.Elem())
		}
		if err := o.Unmarshal(bytes.Clone(b), v.Interface()); err != nil {
			text[side] = strings.ReplaceAll(err.Error(), "sample.", "plain.")
		}
		got[side] = v.Elem()
	}
	if text[0] != text[1] {
		t.Fatalf("%s, used %d, %+v: generated code gives\n%s\nand the plan\n%s\nfor\n%s", pair[0], used, o,
			text[0], text[1], wire.Explain(b, 0))
	}
	if path := difference(got[0], got[1]); text[0] == "" && path != "" {
		t.Fatalf("%s, used %d, %+v: generated code and the plan read another %s of\n%s", pair[0], used, o,
			path, wire.Explain(b, 0))
	}
}

// difference names the first place where two values of twin types are not the same; empty if they
// are.
func difference(x, y reflect.Value) string {
	if x.IsValid() != y.IsValid() || x.IsValid() && x.Kind() != y.Kind() {
		return "(kind)"
	}
	switch x.Kind() {
	case reflect.Invalid:
		return ""
	case reflect.Struct:
		if strings.Contains(x.Type().PkgPath(), "/sample") || x.Type().Name() == "" {
			for i := range x.NumField() {
				if d := difference(x.Field(i), y.Field(i)); d != "" {
					return "." + x.Type().Field(i).Name + d
				}
			}
			return ""
		}
	case reflect.Slice, reflect.Array:
		if x.Kind() == reflect.Slice && x.IsNil() != y.IsNil() || x.Len() != y.Len() {
			return "(length)"
		}
		for i := range x.Len() {
			if d := difference(x.Index(i), y.Index(i)); d != "" {
				return "[]" + d
			}
		}
		return ""
	case reflect.Map:
		if x.IsNil() != y.IsNil() || x.Len() != y.Len() {
			return "(length)"
		}
		for _, k := range x.MapKeys() {
			if d := difference(x.MapIndex(k), y.MapIndex(k.Convert(y.Type().Key()))); d != "" {
				return "[" + k.String() + "]" + d
			}
		}
		return ""
	case reflect.Pointer, reflect.Interface:
		return difference(x.Elem(), y.Elem())
	case reflect.String:
		if x.String() == y.String() {
			return ""
		}
	case reflect.Float32, reflect.Float64:
		if x.Float() == y.Float() {
			return ""
		}
	}
	if x.CanInterface() && reflect.DeepEqual(x.Interface(), y.Interface()) || x.Comparable() &&
		x.CanConvert(y.Type()) && x.Convert(y.Type()).Equal(y) {
		return ""
	}
	if !x.CanInterface() {
		return "" // not exported, and never set
	}
	return "(value)"
}

// readBySeed compares readings of a random value of a twin, of the same disturbed, and of that with a
// byte changed or cut off.
func readBySeed(t *testing.T, pair [2]reflect.Type, seed uint64) {
	t.Helper()
	v := reflect.New(pair[1])
	f := newFiller(seed, false)
	f.fill(v.Elem())
	b, err := wire.Append(nil, v.Interface())
	if err != nil {
		t.Fatal(err)
	}
	r := rand.New(rand.NewPCG(seed, 2))
	o := wire.UnmarshalOptions{RefuseUnknown: seed%3 == 0, OneText: seed%5 == 0}
	used := seed % 4 * seed // in one of four: none
	agreeReading(t, pair, b, used, o)
	for range 4 {
		d := disturber{r, 1 + r.IntN(30)}
		other := d.value(nil, wire.Parse(b))
		agreeReading(t, pair, other, used, o)
		agreeReading(t, pair, other[:r.IntN(len(other)+1)], used, o)
		other[r.IntN(len(other))] ^= 1 << r.IntN(8)
		agreeReading(t, pair, other, used, o)
	}
}

func TestGeneratedCodeReadsAsPlansDo(t *testing.T) {
	for seed := range uint64(100) {
		for _, pair := range twins {
			readBySeed(t, pair, seed)
		}
	}
}

func FuzzGeneratedCodeReadsAsPlansDo(f *testing.F) {
	for k := range twins {
		v := reflect.New(twins[k][1])
		newFiller(uint64(k), false).fill(v.Elem())
		if b, err := wire.Append(nil, v.Interface()); err == nil {
			f.Add(uint8(k), uint64(k), b, k%2 == 0, k%3 == 0)
		}
	}
	f.Fuzz(func(t *testing.T, pair uint8, used uint64, b []byte, refuse, one bool) {
		agreeReading(t, twins[int(pair)%len(twins)], b, used,
			wire.UnmarshalOptions{RefuseUnknown: refuse, OneText: one})
	})
}

// Every object ends where another may stand in it, or in the middle of a key.
func TestGeneratedCodeEndsObjectsAsPlansDo(t *testing.T) {
	for k, pair := range twins {
		for seed := range uint64(8) {
			v := reflect.New(pair[1])
			newFiller(seed*101+uint64(k), false).fill(v.Elem())
			b, err := wire.Append(nil, v.Interface())
			if err != nil {
				t.Fatal(err)
			}
			for i := range min(len(b), 4) {
				kept := b[i]
				for size := range 256 {
					b[i] = byte(size)
					agreeReading(t, pair, b, 0, wire.UnmarshalOptions{})
				}
				b[i] = kept
			}
		}
	}
}

// Every message is cut off everywhere, and every byte of it changed.
func TestGeneratedCodeRefusesWhatPlansDo(t *testing.T) {
	for k, pair := range twins {
		v := reflect.New(pair[1])
		newFiller(uint64(k)+3, false).fill(v.Elem())
		b, err := wire.Append(nil, v.Interface())
		if err != nil {
			t.Fatal(err)
		}
		b = b[:min(len(b), 600)]
		for i := range b {
			agreeReading(t, pair, b[:i], 0, wire.UnmarshalOptions{})
			for _, flip := range []byte{1, 0x10, 0x40, 0x80} {
				b[i] ^= flip
				agreeReading(t, pair, b, 0, wire.UnmarshalOptions{})
				b[i] ^= flip
			}
		}
	}
}

func TestGeneratedCodeReadsAsDeepAsThePlanDoes(t *testing.T) {
	tree := [2]reflect.Type{reflect.TypeFor[sample.Tree](), reflect.TypeFor[plain.Tree]()}
	b, err := wire.Append(nil, deep(63))
	listed, listedErr := wire.Append(nil, deepAround(sample.Tree{Kids: []sample.Tree{}}, 63))
	if err != nil || listedErr != nil {
		t.Fatal(err, listedErr)
	}
	in := func(key string, value []byte) []byte {
		return container(nil, 0x90, 1, append(encodedKeyOf(key), value...))
	}
	list := func(value []byte) []byte { return container(nil, 0x80, 1, value) }
	for name, b := range map[string][]byte{
		"127 containers": b, "128 containers": in("left", b), "129, the last a list": in("kids", list(b)),
		"129, the last an object": in("left", in("left", b)), "128 in a bud": in("bud", b),
		"128, the last an empty list": listed, "129, the last an empty list": in("left", listed),
	} {
		agreeReading(t, tree, b, 0, wire.UnmarshalOptions{})
		got, want := readItem[sample.Tree](t, b), readItem[plain.Tree](t, b)
		if got != want || (want == "") != (name == "127 containers") {
			t.Errorf("%s, as an item: got %q, want %q", name, got, want)
		}
	}
}

func TestGeneratedCodeReadsListsAsDeepAsThePlanDoes(t *testing.T) {
	branch := [2]reflect.Type{reflect.TypeFor[sample.Branch](), reflect.TypeFor[plain.Branch]()}
	for _, leaves := range [][]string{nil, {}, {"leaf"}} {
		v := plain.Branch{Leaves: leaves}
		for range 63 {
			v = plain.Branch{Twigs: []plain.Branch{v}}
		}
		b, err := wire.Append(nil, v)
		if err != nil {
			t.Fatal(err)
		}
		agreeReading(t, branch, b, 0, wire.UnmarshalOptions{})
		got, want := readItem[sample.Branch](t, b), readItem[plain.Branch](t, b)
		if got != want || (want == "") != (leaves == nil) {
			t.Errorf("%d leaves, as an item: got %q, want %q", len(leaves), got, want)
		}
	}
}

// readItem reads a value that stands below one container, and gives the error.
func readItem[T any](t *testing.T, b []byte) string {
	codec, err := wire.CodecFor[T]()
	if err != nil {
		t.Fatal(err)
	}
	if err := codec.UnmarshalItem(b, new(T)); err != nil {
		return err.Error()
	}
	return ""
}
