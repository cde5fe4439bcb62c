package arch

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// assembly names the packages that have any, with the reason. Each has the same in Go, which
// tests compare it with and which the build tag purego chooses.
var assembly = map[string]string{
	"wire/internal/utf8scan": "Go has no vector instructions, and they are ten times as fast",
}

// checkAssembly: assembly stands where it is worth its price, and can be left out of a build.
func checkAssembly(root fs.FS) (faults []string, err error) {
	err = fs.WalkDir(root, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || path.Ext(p) != ".s" {
			return err
		}
		if assembly[path.Dir(p)] == "" {
			faults = append(faults, fmt.Sprintf("%s: write it in Go, or give a reason in internal/arch", p))
		}
		text, err := fs.ReadFile(root, p)
		if first, _, _ := strings.Cut(string(text), "\n"); err == nil && first != "//go:build !purego" {
			faults = append(faults, fmt.Sprintf("%s: begins without //go:build !purego", p))
		}
		return err
	})
	return faults, err
}

func TestAssemblyHasAReasonAndCanBeLeftOut(t *testing.T) {
	faults, err := checkAssembly(os.DirFS("../.."))
	if len(faults) > 0 || err != nil {
		t.Errorf("%q, %v", faults, err)
	}
}

func TestAssemblyInTheWrongPlaceIsFound(t *testing.T) {
	got, err := checkAssembly(fstest.MapFS{
		"wire/a.s":                         {Data: []byte("//go:build !purego\n")},
		"wire/internal/utf8scan/a.s":       {Data: []byte("//go:build !purego\nTEXT")},
		"wire/internal/utf8scan/b_arm64.s": {Data: []byte("TEXT")},
	})
	want := []string{"wire/a.s: write it in Go, or give a reason in internal/arch",
		"wire/internal/utf8scan/b_arm64.s: begins without //go:build !purego"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("found %q, %v, want %q", got, err, want)
	}
}
