package wire

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

func TestUnknownMembersAreRefusedWhereThatIsAsked(t *testing.T) {
	type item struct {
		A int            `json:"a"`
		M map[string]any `json:"m"`
	}
	type page struct {
		Items []item `json:"items"`
		Any   any    `json:"any"`
	}
	strict := UnmarshalOptions{RefuseUnknown: true}
	for _, tt := range []struct {
		name  string
		value any
		want  string
	}{
		{"all are known", map[string]any{"items": []any{map[string]any{"a": 1}}}, ""},
		{"members of maps and any", map[string]any{"any": map[string]any{"x": 1},
			"items": []any{map[string]any{"m": map[string]any{"x": 1}}}}, ""},
		{"at the top", map[string]any{"x": 1}, `found the key "x", want one that Go wire.page has`},
		{"inside", map[string]any{"items": []any{map[string]any{}, map[string]any{"b": 1}}},
			`items[1]: found the key "b", want one that Go wire.item has`},
		{"another case", map[string]any{"Items": nil}, `found the key "Items"`},
	} {
		b := mustAppend(t, tt.value)
		var v page
		err := strict.Unmarshal(b, &v)
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %s", tt.name, err, tt.want)
		}
		codec, codecErr := CodecFor[page]()
		if codecErr != nil {
			t.Fatal(codecErr)
		}
		if got := codec.With(strict).Unmarshal(b, &v); fmt.Sprint(got) != fmt.Sprint(err) {
			t.Errorf("%s: the codec says %v", tt.name, got)
		}
		if err := codec.Unmarshal(b, &v); err != nil {
			t.Errorf("%s: refused without the option: %v", tt.name, err)
		}
	}
}

func TestOneTextReadsTheSameAndSharesNothingWithTheInput(t *testing.T) {
	one := UnmarshalOptions{OneText: true}
	want := leaves(300)
	want[3].Name, want[4].Name = strings.Repeat("långt ", 1000), "日本語"
	b := mustAppend(t, want)
	var got []leaf
	if err := one.Unmarshal(b, &got); err != nil {
		t.Fatal(err)
	}
	var tree any
	if err := one.Unmarshal(b, &tree); err != nil {
		t.Fatal(err)
	}
	clean := append([]byte{}, b...)
	clear(b)
	if !reflect.DeepEqual(got, want) {
		t.Error("what was decoded is not what was encoded")
	}
	var plain any
	if err := Unmarshal(clean, &plain); err != nil || !reflect.DeepEqual(tree, plain) {
		t.Errorf("any is read differently: %v", err)
	}
}

func TestOneTextChecksEveryString(t *testing.T) {
	one := UnmarshalOptions{OneText: true}
	for _, text := range []string{"\xff", "a\xc3", "\xed\xa0\x80", strings.Repeat("a", 70) + "\x80"} {
		b := AppendBytes([]byte{tagArray | 2, 0}, []byte(text))
		b = append(append(b[:2], 0x41, 'x'), str(text)...)
		b[1] = byte(len(b) - 2)
		var v []string
		if err := one.Unmarshal(b, &v); err == nil || !strings.Contains(err.Error(), "not UTF-8") {
			t.Errorf("%q: got %v", text, err)
		}
	}
}

// str encodes a string without a look at it.
func str(s string) []byte {
	if len(s) <= shortTextMax {
		return append([]byte{tagText + byte(len(s))}, s...)
	}
	return append(appendVarint([]byte{tagLongText}, len(s)), s...)
}
