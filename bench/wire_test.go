package bench

import (
	"fmt"
	"testing"

	"github.com/leverrpc/lever/wire"
	"github.com/leverrpc/lever/wire/wirejson"
)

// entry is one item of the documents below, of about 200 bytes of JSON text.
type entry struct {
	ID      int64             `json:"id"`
	Account string            `json:"account"`
	Cents   int64             `json:"cents"`
	Text    string            `json:"text"`
	Tags    []string          `json:"tags"`
	Ratio   float64           `json:"ratio"`
	Points  []float64         `json:"points"`
	Meta    map[string]string `json:"meta"`
}

func entries(n int) []entry {
	s := make([]entry, n)
	for i := range s {
		s[i] = entry{ID: 7300018821 + int64(i), Account: fmt.Sprint("ann-", i), Cents: 129950,
			Text: "invoice 2026-0117, größte Rechnung", Tags: []string{"settled", "eu"},
			Ratio: 0.1, Points: []float64{1.5, 0.1, float64(i)}, Meta: map[string]string{"k": "v"}}
	}
	return s
}

// each runs f on documents of three sizes.
func each(b *testing.B, f func(b *testing.B, v []entry, encoded []byte)) {
	for _, n := range []int{1, 5, 2000} {
		v := entries(n)
		encoded, err := wire.Append(nil, v)
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("%dB", len(encoded)), func(b *testing.B) {
			b.SetBytes(int64(len(encoded)))
			b.ReportAllocs()
			f(b, v, encoded)
		})
	}
}

func BenchmarkWireEncodeTyped(b *testing.B) {
	codec, err := wire.CodecFor[[]entry]()
	if err != nil {
		b.Fatal(err)
	}
	var out []byte
	each(b, func(b *testing.B, v []entry, _ []byte) {
		for b.Loop() {
			if out, err = codec.Append(out[:0], &v); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkWireDecodeTyped(b *testing.B) {
	codec, err := wire.CodecFor[[]entry]()
	if err != nil {
		b.Fatal(err)
	}
	each(b, func(b *testing.B, _ []entry, encoded []byte) {
		for b.Loop() {
			var v []entry
			if err := codec.Unmarshal(encoded, &v); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkWireAny(b *testing.B) {
	var out []byte
	each(b, func(b *testing.B, _ []entry, encoded []byte) {
		for b.Loop() {
			var v any
			err := wire.Unmarshal(encoded, &v)
			if err == nil {
				out, err = wire.Append(out[:0], v)
			}
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkWireValidate(b *testing.B) {
	each(b, func(b *testing.B, _ []entry, encoded []byte) {
		for b.Loop() {
			if err := wire.Validate(encoded); err != nil {
				b.Fatal(err)
			}
		}
	})
}

func BenchmarkWireGet(b *testing.B) {
	each(b, func(b *testing.B, v []entry, encoded []byte) {
		for b.Loop() {
			if _, ok := wire.Parse(encoded).Get(len(v)-1, "ratio").Float(); !ok {
				b.Fatal("no ratio")
			}
		}
	})
}

func BenchmarkWireJSON(b *testing.B) {
	var out, text []byte
	each(b, func(b *testing.B, _ []entry, encoded []byte) {
		for b.Loop() {
			var err error
			if text, err = wirejson.AppendJSON(text[:0], encoded, wirejson.Options{}); err == nil {
				out, err = wirejson.AppendWire(out[:0], text)
			}
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}
