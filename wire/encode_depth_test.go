package wire

import (
	"strings"
	"testing"
)

type hollow struct{}

type hollowList struct {
	List []hollow `json:"list"`
}

// wrap puts v below n arrays.
func wrap(v any, n int) any {
	for range n {
		v = []any{v}
	}
	return v
}

func TestTheDeepestContainerIsTheOneThatReadersTake(t *testing.T) {
	for name, v := range map[string]any{
		"an array": []any{1}, "an empty array": []any{}, "an empty map": map[string]any{},
		"a map": map[string]any{"k": 1}, "a struct": inner{X: 1}, "a struct without fields": hollow{},
		"a struct without members": left{}, "no strings": []string{}, "strings": []string{"a"},
		"no integers": []int{}, "one integer": []int{1}, "a vector": []int{1, 2}, "floats": []float64{1, 2},
		"an empty Go array": [0]int{}, "a typed map": map[int]int{1: 2}, "an empty typed map": map[int]int{},
		"texts": map[string]string{"a": "b"}, "no texts": map[string]string{},
	} {
		deepest, err := Append(nil, wrap(v, MaxDepth-1))
		if err != nil {
			t.Errorf("%s below %d arrays: %v", name, MaxDepth-1, err)
		} else if err := Validate(deepest); err != nil {
			t.Errorf("%s below %d arrays is written and then refused: %v", name, MaxDepth-1, err)
		}
		dst := []byte("head")
		got, err := Append(dst, wrap(v, MaxDepth))
		if err == nil || !strings.Contains(err.Error(), "nested deeper than 128") ||
			string(got) != "head" {
			t.Errorf("%s below %d arrays: got %d bytes, %v, want an error", name, MaxDepth,
				len(got), err)
		}
	}
	v := wrap(hollowList{List: []hollow{}}, MaxDepth-1)
	if _, err := Append(nil, v); err == nil {
		t.Error("an empty slice in the deepest struct is written")
	}
	if _, err := Append(nil, wrap(hollowList{}, MaxDepth-1)); err != nil {
		t.Errorf("null in the deepest struct: %v", err)
	}
	if _, err := Append(nil, wrap([][]float64{{1, 2}}, MaxDepth-1)); err == nil {
		t.Error("a vector in the deepest slice is written")
	}
}
