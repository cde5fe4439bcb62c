package spectest

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// registries are the tables of numbers and names that the descriptions for other tools repeat.
var registries = map[string]struct {
	section string
	columns [2]string
}{
	"type":          {"5.1", [2]string{"type", "name"}},
	"status":        {"15.1", [2]string{"code", "name"}},
	"reason":        {"15.2", [2]string{"code", "name"}},
	"cancel_reason": {"15.3", [2]string{"code", "name"}},
	"parameter":     {"15.4", [2]string{"id", "name"}},
	"extension":     {"15.5", [2]string{"id", "name"}},
}

// want gives a registry of SPEC.md, as number=NAME lines in the order of the table.
func want(t *testing.T, name string) string {
	t.Helper()
	r := registries[name]
	var s strings.Builder
	for _, row := range table(t, r.section, r.columns[0], r.columns[1]) {
		fmt.Fprintf(&s, "%d=%s\n", num(t, row[0]), row[1])
	}
	return s.String()
}

// pairs gives the numbers and names that match a pattern of two groups.
func pairs(t *testing.T, text, pattern string) string {
	t.Helper()
	var s strings.Builder
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		n, err := strconv.ParseUint(m[1], 0, 32)
		if err != nil {
			t.Errorf("%q is not a number", m[1])
		}
		fmt.Fprintf(&s, "%d=%s\n", n, strings.ToUpper(m[2]))
	}
	return s.String()
}

func TestKaitaiAndWiresharkHaveTheRegistries(t *testing.T) {
	ksy, lua := read(t, "spec/lever.ksy"), read(t, "spec/lever.lua")
	_, enums, _ := strings.Cut(ksy, "\nenums:\n")
	for name := range registries {
		part := regexp.MustCompile(`(?m)^  ` + name + `:\n((?:    .*\n)+)`).FindStringSubmatch(enums)
		if part == nil {
			t.Errorf("lever.ksy has no enum %s", name)
		} else if got := pairs(t, part[1], `(?m)^    (\w+): (\w+)$`); got != want(t, name) {
			t.Errorf("lever.ksy, %s:\n%s\nSPEC.md:\n%s", name, got, want(t, name))
		}
		part = regexp.MustCompile(`(?s)\n  ` + name + ` = \{(.*?)\}`).FindStringSubmatch(lua)
		if part == nil {
			t.Errorf("lever.lua has no table %s", name)
		} else if got := pairs(t, part[1], `\[(\w+)\] = "(\w+)"`); got != want(t, name) {
			t.Errorf("lever.lua, %s:\n%s\nSPEC.md:\n%s", name, got, want(t, name))
		}
	}
}
