package campaign

import (
	"io"
	"slices"
	"strings"
	"testing"
)

var testTargets = []*Target{{Name: "a"}, {Name: "b"}, {Name: "c"}}

func TestShapesAreReadAndWritten(t *testing.T) {
	for _, text := range []string{"1x1", "64x8", "512x512", "20000x1"} {
		s, err := ParseShape(text)
		if err != nil || s.String() != text {
			t.Errorf("ParseShape(%q) = %v, %v", text, s, err)
		}
	}
}

func TestShapesThatMakeNoSenseAreRefused(t *testing.T) {
	bad := []string{"", "x", "64", "64x", "x1", "0x1", "1x0", "-1x1", "1x2", "20001x1", "64x1x1", "64 x 1"}
	for _, text := range bad {
		if s, err := ParseShape(text); err == nil {
			t.Errorf("ParseShape(%q) = %v, want an error", text, s)
		}
	}
	if _, err := ParseShapes("1x1,64x1,1x1"); err == nil || !strings.Contains(err.Error(), "twice") {
		t.Errorf("a shape that is there twice gives %v", err)
	}
}

func TestFlagsAreChecked(t *testing.T) {
	tests := []struct {
		name string
		args string
		want string // part of the error; empty: none
	}{
		{"the defaults work", "", ""},
		{"a client has an address", "-role client -addr 127.0.0.1:1 -compare a", ""},
		{"another base", "-base c", ""},
		{"a role that is none", "-role boss", "no role"},
		{"a client without an address", "-role client -compare a", "-addr"},
		{"a client of two", "-role client -addr x -compare a,b", "one target"},
		{"a server of two", "-role server -compare a,b", "one target"},
		{"a target that is none", "-compare a,d", `no target "d"`},
		{"a target twice", "-compare a,a", "twice"},
		{"a case that is none", "-case obj,blob", `no case "blob"`},
		{"a shape that is none", "-shape 64", "not like 64x8"},
		{"no round", "-rounds 0", "-rounds"},
		{"no time", "-time 0s", "positive"},
		{"a negative rate", "-rate -1", "positive"},
		{"too many to be idle", "-idle 100000", "-idle"},
		{"all scenes", "-fair all", ""},
		{"two scenes at a rate", "-fair blast,bulk -rate 10", ""},
		{"a scene that is none", "-fair crowd", `no scene "crowd"`},
		{"a scene twice", "-fair blast,blast", "twice"},
		{"an argument", "floor", "no flag"},
		{"a flag that is none", "-speed 3", "not defined"},
	}
	for _, tt := range tests {
		_, err := parse(strings.Fields(tt.args), testTargets, "a,b", io.Discard)
		switch {
		case tt.want == "" && err != nil:
			t.Errorf("%s: %v", tt.name, err)
		case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%s: error %v, want one with %q", tt.name, err, tt.want)
		}
	}
}

func TestTheFirstTargetIsTheBase(t *testing.T) {
	p, err := parse([]string{"-compare", "b,c"}, testTargets, "a", io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if p.base != "b" || len(p.targets) != 2 || p.targets[1].Name != "c" {
		t.Errorf("base %q, %d targets", p.base, len(p.targets))
	}
	p, err = parse([]string{"-compare", "all", "-base", "c"}, testTargets, "a", io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if p.base != "c" || !slices.Equal(p.targets, testTargets) {
		t.Errorf("base %q, %d targets, want c and all", p.base, len(p.targets))
	}
}

func TestScenesHaveARate(t *testing.T) {
	for args, want := range map[string]float64{
		"": 0, "-fair all": politeRate, "-fair all -rate 7": 7,
	} {
		if p, err := parse(strings.Fields(args), testTargets, "a", io.Discard); err != nil || p.rate != want {
			t.Errorf("%q gives the rate %v, %v, want %v", args, p.rate, err, want)
		}
	}
}

func TestTheUsageNamesEverything(t *testing.T) {
	var out strings.Builder
	if _, err := parse([]string{"-h"}, testTargets, "a", &out); err == nil {
		t.Error("-h is no error, so the program goes on")
	}
	for _, c := range Cases {
		if !strings.Contains(out.String(), c.About) {
			t.Errorf("the usage does not explain case %s", c.Name)
		}
	}
	for _, s := range scenes {
		if !strings.Contains(out.String(), s.about) {
			t.Errorf("the usage does not explain scene %s", s.name)
		}
	}
}

func TestProgressIsOneLine(t *testing.T) {
	var out strings.Builder
	p := progress{w: &out}
	p.show("a long name", 0)
	p.show("short", 0)
	p.clear()
	if got, want := out.String(), "\ra long name\rshort      \r     \r"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	p = progress{w: &out, quiet: true}
	out.Reset()
	p.show("x", 1)
	p.clear()
	if out.Len() != 0 {
		t.Errorf("a quiet progress writes %q", out.String())
	}
}

func TestServersObeyOnlyWhatTheyKnow(t *testing.T) {
	var p profile
	if a := obey("usage", &p); a.Usage == nil || a.Error != "" {
		t.Errorf("usage gives %+v", a)
	}
	if a := obey("collect", &p); a.Usage == nil || a.Error != "" {
		t.Errorf("collect gives %+v", a)
	}
	if a := obey("profile", &p); a.Error != "" {
		t.Errorf("the end of no profile gives %+v", a)
	}
	for _, line := range []string{"", "stop", "usages"} {
		if a := obey(line, &p); a.Error == "" {
			t.Errorf("%q gives no error", line)
		}
	}
}
