package main

import "testing"

// BenchmarkColumn runs one side of one column, for profiles.
func BenchmarkColumn(b *testing.B) {
	docs, err := documents()
	if err != nil {
		b.Skip(err)
	}
	for _, d := range docs {
		_, _, columns := prepare(d)
		for _, p := range columns {
			b.Run(d.name+"/"+p.name+"/wire", func(b *testing.B) {
				b.SetBytes(int64(len(d.text)))
				b.ReportAllocs()
				for b.Loop() {
					p.ours()
				}
			})
			b.Run(d.name+"/"+p.name+"/other", func(b *testing.B) {
				b.SetBytes(int64(len(d.text)))
				b.ReportAllocs()
				for b.Loop() {
					p.his()
				}
			})
		}
	}
}
