package main

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// Both packages must have the same types, or their figures could not be compared.
func TestCodedTypesAreCopies(t *testing.T) {
	directives := regexp.MustCompile(`\n//(go:generate|msgp:).*`)
	for name, original := range map[string]string{"types.go": "doc.go", "twitter.go": "twitter.go"} {
		got, err := os.ReadFile("coded/" + name)
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile("doc/" + original)
		if err != nil {
			t.Fatal(err)
		}
		_, text, _ := strings.Cut(directives.ReplaceAllString(string(want), ""), "package doc")
		if string(got) != "package coded\n\n"+strings.TrimLeft(text, "\n") {
			t.Errorf("coded/%s is no copy of doc/%s", name, original)
		}
	}
}

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
