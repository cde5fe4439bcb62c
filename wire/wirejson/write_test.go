package wirejson

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/leverrpc/lever/wire"
)

func TestWireBecomesTheShortestText(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"1.0", "1"}, {"1E2", "100"}, {"-0.0", "-0"}, {"0.10", "0.1"}, {"1e-7", "1e-7"},
		{"100000000000000000000", "1e20"}, {"9007199254740993", "9007199254740993"},
		{"9007199254740992.0", "9.007199254740992e15"}, {"1e400", "1e400"},
		{"3.14159265358979323846", "3.14159265358979323846"},
		{`"\u0041\/\u00e4\u0001\u001f\b\f\n\r\t\u007f"`, `"A/ä\u0001\u001f\b\f\n\r\t` + "\x7f\""},
		{`"<&>\u2028"`, "\"<&>\u2028\""}, {"[ 1 , 2 ]", "[1,2]"}, {`{"b":1,"a":2}`, `{"b":1,"a":2}`},
		{`{"$bytes":"AP8="}`, `{"$bytes":"AP8="}`}, {"[[],{}]", "[[],{}]"},
		{"[-1,-16,-17,-300,63,64,300]", "[-1,-16,-17,-300,63,64,300]"},
	} {
		got, err := AppendJSON([]byte("head"), mustRead(t, tt.text), Options{})
		if err != nil || string(got) != "head"+tt.want {
			t.Errorf("%s becomes %s, %v, want %s", tt.text, got, err, tt.want)
		}
	}
}

