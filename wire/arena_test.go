package wire

import (
	"reflect"
	"testing"
)

func TestTypesThatShareAPlaceKeepTheirPieces(t *testing.T) {
	var all []*plan
	for k, typ := range []reflect.Type{reflect.TypeFor[*int64](), reflect.TypeFor[*string]()} {
		elem := &plan{op: scalarOp(typ.Elem()), typ: typ.Elem(), size: typ.Elem().Size()}
		all = append(all, &plan{op: opPointer, typ: typ, slot: uint32(3 + k*arenaSlots), elem: elem,
			list: reflect.SliceOf(typ.Elem())})
	}
	const each = 200
	var a arenas
	got := testing.AllocsPerRun(10, func() {
		a.reset()
		for range each {
			for _, p := range all {
				a.take(p, p.list, 1)
			}
		}
	})
	// The first of a message are made one by one, and pieces with pointers are not kept.
	if want := 40.0; got > want {
		t.Errorf("got %v allocations for %d values, want at most %v", got, 2*each, want)
	}
}

// With more types than places, what is lost is the rest of a piece and never a value.
func TestMoreTypesThanPlacesShareThem(t *testing.T) {
	type value = struct{ n int64 }
	var all []*plan
	for k := range 3 * arenaSlots {
		elem := &plan{op: opInt64, typ: reflect.TypeFor[int64](), size: 8}
		all = append(all, &plan{op: opPointer, slot: uint32(k), elem: elem})
	}
	var a arenas
	var made []*value
	for n := range 1000 {
		p := all[n*7%len(all)]
		v := (*value)(a.take(p, nil, 1))
		if v.n != 0 {
			t.Fatalf("value %d: got %d, want memory that nothing has", n, v.n)
		}
		v.n = int64(n) + 1
		made = append(made, v)
	}
	for n, v := range made {
		if v.n != int64(n)+1 {
			t.Fatalf("value %d: got %d, want %d", n, v.n, n+1)
		}
	}
}
