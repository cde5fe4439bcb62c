package arch

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
	"testing"
)

// source is a parsed Go file.
type source struct {
	*ast.File
	fset   *token.FileSet
	path   string // relative to the module, with slashes
	lines  int
	nested bool // in a module of its own below this one
}

func (s *source) dir() string  { return path.Dir(s.path) }
func (s *source) isTest() bool { return strings.HasSuffix(s.path, "_test.go") }

// imports gives the paths that the file imports, with the names it uses for them.
func (s *source) imports() map[string]string {
	byPath := make(map[string]string)
	for _, spec := range s.Imports {
		p, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue // the parser refuses it before
		}
		byPath[p] = path.Base(p)
		if spec.Name != nil {
			byPath[p] = spec.Name.Name
		}
	}
	return byPath
}

// line gives the line of a node, for messages.
func (s *source) line(n ast.Node) int { return s.fset.Position(n.Pos()).Line }

// parse reads the text of a file.
func parse(name string, text []byte) (*source, error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	return &source{File: f, fset: fset, path: name, lines: bytes.Count(text, []byte("\n"))}, nil
}

// walk parses all Go files below the root of a module. Folders that the go command ignores are
// left out.
func walk(root fs.FS) (all []*source, err error) {
	nested := make(map[string]bool)
	err = fs.WalkDir(root, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			if p != "." && (name[0] == '.' || name[0] == '_' || name == "testdata" || name == "vendor") {
				return fs.SkipDir
			}
			_, err := fs.Stat(root, path.Join(p, "go.mod"))
			nested[p] = p != "." && (err == nil || nested[path.Dir(p)])
			return nil
		}
		if path.Ext(name) != ".go" {
			return nil
		}
		text, err := fs.ReadFile(root, p)
		if err != nil {
			return err
		}
		s, err := parse(p, text)
		if err != nil {
			return err
		}
		s.nested = nested[path.Dir(p)]
		all = append(all, s)
		return nil
	})
	return all, err
}

// house is the whole module, parsed once.
func house(t *testing.T) []*source {
	t.Helper()
	all, err := walk(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 10 {
		t.Fatalf("found only %d Go files: is the root right?", len(all))
	}
	return all
}
