package wire

import (
	"flag"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"
)

var floatCount = flag.Int("floats", 1_000_000, "random floats that are written and compared")

// floatText is what AppendFloatText promises, by package strconv.
func floatText(v float64) string {
	size := math.Abs(v)
	if v == math.Trunc(v) && size < exponentFrom {
		if v == 0 && math.Signbit(v) {
			return "-0"
		}
		return strconv.FormatInt(int64(v), 10)
	}
	if size < exponentFrom && size >= 1e-6 {
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return string(trimExponent([]byte(strconv.FormatFloat(v, 'e', -1, 64))))
}

// trimExponent turns e+21 and e-07 into e21 and e-7.
func trimExponent(text []byte) []byte {
	e := len(text) - 1
	for text[e] != 'e' {
		e--
	}
	n, err := strconv.Atoi(string(text[e+1:]))
	if err != nil {
		panic(err)
	}
	return strconv.AppendInt(text[:e+1], int64(n), 10)
}

func checkFloat(t *testing.T, v float64) {
	t.Helper()
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return
	}
	if got, want := string(AppendFloatText(nil, v)), floatText(v); got != want {
		t.Fatalf("%x: got %s, want %s", math.Float64bits(v), got, want)
	}
}

func TestFloatsAreWrittenAsStrconvDoes(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range *floatCount / 4 {
		checkFloat(t, math.Float64frombits(rng.Uint64()))
		checkFloat(t, rng.NormFloat64()*180)
		checkFloat(t, float64(rng.IntN(1e9))/math.Pow10(rng.IntN(12)))
		checkFloat(t, float64(math.Float32frombits(rng.Uint32())))
	}
}

func TestFloatsAtTheEdgesAreWrittenAsStrconvDoes(t *testing.T) {
	for e := -1074; e < 1024; e++ {
		near(t, math.Ldexp(1, e))
	}
	for e := -323; e <= 308; e++ {
		v, err := strconv.ParseFloat("1e"+strconv.Itoa(e), 64)
		if err != nil {
			t.Fatal(err)
		}
		near(t, v)
		near(t, 5*v)
	}
	for _, v := range []float64{0, math.SmallestNonzeroFloat64, math.MaxFloat64, exponentFrom, 1e-6,
		9007199254740993, 1e21, 1e22, 1e23, 5e-324, 2.2250738585072011e-308, 4.35, 0.3, 123456.789,
		9.5367431640625e-7, 0.1 + 0.2, math.MaxFloat32, 2.0 / 3} {
		near(t, v)
	}
}

// near checks a number and those around it, of either sign.
func near(t *testing.T, v float64) {
	t.Helper()
	for _, v := range []float64{v, math.Nextafter(v, 0), math.Nextafter(v, math.Inf(1))} {
		checkFloat(t, v)
		checkFloat(t, -v)
	}
}

func BenchmarkFloatText(b *testing.B) {
	rng := rand.New(rand.NewPCG(7, 8))
	var vs [1024]float64
	for i := range vs {
		vs[i] = rng.Float64()*360 - 180
	}
	var buf []byte
	for i := 0; b.Loop(); i++ {
		buf = AppendFloatText(buf[:0], vs[i%len(vs)])
	}
}
