package generate

import (
	"encoding/json"
	"math"
	"math/big"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"strings"
	"time"

	"github.com/leverrpc/lever/wire"
)

// filler makes random values. Two that have the same source make the same value of two types that
// have the same fields. Maps have one member at most, so that their bytes are always the same.
type filler struct {
	*rand.Rand
	faulty bool // now and then something that cannot be written
	left   int  // of the value's size
}

func newFiller(seed uint64, faulty bool) *filler {
	return &filler{Rand: rand.New(rand.NewPCG(seed, 1)), faulty: faulty, left: 200}
}

// fill sets v to something.
func (f *filler) fill(v reflect.Value) {
	if f.left--; f.left < 0 || f.IntN(6) == 0 || f.special(v) {
		return
	}
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(f.IntN(2) == 0)
	case reflect.String:
		v.SetString(f.text())
	case reflect.Float32, reflect.Float64:
		v.SetFloat(f.float())
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		f.fill(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), f.IntN(4), 4))
		f.items(v)
	case reflect.Array:
		f.items(v)
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		key, elem := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		f.fill(key)
		f.fill(elem)
		v.SetMapIndex(key, elem)
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				f.fill(v.Field(i))
			}
		}
	case reflect.Interface:
		if v.NumMethod() == 0 {
			v.Set(f.anything())
		}
	default:
		f.integer(v)
	}
}

func (f *filler) items(v reflect.Value) {
	for i := range v.Len() {
		f.fill(v.Index(i))
	}
}

func (f *filler) integer(v reflect.Value) {
	n := f.Uint64() >> f.IntN(64)
	switch {
	case v.CanUint():
		v.SetUint(n & (1<<v.Type().Bits() - 1))
	case f.IntN(2) == 0:
		v.SetInt(int64(n>>(64-v.Type().Bits())) >> f.IntN(8))
	default:
		v.SetInt(^int64(n >> (65 - v.Type().Bits())))
	}
}

func (f *filler) text() string {
	s := strings.Repeat("x", f.IntN(1+1<<f.IntN(10)))
	switch f.IntN(8) {
	case 0:
		return s + "größe"
	case 1:
		return s + "日本語"
	case 2:
		if f.faulty && f.IntN(10) == 0 {
			return s + "\xff"
		}
	}
	return s
}

func (f *filler) float() float64 {
	if f.faulty && f.IntN(50) == 0 {
		return math.NaN()
	}
	return []float64{0.5, math.Copysign(0, -1), 0.1, -3, 1e30}[f.IntN(5)]
}

// special sets what is not what its kind says.
func (f *filler) special(v reflect.Value) bool {
	var to any
	switch v.Interface().(type) {
	case time.Time:
		to = time.Unix(f.Int64N(1<<33), f.Int64N(1e9)).UTC()
	case netip.Addr:
		to = netip.AddrFrom4([4]byte{1, 2, 3, byte(f.Uint64())})
	case big.Int:
		to = *new(big.Int).Lsh(big.NewInt(7), uint(f.IntN(100)))
	case wire.Number:
		to = wire.Number("1e400")
	case json.Number:
		to = json.Number("-12.5")
	case wire.Raw:
		raw := wire.Raw{0x82, 0x02, 0x01, 0xD0}
		if f.faulty && f.IntN(20) == 0 {
			raw = raw[:3]
		}
		to = raw
	default:
		return false
	}
	v.Set(reflect.ValueOf(to))
	return true
}

func (f *filler) anything() reflect.Value {
	all := []any{1, "text", []any{0.5, nil}, map[string]any{"a": []int{1}}, struct{ B bool }{true}}
	if f.faulty && f.IntN(10) == 0 {
		return reflect.ValueOf(make(chan int))
	}
	return reflect.ValueOf(all[f.IntN(len(all))])
}
