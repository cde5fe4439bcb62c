package wire

import (
	"bytes"
	"math"
	"strconv"
	"strings"
	"testing"
)

func TestIntegersTakeTheShortestForm(t *testing.T) {
	for _, tt := range []struct {
		value int64
		want  string
	}{
		{0, "00"}, {63, "3f"}, {64, "b040"}, {255, "b0ff"}, {256, "b10001"}, {65535, "b1ffff"},
		{65536, "b2000001"}, {1 << 24, "b300000001"}, {1 << 32, "b40000000001"},
		{1 << 40, "b5000000000001"}, {1 << 48, "b600000000000001"},
		{1 << 56, "b70000000000000001"}, {math.MaxInt64, "b7ffffffffffffff7f"},
		{-1, "c0"}, {-16, "cf"}, {-17, "b810"}, {-256, "b8ff"}, {-257, "b90001"},
		{-1 << 56, "beffffffffffffff"}, {math.MinInt64, "bfffffffffffffff7f"},
	} {
		got := AppendInt(nil, tt.value)
		if want := unhex(t, tt.want); !bytes.Equal(got, want) {
			t.Errorf("AppendInt(%d) = %x, want %s", tt.value, got, tt.want)
		}
		everyCut(t, got)
		if v, n := ConsumeInt(got); v != tt.value || n != len(got) {
			t.Errorf("ConsumeInt(%x) = %d, %d, want %d", got, v, n, tt.value)
		}
		for i := range got {
			if _, n := ConsumeInt(got[:i]); n != 0 {
				t.Errorf("ConsumeInt(%x) = %d, want 0: more needed", got[:i], n)
			}
		}
	}
	got := AppendUint(nil, math.MaxUint64)
	if v, n := ConsumeUint(got); v != math.MaxUint64 || n != 9 {
		t.Errorf("ConsumeUint(%x) = %d, %d", got, v, n)
	}
	if _, n := ConsumeInt(got); n != -1 {
		t.Errorf("ConsumeInt(%x) = %d, want -1: beyond int64", got, n)
	}
	if _, n := ConsumeUint(AppendInt(nil, -1)); n != -1 {
		t.Errorf("ConsumeUint(-1) = %d, want -1", n)
	}
}

func TestEveryBoundaryOfIntegersIsReadBack(t *testing.T) {
	for shift := range 64 {
		for _, d := range []int64{-2, -1, 0, 1, 2} {
			for _, v := range []int64{1<<shift + d, -1<<shift + d} {
				b := AppendInt(nil, v)
				if got, n := ConsumeInt(b); got != v || n != len(b) || Validate(b) != nil {
					t.Errorf("%d: %x is read as %d, %d, %v", v, b, got, n, Validate(b))
				}
			}
			u := uint64(1)<<shift + uint64(d)
			b := AppendUint(nil, u)
			if got, n := ConsumeUint(b); got != u || n != len(b) || Validate(b) != nil {
				t.Errorf("%d: %x is read as %d, %d, %v", u, b, got, n, Validate(b))
			}
		}
	}
}

func TestFloatsTakeFourBytesIfTheyLoseNothing(t *testing.T) {
	for _, tt := range []struct {
		value float64
		size  int
	}{
		{0, 5}, {math.Copysign(0, -1), 5}, {1.5, 5}, {-0.5, 5}, {0.1, 9}, {1 << 60, 5},
		{math.MaxFloat64, 9}, {math.MaxFloat32, 5}, {math.SmallestNonzeroFloat64, 9},
		{math.SmallestNonzeroFloat32, 5}, {1e300, 9}, {float64(float32(0.1)), 5},
	} {
		b := AppendFloat64(nil, tt.value)
		got, n := ConsumeFloat64(b)
		if math.Float64bits(got) != math.Float64bits(tt.value) || n != tt.size || len(b) != n {
			t.Errorf("%g: %x is read as %g, %d, want %d bytes", tt.value, b, got, n, tt.size)
		}
		everyCut(t, b)
	}
	for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		if b := AppendFloat64(nil, bad); Validate(b) == nil {
			t.Errorf("%g: %x is accepted", bad, b)
		}
		if b, err := Append(nil, bad); err == nil {
			t.Errorf("Append(%g) = %x, want an error", bad, b)
		}
	}
}

func TestStringsAndBytesOfEveryHeaderSize(t *testing.T) {
	for _, n := range []int{0, 1, 63, 64, 239, 240, 241, 2287, 2288, 65535, 65536, 70000} {
		s := strings.Repeat("x", n)
		b := AppendString(nil, s)
		if got, size := ConsumeString(b); string(got) != s || size != len(b) {
			t.Errorf("string of %d bytes: read %d of %d", n, size, len(b))
		}
		everyCut(t, b)
		b = AppendBytes(nil, []byte(s))
		if got, size := ConsumeBytes(b); string(got) != s || size != len(b) {
			t.Errorf("%d raw bytes: read %d of %d", n, size, len(b))
		}
		everyCut(t, b)
		for i := 0; i < min(len(b), 8); i++ {
			if _, size := ConsumeBytes(b[:i]); size != 0 {
				t.Errorf("%d raw bytes cut to %d: %d, want 0: more needed", n, i, size)
			}
		}
	}
	for _, bad := range []string{"\xff", "a\xc3", "12345678\x80", "\xed\xa0\x80"} {
		if _, n := ConsumeString(AppendString(nil, bad)); n != -1 {
			t.Errorf("ConsumeString(%q) = %d, want -1", bad, n)
		}
	}
}