func TestVectorsAreArraysInText(t *testing.T) {
	b, err := wire.Append(nil, []any{[]float64{0.1, -2.5}, []int{1, -2, 3000}, []float32{1.5, 2}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := AppendJSON(nil, b, Options{})
	if want := "[[0.1,-2.5],[1,-2,3000],[1.5,2]]"; err != nil || string(got) != want {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}

func TestIndentationIsThatOfEncodingJSON(t *testing.T) {
	text := `{"a":[1,[],{},{"b":null}],"c":"x"}`
	var want bytes.Buffer
	if err := json.Indent(&want, []byte(text), "", "\t"); err != nil {
		t.Fatal(err)
	}
	got, err := AppendJSON(nil, mustRead(t, text), Options{Indent: "\t"})
	if err != nil || string(got) != want.String() {
		t.Errorf("got %s, %v, want %s", got, err, want.String())
	}
}

func TestEscapeHTMLIsThatOfEncodingJSON(t *testing.T) {
	text := "<a href=\"x\">&\u2028\u2029\u2030é\u00e2</a>"
	want, _ := json.Marshal(text)
	b, _ := wire.Append(nil, text)
	got, err := AppendJSON(nil, b, Options{EscapeHTML: true})
	if err != nil || string(got) != string(want) {
		t.Errorf("got %s, %v, want %s", got, err, want)
	}
}

func TestOutputHasABudget(t *testing.T) {
	text := `["abcdefghij",{"k":[1,2,3]}]`
	b := mustRead(t, text)
	for n := range len(text) + 2 {
		got, err := AppendJSON([]byte("head"), b, Options{MaxOutput: n})
		if fits := n >= len(text) || n == 0; fits != (err == nil) {
			t.Errorf("MaxOutput %d: %v", n, err)
		} else if err != nil && (!errors.Is(err, ErrOutput) || string(got) != "head") {
			t.Errorf("MaxOutput %d: %q, %v", n, got, err)
		}
	}
	if _, err := AppendJSON(nil, b, Options{MaxOutput: -1}); err != nil {
		t.Errorf("no limit: %v", err)
	}
	deep := mustRead(t, strings.Repeat("[", 127)+"["+strings.Repeat("0,", 100_000)+"0]"+
		strings.Repeat("]", 127))
	got, err := AppendJSON(nil, deep, Options{Indent: strings.Repeat(" ", 40), MaxOutput: 1 << 20})
	if !errors.Is(err, ErrOutput) || cap(got) > 4<<20 {
		t.Errorf("deep indentation: %d bytes, %v", cap(got), err)
	}
}

func TestALongTextIsNotWrittenBeyondTheBudget(t *testing.T) {
	for _, v := range []any{strings.Repeat("\x01", 1<<20), make([]byte, 1<<20)} {
		b, err := wire.Append(nil, v)
		if err != nil {
			t.Fatal(err)
		}
		dst := make([]byte, 0, 64)
		got, err := AppendJSON(dst, b, Options{MaxOutput: 1000})
		if !errors.Is(err, ErrOutput) || cap(got) != cap(dst) {
			t.Errorf("%T: %d bytes, %v, want nothing", v, cap(got), err)
		}
		if got := testing.AllocsPerRun(5, func() { AppendJSON(dst, b, Options{MaxOutput: 1000}) }); got > 0 {
			t.Errorf("%T: %v allocations, want 0", v, got)
		}
	}
}

func TestWhatHasNoTextIsRefused(t *testing.T) {
	b, err := wire.Append(nil, []any{1, map[string]any{"$bytes": "AP8="}})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := AppendJSON(nil, b, Options{}); err == nil || !strings.Contains(err.Error(),
		"$bytes") {
		t.Errorf("an object with the sole key $bytes: %s, %v", got, err)
	}
	for i := range b {
		if got, err := AppendJSON(nil, b[:i], Options{}); err == nil {
			t.Errorf("cut to %d bytes: %s", i, got)
		}
	}
	var fault *wire.Error
	if _, err := AppendJSON(nil, []byte{0xFF}, Options{}); !errors.As(err, &fault) {
		t.Errorf("an invalid tag: %v", err)
	}
}

// random makes a value of all kinds of JSON.
func random(rng *rand.Rand, depth int) any {
	switch n := rng.IntN(12); {
	case depth > 0 && n < 3:
		m := map[string]any{}
		for range rng.IntN(20) {
			m[randomText(rng)] = random(rng, depth-1)
		}
		return m
	case depth > 0 && n < 6:
		s := make([]any, rng.IntN(20))
		for i := range s {
			s[i] = random(rng, depth-1)
		}
		return s
	case n < 8:
		return randomText(rng)
	case n == 8:
		return rng.NormFloat64() * float64(uint64(1)<<rng.IntN(64))
	case n == 9:
		return int64(rng.Uint64()) >> rng.IntN(64)
	case n == 10:
		return rng.IntN(2) == 0
	}
	return nil
}

func randomText(rng *rand.Rand) string {
	runes := []rune{'a', 'b', '"', '\\', '\n', 0, 'ä', '€', '😀', '<', 0x2028, 0x7F, ' ', '/', 'z'}
	s := make([]rune, rng.IntN(1<<rng.IntN(8)))
	for i := range s {
		s[i] = runes[rng.IntN(len(runes))]
	}
	return string(s)
}

func TestTextOfEncodingJSONComesBackEqual(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 100 {
		v := random(rng, 4)
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		b := mustRead(t, string(text))
		back, err := AppendJSON(nil, b, Options{})
		if err != nil {
			t.Fatalf("%.500s: %v", text, err)
		}
		if !equalText(t, text, back) {
			t.Fatalf("%.500s\ncomes back as\n%.500s", text, back)
		}
		again := mustRead(t, string(back))
		third, err := AppendJSON(nil, again, Options{})
		if err != nil || string(third) != string(back) {
			t.Fatalf("%.500s\nis not stable: %v\n%.500s", back, err, third)
		}
	}
}

// equalText compares by encoding/json, with numbers as they are read by it.
func equalText(t testing.TB, a, b []byte) bool {
	t.Helper()
	var x, y any
	if json.Unmarshal(a, &x) != nil || json.Unmarshal(b, &y) != nil {
		return false
	}
	p, _ := json.Marshal(x)
	q, _ := json.Marshal(y)
	return bytes.Equal(p, q)
}
