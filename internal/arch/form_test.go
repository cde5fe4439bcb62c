package arch

import (
	"fmt"
	"go/ast"
	"go/token"
)

const maxLines = 400

// checkLength: a file has one idea, and that fits into 400 lines.
func checkLength(s *source) []string {
	if s.lines > maxLines && !ast.IsGenerated(s.File) {
		return []string{fmt.Sprintf("has %d lines, more than %d: which of its ideas can stand alone?",
			s.lines, maxLines)}
	}
	return nil
}

// checkDocs: everything exported has a comment, or is in a group that has one. Fields share the
// comment of their struct, and methods of unexported types need none.
func checkDocs(s *source) (faults []string) {
	if s.isTest() || ast.IsGenerated(s.File) {
		return nil
	}
	undocumented := func(n ast.Node, kind, name string) {
		faults = append(faults, fmt.Sprintf("line %d: exported %s %s has no comment", s.line(n), kind, name))
	}
	for _, decl := range s.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			if d.Doc != nil || !d.Name.IsExported() {
				continue
			}
			if d.Recv == nil {
				undocumented(d, "function", d.Name.Name)
			} else if owner := receiver(d.Recv.List[0].Type); ast.IsExported(owner) {
				undocumented(d, "method", owner+"."+d.Name.Name)
			}
		case *ast.GenDecl:
			if d.Doc != nil && d.Tok != token.TYPE {
				continue
			}
			for _, spec := range d.Specs {
				switch spec := spec.(type) {
				case *ast.TypeSpec:
					single := d.Doc != nil && !d.Lparen.IsValid()
					if spec.Name.IsExported() && spec.Doc == nil && spec.Comment == nil && !single {
						undocumented(spec, "type", spec.Name.Name)
					}
				case *ast.ValueSpec:
					for _, name := range spec.Names {
						if name.IsExported() && spec.Doc == nil && spec.Comment == nil {
							undocumented(spec, d.Tok.String(), name.Name)
						}
					}
				}
			}
		}
	}
	return faults
}

// receiver gives the name of a method's type.
func receiver(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return receiver(e.X)
	case *ast.IndexExpr:
		return receiver(e.X)
	case *ast.IndexListExpr:
		return receiver(e.X)
	case *ast.Ident:
		return e.Name
	}
	return ""
}

// checkPackageDocs: each package says what it is, in one file. Folders with tests only need not.
func checkPackageDocs(all []*source) (faults []string) {
	documented := make(map[string]int)
	for _, s := range all {
		if s.isTest() || ast.IsGenerated(s.File) {
			continue
		}
		n := documented[s.dir()]
		if s.Doc != nil {
			n++
		}
		documented[s.dir()] = n
	}
	for dir, n := range documented {
		switch {
		case n == 0:
			faults = append(faults, fmt.Sprintf("package %s has no package comment", dir))
		case n > 1:
			faults = append(faults, fmt.Sprintf("package %s has %d package comments", dir, n))
		}
	}
	return faults
}