func TestNumbersTakeTheFormThatTheirTextAsksFor(t *testing.T) {
	const big = "123456789012345678901234567890"
	for _, tt := range []struct {
		text string
		want any
	}{
		{"0", int64(0)}, {"-1", int64(-1)}, {"18446744073709551615", uint64(math.MaxUint64)},
		{"-9223372036854775808", int64(math.MinInt64)},
		{"-0", math.Copysign(0, -1)}, {"1.0", 1.0}, {"1e2", 100.0}, {"0.1", 0.1},
		{"18446744073709551616", 18446744073709551616.0},
		{"100000000000000000000", 1e20},
		{"100000000000000000000000", Number("100000000000000000000000")},
		{"1e23", 1e23}, {"-65.613616999999977", -65.613616999999977},
		{"18446744073709551617", Number("18446744073709551617")},
		{"-9223372036854775809", Number("-9223372036854775809")},
		{big, Number(big)}, {"1e400", Number("1e400")}, {"-1e-400", Number("-1e-400")},
		{"0e-400", 0.0}, {"3.14159265358979323846", Number("3.14159265358979323846")},
		{"0.5000000000000000000000000", 0.5},
		{"0.1000000000000000055511151231257827021181583404541015625", 0.1},
		{"0.1000000000000000055511151231257827021181583404541015626",
			Number("0.1000000000000000055511151231257827021181583404541015626")},
		{"1" + strings.Repeat("0", 400), Number("1" + strings.Repeat("0", 400))},
	} {
		b, err := AppendNumber(nil, Number(tt.text))
		if err != nil {
			t.Errorf("%s: %v", tt.text, err)
			continue
		}
		everyCut(t, b)
		var got any
		if err := Unmarshal(b, &got); err != nil || !same(got, tt.want) {
			t.Errorf("%s: %x is read as %v, %v, want %v", tt.text, b, got, err, tt.want)
		}
		text, n := ConsumeNumber(b)
		again, err := AppendNumber(nil, text)
		if n != len(b) || err != nil {
			t.Errorf("%s: ConsumeNumber = %q, %d, %v", tt.text, text, n, err)
		}
		var second any
		if err := Unmarshal(again, &second); err != nil || !sameNumber(got, second) {
			t.Errorf("%s: text %q is read as %v, %v, want %v", tt.text, text, second, err, got)
		}
	}
	for _, bad := range []string{"", "-", "01", "1.", ".5", "1e", "1e+", "+1", "0x1", "NaN", "1 ",
		" 1", "1_0", "--1", "1.e5", "Infinity"} {
		dst := []byte{7}
		if got, err := AppendNumber(dst, Number(bad)); err == nil || len(got) != 1 {
			t.Errorf("AppendNumber(%q) = %x, %v, want an error", bad, got, err)
		}
	}
}

// same compares scalars with the sign of zero.
func same(a, b any) bool {
	x, ok := a.(float64)
	y, also := b.(float64)
	if ok && also {
		return math.Float64bits(x) == math.Float64bits(y)
	}
	return a == b
}

// sameNumber compares values where an integral float may have become an integer.
func sameNumber(a, b any) bool {
	if f, ok := a.(float64); ok && !math.Signbit(f) || ok && f != 0 {
		if n, ok := b.(int64); ok {
			return float64(n) == f
		}
	}
	return same(a, b)
}

func TestFloatTextIsShortestAndReadBack(t *testing.T) {
	for _, tt := range []struct {
		value float64
		want  string
	}{
		{0, "0"}, {math.Copysign(0, -1), "-0"}, {1, "1"}, {-1.5, "-1.5"}, {1e15, "1000000000000000"},
		{1 << 53, "9.007199254740992e15"}, {1e21, "1e21"}, {1e-6, "0.000001"}, {1e-7, "1e-7"},
		{-1.25e-9, "-1.25e-9"}, {math.MaxFloat64, "1.7976931348623157e308"}, {5e-324, "5e-324"},
		{1152921504606846976, "1.152921504606847e18"}, {0.1, "0.1"}, {1e100, "1e100"},
	} {
		got := string(AppendFloatText(nil, tt.value))
		if got != tt.want {
			t.Errorf("%g is written %s, want %s", tt.value, got, tt.want)
		}
		if back, err := strconv.ParseFloat(got, 64); err != nil || !same(back, tt.value) {
			t.Errorf("%s is read as %g, want %g", got, back, tt.value)
		}
	}
}

func TestConsumersTellKindsApart(t *testing.T) {
	for _, b := range [][]byte{
		AppendNull(nil), AppendBool(nil, true), AppendString(nil, "x"), AppendBytes(nil, nil),
		AppendFloat64(nil, 0.5), AppendInt(nil, 5), {tagArray}, {tagObject}, {0xFF}, {0xE0, 0},
	} {
		got := 0
		for _, n := range []int{
			ConsumeNull(b), second(ConsumeBool(b)), second(ConsumeString(b)),
			second(ConsumeBytes(b)), second(ConsumeFloat64(b)), second(ConsumeInt(b)),
		} {
			switch n {
			case len(b):
				got++
			case -1:
			default:
				t.Errorf("% x: a consumer returns %d", b, n)
			}
		}
		if want := 1; got != want && b[0] != tagArray && b[0] != tagObject && b[0] < 0xE0 {
			t.Errorf("% x: %d consumers take it, want %d", b, got, want)
		}
	}
	if ConsumeNull(nil) != 0 || second(ConsumeBool(nil)) != 0 || second(ConsumeNumber(nil)) != 0 {
		t.Error("no bytes: want 0 from each")
	}
}

func second[T any](_ T, n int) int { return n }
