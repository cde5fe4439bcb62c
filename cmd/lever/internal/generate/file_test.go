package generate

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var rewrite = flag.Bool("rewrite", false, "write sample/plain anew")

func TestSampleIsWhatIsGenerated(t *testing.T) {
	o := Options{Dir: "sample", Output: "wire_gen.go"}
	want, err := File(o)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("sample/wire_gen.go")
	if err != nil || !bytes.Equal(got, want) {
		t.Errorf("sample/wire_gen.go is out of date (%v): run go generate ./sample", err)
	}
	if again, err := File(o); err != nil || !bytes.Equal(again, want) {
		t.Errorf("the second time something else comes out (%v)", err)
	}
}

func TestPlainIsASampleWithoutCode(t *testing.T) {
	for _, name := range []string{"types.go", "embedded.go"} {
		content, err := os.ReadFile(filepath.Join("sample", name))
		if err != nil {
			t.Fatal(err)
		}
		want := bytes.Replace(content, []byte("package sample"), []byte("package plain"), 1)
		path := filepath.Join("sample/plain", name)
		if *rewrite {
			if err := os.WriteFile(path, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s is out of date (%v): run go test with -rewrite", path, err)
		}
	}
}

func TestStructsThatNoCodeIsWrittenFor(t *testing.T) {
	tests := []struct {
		name, source string
		types        []string
		want         string // part of the error
	}{
		{"no such type", "type A struct{}", []string{"B"}, "package x has no type B"},
		{"no struct", "type A int", []string{"A"}, "type A is no struct"},
		{"an alias", "type (A = B; B struct{})", []string{"A"}, "type A is another name for a type"},
		{"type parameters", "type A[T any] struct{}", []string{"A"}, "type A has type parameters"},
		{"text", "type A struct{}\nfunc (A) MarshalText() ([]byte, error) { return nil, nil }",
			[]string{"A"}, "type A is written as text"},
		{"nothing exported", "type a struct{}", nil, "exports no struct"},
		{"a channel", "type A struct{ B struct{}; C []chan int }", nil,
			"A.C: Go type []chan int has no wire form"},
		{"a function in an inner struct", "type A struct{ B []b }\ntype b struct{ F func() }", nil,
			"b.F: Go type func() has no wire form"},
		{"complex numbers", "type A struct{ C map[string]complex64 }", nil,
			"A.C: Go type map[string]complex64 has no wire form"},
		{"an unknown type", "type A struct{ B unknown }", nil, "undefined: unknown"},
		{"a package that is not there", "import \"x/y\"\ntype A struct{ B y.T }", nil, "x/y"},
		{"no Go at all", "type A", nil, "x.go:3"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, "go.mod", "module x\n\ngo 1.26\n")
			write(t, dir, "x.go", "package x\n\n"+tt.source+"\n")
			b, err := File(Options{Dir: dir, Output: "wire_gen.go", Types: tt.types})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %s, %v, want an error with %q", b, err, tt.want)
			}
		})
	}
}

func TestFaultsOfTheOldFileDoNotMatter(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "go.mod", "module x\n\ngo 1.26\n")
	write(t, dir, "x.go", "package x\n\ntype A struct{ B int8 }\n\nvar _ = new(A).Generated()\n")
	write(t, dir, "old.go", "package x\n\nfunc (a *A) Generated() int { return a.gone }\n")
	b, err := File(Options{Dir: dir, Output: "old.go"})
	if err != nil || !bytes.Contains(b, []byte("int64(v.B)")) {
		t.Errorf("got %s, %v, want code that writes B", b, err)
	}
}

func TestStructsWithCodeInAnotherFileAreCalled(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "go.mod", "module x\n\ngo 1.26\n")
	write(t, dir, "x.go", "package x\n\ntype A struct{ B *B }\n\n"+
		"type B struct{ A *A; C, D, E string }\n\nfunc (*B) WriteWire() {}\n")
	b, err := File(Options{Dir: dir, Output: "old.go"})
	if err != nil || bytes.Contains(b, []byte("*B) WriteWire")) ||
		!bytes.Contains(b, []byte("p.WriteWire")) {
		t.Errorf("got %s, %v, want a method of A that calls one of B", b, err)
	}
}

func TestNamesOfThePackageAreLeftAlone(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "go.mod", "module x\n\ngo 1.26\n")
	write(t, dir, "x.go", "package x\n\ntype A struct{ B any }\n\nvar wire, wireAB int\n")
	b, err := File(Options{Dir: dir, Output: "old.go"})
	for _, want := range []string{`wire_ "github.com/leverrpc/lever/wire"`,
		"var wireAB_ = wire_.ByPlan[any]{}"} {
		if err != nil || !bytes.Contains(b, []byte(want)) {
			t.Errorf("got %s, %v, want %s", b, err, want)
		}
	}
}

func write(t *testing.T, dir, name, content string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}
