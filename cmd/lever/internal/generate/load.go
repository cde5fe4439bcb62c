package generate

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// listed is what the go command says of a package.
type listed struct {
	Dir, ImportPath, Name string
	GoFiles, CgoFiles     []string
	Export                string // the file of what it exports, compiled
	DepOnly               bool
	ImportMap             map[string]string
	Error                 *struct{ Err string }
}

// load type-checks the package in dir, but for the file output. Faults of the rest do not end it:
// they may be about what output is going to declare. The first one is in fault, for those whose
// types turn out not to be known.
func load(dir, output string) (pkg *types.Package, fault, err error) {
	all, err := goList(dir)
	if err != nil {
		return nil, nil, err
	}
	at := slices.IndexFunc(all, func(l listed) bool { return !l.DepOnly })
	if at < 0 {
		return nil, nil, fmt.Errorf("%s: no Go package", dir)
	}
	own := all[at]
	fset := token.NewFileSet()
	var files []*ast.File
	for _, name := range slices.Concat(own.GoFiles, own.CgoFiles) {
		if name == output {
			continue
		}
		f, err := parser.ParseFile(fset, filepath.Join(own.Dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, nil, err
		}
		files = append(files, f)
	}
	if len(files) == 0 {
		return nil, nil, fmt.Errorf("%s: no Go files", dir)
	}
	config := types.Config{
		Importer:    importer.ForCompiler(fset, "gc", exports(own, all)),
		FakeImportC: true,
		Error: func(e error) {
			if fault == nil {
				fault = e
			}
		},
	}
	pkg, _ = config.Check(own.ImportPath, fset, files, nil)
	return pkg, fault, nil
}

// goList asks the go command for a package and all that it imports, compiled.
func goList(dir string) ([]listed, error) {
	cmd := exec.Command("go", "list", "-e", "-export", "-deps",
		"-json=Dir,ImportPath,Name,GoFiles,CgoFiles,Export,DepOnly,ImportMap,Error", ".")
	cmd.Dir = dir
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		if said := strings.TrimSpace(stderr.String()); said != "" {
			return nil, fmt.Errorf("go list in %s: %s", dir, said)
		}
		return nil, fmt.Errorf("go list in %s: %w", dir, err)
	}
	var all []listed
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var l listed
		if err := d.Decode(&l); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, fmt.Errorf("go list in %s: %w", dir, err)
		}
		if !l.DepOnly && l.Error != nil && len(l.GoFiles) == 0 {
			return nil, errors.New(strings.TrimSpace(l.Error.Err))
		}
		all = append(all, l)
	}
}

// exports opens what the packages that own imports export.
func exports(own listed, all []listed) importer.Lookup {
	files := make(map[string]string, len(all))
	for _, l := range all {
		files[l.ImportPath] = l.Export
	}
	return func(path string) (io.ReadCloser, error) {
		if mapped, ok := own.ImportMap[path]; ok {
			path = mapped
		}
		if files[path] == "" {
			return nil, fmt.Errorf("package %s does not compile", path)
		}
		return os.Open(files[path])
	}
}
