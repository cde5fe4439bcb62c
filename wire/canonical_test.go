package wire

import (
	"math/rand/v2"
	"strings"
	"testing"
)

func TestCanonicalFormOfEachKind(t *testing.T) {
	for _, tt := range []struct{ name, hex, want string }{
		{"an integer", "b040", "b040"}, {"a string", "4161", "4161"}, {"bytes", "d80101", "d80101"},
		{"null", "d0", "d0"}, {"an empty array", "80", "80"}, {"an empty object", "90", "90"},
		{"a float that is an integer", "d4 0000803f", "01"},
		{"a negative float that is an integer", "d4 000080bf", "c0"},
		{"a float zero", "d4 00000000", "00"}, {"minus zero", "d4 00000080", "d400000080"},
		{"a fraction", "d4 0000c03f", "d40000c03f"},
		{"2^53-1 as a float", "d5 ffffffffffff3f43", "b6ffffffffffff1f"},
		{"2^53 as a float", "d4 0000005a", "d40000005a"},
		{"keys in another order", "92 07 0162 01 026161 02", "92 07 026161 02 0162 01"},
		{"a vector of integers", "d9 01 02 01000001", "82 04 01 b10001"},
		{"a vector of floats", "d9 04 02 0000803f0000c03f", "82 06 01 d40000c03f"},
		{"a literal", "d6 05 3165343030", "d6 05 3165343030"},
		{"a literal with a capital E and zeros", "d6 09 31302e30452b333939", "d6053165343030"},
	} {
		in := unhex(t, tt.hex)
		got, err := AppendCanonical([]byte{9}, in)
		if err != nil || string(got[1:]) != string(unhex(t, tt.want)) {
			t.Errorf("%s: got %x, %v, want %s", tt.name, got[1:], err, tt.want)
			continue
		}
		if again, err := AppendCanonical(nil, got[1:]); err != nil || string(again) != string(got[1:]) {
			t.Errorf("%s: canonical form of %x is %x, %v", tt.name, got[1:], again, err)
		}
		if !Equal(in, got[1:]) {
			t.Errorf("%s: not equal to its canonical form", tt.name)
		}
	}
}

func TestLiteralsOfOneNumberHaveOneForm(t *testing.T) {
	zeros := strings.Repeat("0", 400)
	for _, group := range [][]string{
		{"1e400", "10e399", "0.1e401", "1E+400", "1" + zeros, "1.000e400"},
		{"-12.5e-500", "-125e-501", "-1.25e-499"},
		{"100000000000000000000001", "100000000000000000000001.0", "1.00000000000000000000001e23"},
		{"1e99999999999999999999999", "10e99999999999999999999998"},
		{"100000000000000000000000"},
	} {
		var first []byte
		for i, text := range group {
			b, err := AppendNumber(nil, Number(text))
			if err != nil || kindOf(b[0]) != Literal {
				t.Fatalf("%s: %x, %v", text, b, err)
			}
			got, err := AppendCanonical(nil, b)
			if err != nil || Validate(got) != nil {
				t.Errorf("%s: %s, %v, %v", text, got, err, Validate(got))
			}
			if i == 0 {
				first = got
			} else if string(got) != string(first) {
				t.Errorf("%s: %q, want %q", text, got, first)
			}
		}
	}
}

func TestEqualIgnoresFormAndNothingElse(t *testing.T) {
	typed, err := Append(nil, struct {
		F []float64      `json:"f"`
		M map[string]any `json:"m"`
	}{[]float64{1, 2.5}, map[string]any{"x": 1.0, "y": -0.5}})
	if err != nil {
		t.Fatal(err)
	}
	dynamic, err := Append(nil, map[string]any{
		"m": map[string]any{"y": -0.5, "x": 1}, "f": []any{1, 2.5},
	})
	if err != nil {
		t.Fatal(err)
	}
	if !Equal(typed, dynamic) {
		t.Errorf("%x and %x are not equal", typed, dynamic)
	}
	if Equal(typed, typed[:len(typed)-1]) || Equal([]byte{0xFF}, []byte{0xFF}) || Equal(nil, nil) {
		t.Error("an invalid value is equal to something")
	}
	for _, pair := range [][2]string{
		{"00", "d400000080"}, {"01", "d2"}, {"4131", "d80131"}, {"80", "90"}, {"d0", "d1"},
		{"82020102", "82020201"},
	} {
		if Equal(unhex(t, pair[0]), unhex(t, pair[1])) {
			t.Errorf("%s and %s are equal", pair[0], pair[1])
		}
	}
	if got, err := AppendCanonical([]byte{1}, []byte{0xFF}); err == nil || len(got) != 1 {
		t.Errorf("canonical form of an invalid value: %x, %v", got, err)
	}
}

func TestCanonicalFormDoesNotDependOnMapOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 40 {
		v := randomTree(rng, 4)
		a, err := Append(nil, v)
		if err != nil {
			t.Fatal(err)
		}
		b, err := Append(nil, v)
		if err != nil {
			t.Fatal(err)
		}
		if !Equal(a, b) {
			t.Fatalf("%x and %x are not equal", a, b)
		}
	}
}

// randomTree makes a value of every kind that decodes to any as itself.
func randomTree(rng *rand.Rand, depth int) any {
	switch n := rng.IntN(14); {
	case depth > 0 && n < 3:
		m := map[string]any{}
		for range rng.IntN(40) {
			m[strings.Repeat("k", rng.IntN(40))+string(rune('a'+rng.IntN(26)))] =
				randomTree(rng, depth-1)
		}
		return m
	case depth > 0 && n < 6:
		s := make([]any, rng.IntN(30))
		for i := range s {
			s[i] = randomTree(rng, depth-1)
		}
		return s
	case n < 8:
		return strings.Repeat("ä", rng.IntN(1<<rng.IntN(9)))
	case n == 8:
		return rng.NormFloat64()
	case n == 9:
		return int64(rng.Uint64()) >> rng.IntN(64)
	case n == 10:
		return rng.Uint64() | 1<<63
	case n == 11:
		return make([]byte, rng.IntN(300))
	case n == 12:
		return Number("1e" + strings.Repeat("9", 3+rng.IntN(5)))
	}
	return rng.IntN(2) == 0
}
