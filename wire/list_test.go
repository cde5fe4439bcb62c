package wire

import (
	"reflect"
	"testing"
)

func TestAListIsReadInOrder(t *testing.T) {
	b, err := AppendList([]byte{9}, "ann", "bob", int64(500), nil, []byte{1})
	if err != nil {
		t.Fatal(err)
	}
	b = b[1:]
	everyCut(t, b)
	r, err := ReadList(b)
	if err != nil || r.Len() != 5 {
		t.Fatalf("ReadList = %d items, %v", r.Len(), err)
	}
	var got []any
	for item, ok := r.Next(); ok; item, ok = r.Next() {
		var v any
		if err := Unmarshal(item, &v); err != nil {
			t.Fatal(err)
		}
		got = append(got, v)
	}
	want := []any{"ann", "bob", int64(500), nil, []byte{1}}
	if r.Err() != nil || r.Len() != 0 || !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, %v, want %v", got, r.Err(), want)
	}
	for i := range b {
		if r, err := ReadList(b[:i]); err == nil {
			t.Errorf("cut to %d bytes: %d items", i, r.Len())
		}
	}
}

func TestAVectorIsAListToo(t *testing.T) {
	b := unhex(t, "d9 01 03 0100 feff 0001")
	r, err := ReadList(b)
	if err != nil || r.Len() != 3 {
		t.Fatalf("ReadList = %d items, %v", r.Len(), err)
	}
	for _, want := range []int64{1, -2, 256} {
		item, ok := r.Next()
		if got, n := ConsumeInt(item); !ok || got != want || n != len(item) {
			t.Errorf("got %d, %v, want %d", got, ok, want)
		}
	}
	if _, ok := r.Next(); ok || r.Err() != nil {
		t.Errorf("a fourth item, or %v", r.Err())
	}
}

func TestListsThatAreNoneAreRefused(t *testing.T) {
	for _, s := range []string{"", "d0", "90", "80 00", "81 02 0101 00", "d9 00 00", "43616263"} {
		if _, err := ReadList(unhex(t, s)); err == nil {
			t.Errorf("%q: accepted", s)
		}
	}
	for _, s := range []string{"82 03 01 42 61", "81 02 0101", "81 01 ff", "82 02 40 b0"} {
		r, err := ReadList(unhex(t, s))
		for err == nil {
			if _, ok := r.Next(); !ok {
				err = r.Err()
				break
			}
		}
		if err == nil {
			t.Errorf("%q: read to the end", s)
		}
	}
	if r, err := ReadList([]byte{tagArray}); err != nil || r.Len() != 0 || r.Err() != nil {
		t.Errorf("the empty list: %d, %v", r.Len(), err)
	}
	if b, err := AppendList(nil); err != nil || len(b) != 1 || b[0] != tagArray {
		t.Errorf("AppendList() = %x, %v", b, err)
	}
	if b, err := AppendList([]byte{1}, 1, func() {}); err == nil || len(b) != 1 {
		t.Errorf("AppendList of a function = %x, %v", b, err)
	}
}
