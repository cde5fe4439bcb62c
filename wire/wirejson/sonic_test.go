//go:build amd64 || arm64

package wirejson

import (
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/bytedance/sonic"
	"github.com/bytedance/sonic/ast"

	"github.com/leverrpc/lever/wire"
)

// sonic is not behind this package: it is the peer that the scanner is compared with, for results
// in the tests and for speed in the benchmarks.

func TestSonicReadsTheSameTree(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	for range 60 {
		text, err := json.Marshal(random(rng, 4))
		if err != nil {
			t.Fatal(err)
		}
		var got, want any
		if err := wire.Unmarshal(mustRead(t, string(text)), &got); err != nil {
			t.Fatal(err)
		}
		if err := sonic.Unmarshal(text, &want); err != nil {
			t.Fatal(err)
		}
		if !reflect.DeepEqual(loose(got), loose(want)) {
			t.Fatalf("%.500s\n got %.500v\nwant %.500v", text, got, want)
		}
	}
}

// loose turns all numbers into float64, as sonic has them.
func loose(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = loose(v[k])
		}
	case []any:
		for i := range v {
			v[i] = loose(v[i])
		}
	case int64:
		return float64(v)
	case uint64:
		return float64(v)
	case wire.Number: // large floats that encoding/json wrote without an exponent
		f, _ := strconv.ParseFloat(string(v), 64)
		return f
	}
	return v
}

// sample is a text of about 10 KB with all kinds of values.
func sample() []byte {
	item := `{"id":505874924095815681,"text":"@aym0566x \n\n名前:前田あゆみ","lang":"ja","ratio":0.12345,` +
		`"user":{"name":"AYUMI","followers":262,"verified":false,"url":null,"tags":["a","b"]}}`
	return []byte("[" + strings.Repeat(item+",", 50) + item + "]")
}

// visitor does nothing: what Preorder costs before anything is written.
type visitor struct{ depth int }

func (v *visitor) OnNull() error                        { return nil }
func (v *visitor) OnBool(bool) error                    { return nil }
func (v *visitor) OnString(string) error                { return nil }
func (v *visitor) OnInt64(int64, json.Number) error     { return nil }
func (v *visitor) OnFloat64(float64, json.Number) error { return nil }
func (v *visitor) OnObjectBegin(int) error              { return nil }
func (v *visitor) OnObjectKey(string) error             { return nil }
func (v *visitor) OnObjectEnd() error                   { return nil }
func (v *visitor) OnArrayBegin(int) error               { return nil }
func (v *visitor) OnArrayEnd() error                    { return nil }

func BenchmarkFromJSON(b *testing.B) {
	text := sample()
	var out []byte
	run := func(name string, f func() error) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if err := f(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	run("wirejson", func() (err error) {
		out, err = AppendWire(out[:0], text)
		return err
	})
	run("sonic Preorder that writes nothing", func() error {
		return ast.Preorder(string(text), &visitor{}, nil)
	})
	run("sonic to any, any to wire", func() (err error) {
		var v any
		if err = sonic.Unmarshal(text, &v); err == nil {
			out, err = wire.Append(out[:0], v)
		}
		return err
	})
}

func BenchmarkToJSON(b *testing.B) {
	in, err := AppendWire(nil, sample())
	if err != nil {
		b.Fatal(err)
	}
	var out []byte
	b.Run("wirejson", func(b *testing.B) {
		b.SetBytes(int64(len(sample())))
		b.ReportAllocs()
		for b.Loop() {
			if out, err = AppendJSON(out[:0], in, Options{}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("wire to any, any by sonic", func(b *testing.B) {
		b.SetBytes(int64(len(sample())))
		b.ReportAllocs()
		for b.Loop() {
			var v any
			if err := wire.Unmarshal(in, &v); err != nil {
				b.Fatal(err)
			}
			if _, err := sonic.Marshal(v); err != nil {
				b.Fatal(err)
			}
		}
	})
}
