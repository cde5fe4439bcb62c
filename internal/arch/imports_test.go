package arch

import (
	"fmt"
	"go/ast"
	"path"
	"slices"
	"strings"
)

// checkFloors: imports of the module's own packages go strictly downwards, or to a package's own
// internal parts. Tests may also import their own package, what lies below it, and internal/*,
// which is for tests alone.
func checkFloors(s *source) (faults []string) {
	from, ok := roomOf(s.dir())
	if !ok {
		if s.dir() == "." {
			return nil // another rule
		}
		return []string{fmt.Sprintf("%s has no floor: give it one in internal/arch", s.dir())}
	}
	for p := range s.imports() {
		dir, own := strings.CutPrefix(p, module+"/")
		if !own {
			continue
		}
		to, ok := roomOf(dir)
		switch {
		case !ok:
			faults = append(faults, fmt.Sprintf("imports %s, which has no floor: give it one in internal/arch", dir))
		case s.isTest() && (within(dir, s.dir()) || to.path == "internal"):
		case to.path == "internal" && from.path != "internal":
			faults = append(faults, fmt.Sprintf("imports %s: only tests may", dir))
		case to.floor < from.floor, within(dir, s.dir()+"/internal"):
		case to.floor == from.floor && (to.neighbours || to.path == from.path && from.floor > 0):
		default:
			faults = append(faults, fmt.Sprintf("%s on floor %d imports %s on floor %d: only lower floors may be imported",
				s.dir(), from.floor, dir, to.floor))
		}
	}
	return faults
}

// checkDoors: a third party's module is imported by one package only.
func checkDoors(s *source) (faults []string) {
	if s.nested {
		return nil
	}
	for p := range s.imports() {
		first, _, _ := strings.Cut(p, "/")
		if !strings.Contains(first, ".") || within(p, module) {
			continue
		}
		door, found := "", false
		for prefix, d := range doors {
			if within(p, prefix) {
				door, found = d, true
			}
		}
		switch {
		case !found:
			faults = append(faults, fmt.Sprintf("imports %s: no package may, see the doors in internal/arch", p))
		case s.dir() != door && !within(s.dir(), "bench"):
			faults = append(faults, fmt.Sprintf("imports %s: only %s may", p, door))
		}
	}
	return faults
}

// impure are the trees of the standard library that do I/O or synchronize.
var impure = []string{"net", "os", "sync", "syscall"}

// clock are the functions of package time that read the clock or wait for it.
var clock = []string{
	"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "NewTimer", "NewTicker", "Tick",
}

// checkPure: pure packages do no I/O, start no goroutine and read no clock. Their tests may.
func checkPure(s *source) (faults []string) {
	room, _ := roomOf(s.dir())
	allowed, isPure := pure[room.path]
	if !isPure || s.isTest() {
		return nil
	}
	timeName := ""
	for p, name := range s.imports() {
		if p == "time" {
			timeName = name
		}
		isImpure := slices.ContainsFunc(impure, func(tree string) bool { return within(p, tree) })
		if isImpure && allowed[p] == "" {
			faults = append(faults, fmt.Sprintf("imports %s: %s is pure", p, s.dir()))
		}
	}
	if timeName == "." {
		faults = append(faults, "imports time with a dot, which hides uses of the clock")
	}
	ast.Inspect(s.File, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.GoStmt:
			faults = append(faults, fmt.Sprintf("line %d starts a goroutine: %s is pure", s.line(n), s.dir()))
		case *ast.SelectorExpr:
			x, ok := n.X.(*ast.Ident)
			if ok && timeName != "" && x.Name == timeName && slices.Contains(clock, n.Sel.Name) {
				faults = append(faults, fmt.Sprintf("line %d uses time.%s: in %s time is an argument",
					s.line(n), n.Sel.Name, s.dir()))
			}
		}
		return true
	})
	return faults
}

// checkPlace: there are no Go files at the top level, and no packages named after nothing.
func checkPlace(s *source) (faults []string) {
	if s.dir() == "." {
		faults = append(faults, "stands at the top level: Go files live in packages")
	}
	empty := []string{"util", "utils", "common", "helpers", "types", "impl"}
	name := strings.TrimSuffix(s.Name.Name, "_test")
	if slices.Contains(empty, name) || slices.Contains(empty, path.Base(s.dir())) {
		faults = append(faults, fmt.Sprintf("package %s: name it after what it is about", name))
	}
	return faults
}
