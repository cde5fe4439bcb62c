package arch

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// rules are the checks of single files.
var rules = []struct {
	name  string
	check func(*source) []string
}{
	{"floors", checkFloors},
	{"doors", checkDoors},
	{"pure", checkPure},
	{"place", checkPlace},
	{"length", checkLength},
	{"docs", checkDocs},
}

func TestTheHouseFollowsItsRules(t *testing.T) {
	all := house(t)
	for _, r := range rules {
		t.Run(r.name, func(t *testing.T) {
			for _, s := range all {
				faults := r.check(s)
				slices.Sort(faults)
				for _, fault := range faults {
					t.Errorf("%s: %s", s.path, fault)
				}
			}
		})
	}
	t.Run("package docs", func(t *testing.T) {
		faults := checkPackageDocs(all)
		slices.Sort(faults)
		for _, fault := range faults {
			t.Error(fault)
		}
	})
}

// Each rule must be able to fail, and must let pass what is right.
func TestRulesFindBadFiles(t *testing.T) {
	const own = "import _ `" + module + "/"
	tests := []struct {
		name, path, text string
		check            func(*source) []string
		want             string // part of the only fault; empty: none
	}{
		{"a leaf imports a leaf", "frame/a.go", "package frame\n" + own + "wire`",
			checkFloors, "frame on floor 0 imports wire on floor 0"},
		{"a leaf imports a part of itself", "wire/a.go", "package wire\n" + own + "wire/wirejson`",
			checkFloors, "wire on floor 0 imports wire/wirejson on floor 1"},
		{"the session imports its driver", "engine/session/a.go", "package session\n" + own + "engine/transport`",
			checkFloors, "on floor 1 imports engine/transport on floor 2"},
		{"a test imports a higher floor", "frame/a_test.go", "package frame\n" + own + "engine`",
			checkFloors, "frame on floor 0 imports engine on floor 3"},
		{"a leaf's part imports the leaf", "wire/internal/x/a.go", "package x\n" + own + "wire`",
			checkFloors, "wire/internal/x on floor 0 imports wire on floor 0"},
		{"a program imports another", "gateway/a.go", "package gateway\n" + own + "cmd/lever`",
			checkFloors, "imports cmd/lever on floor 4"},
		{"code imports internal", "engine/a.go", "package engine\n" + own + "internal/x`",
			checkFloors, "imports internal/x: only tests may"},
		{"a package without a floor", "extra/a.go", "package extra",
			checkFloors, "extra has no floor"},
		{"an import without a floor", "engine/a.go", "package engine\n" + own + "extra`",
			checkFloors, "imports extra, which has no floor"},
		{"an internal part of the package", "wire/a.go", "package wire\n" + own + "wire/internal/x`",
			checkFloors, ""},
		{"downwards is right", "engine/a.go", "package engine\n" + own + "engine/session`",
			checkFloors, ""},
		{"a test may import its package and internal", "lb/a_test.go",
			"package lb_test\n" + own + "lb`\n" + own + "internal/x`", checkFloors, ""},
		{"the program may import the libraries beside it", "cmd/lever/a.go",
			"package main\n" + own + "gateway`\n" + own + "discovery/dns`", checkFloors, ""},

		{"gnet elsewhere", "engine/a.go", "package engine\nimport _ `github.com/panjf2000/gnet/v2/pkg/logging`",
			checkDoors, "only engine/transport may"},
		{"sonic in wire", "wire/a.go", "package wire\nimport _ `github.com/bytedance/sonic/ast`",
			checkDoors, "only wire/wirejson may"},
		{"a hash in the fuzzers", "fuzz/a_test.go", "package fuzz\nimport _ `github.com/cespare/xxhash/v2`",
			checkDoors, "only lb may"},
		{"a module without a door", "lb/a_test.go", "package lb\nimport _ `github.com/stretchr/testify/assert`",
			checkDoors, "no package may"},
		{"a door is open", "pool/a.go", "package pool\nimport _ `github.com/valyala/bytebufferpool`",
			checkDoors, ""},
		{"the standard library needs none", "pool/a.go", "package pool\nimport _ `net/http`",
			checkDoors, ""},

		{"the net in wire", "wire/a.go", "package wire\nimport _ `net/http`",
			checkPure, "imports net/http: wire is pure"},
		{"a lock in the session", "engine/session/a.go", "package session\nimport _ `sync`",
			checkPure, "imports sync: engine/session is pure"},
		{"atomics in frame", "frame/a.go", "package frame\nimport _ `sync/atomic`",
			checkPure, "imports sync/atomic: frame is pure"},
		{"files in a part of wire", "wire/internal/x/a.go", "package x\nimport _ `os`",
			checkPure, "imports os: wire/internal/x is pure"},
		{"the clock under another name", "frame/a.go", "package frame\nimport t `time`\nvar x = t.Now",
			checkPure, "line 3 uses time.Now"},
		{"a hidden clock", "frame/a.go", "package frame\nimport . `time`\nvar x = Now()",
			checkPure, "imports time with a dot"},
		{"a goroutine in a leaf", "lb/a.go", "package lb\nfunc f() { go f() }",
			checkPure, "line 2 starts a goroutine"},
		{"times as arguments are right", "lb/a.go", "package lb\nimport `time`\nimport `sync`\nvar mu sync.Mutex\nfunc f(d time.Duration) {}",
			checkPure, ""},
		{"tests may do anything", "frame/a_test.go", "package frame\nimport `os`\nimport `time`\nvar x = time.Now",
			checkPure, ""},

		{"a file at the top", "lever.go", "package lever", checkPlace, "stands at the top level"},
		{"a package for everything", "engine/util/a.go", "package util", checkPlace, "package util"},

		{"a long file", "lb/a.go", "package lb" + strings.Repeat("\n", 401), checkLength, "has 401 lines"},
		{"a file that just fits", "lb/a.go", "package lb" + strings.Repeat("\n", 400), checkLength, ""},
		{"a generated file", "lb/a.go", "// Code generated by x. DO NOT EDIT.\n\npackage lb" + strings.Repeat("\n", 500), checkLength, ""},

		{"a bare function", "lb/a.go", "package lb\nfunc F() {}", checkDocs, "line 2: exported function F"},
		{"a bare method", "lb/a.go", "package lb\n// T is.\ntype T[A any] int\nfunc (T[A]) M() {}", checkDocs, "exported method T.M"},
		{"a bare type", "lb/a.go", "package lb\ntype T int", checkDocs, "exported type T"},
		{"a bare type in a group", "lb/a.go", "package lb\n// Some.\ntype (\nT int\n)", checkDocs, "exported type T"},
		{"a bare constant", "lb/a.go", "package lb\nconst C = 1", checkDocs, "exported const C"},
		{"one bare variable", "lb/a.go", "package lb\nvar (\n// A is.\nA int\nB int\n)", checkDocs, "line 5: exported var B"},
		{"comments in their places", "lb/a.go", "package lb\n// T is.\ntype T struct{ F int }\n// M does.\nfunc (t *T) M() {}\n" +
			"// All are.\nconst (\nA = 1\nB = 2\n)\nvar V int // is\ntype t int\nfunc (t) String() {}", checkDocs, ""},
	}
	for _, tt := range tests {
		s, err := parse(tt.path, []byte(tt.text))
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		got := tt.check(s)
		switch {
		case tt.want == "" && len(got) != 0:
			t.Errorf("%s: found %q, want no fault", tt.name, got)
		case tt.want != "" && (len(got) != 1 || !strings.Contains(got[0], tt.want)):
			t.Errorf("%s: found %q, want one with %q", tt.name, got, tt.want)
		}
	}
}

func TestPackagesNeedOneComment(t *testing.T) {
	all, err := walk(fstest.MapFS{
		"none/a.go":       {Data: []byte("package none")},
		"none/a_test.go":  {Data: []byte("// Package none has tests.\npackage none")},
		"two/a.go":        {Data: []byte("// Package two is.\npackage two")},
		"two/b.go":        {Data: []byte("// Package two is also.\npackage two")},
		"good/a.go":       {Data: []byte("// Package good is.\npackage good")},
		"good/b.go":       {Data: []byte("package good")},
		"tests/a_test.go": {Data: []byte("package tests")},
	})
	if err != nil {
		t.Fatal(err)
	}
	got := checkPackageDocs(all)
	slices.Sort(got)
	want := []string{"package none has no package comment", "package two has 2 package comments"}
	if !slices.Equal(got, want) {
		t.Errorf("found %q, want %q", got, want)
	}
}

func TestWalkFindsWhatTheGoCommandBuilds(t *testing.T) {
	all, err := walk(fstest.MapFS{
		"a/a.go":          {Data: []byte("package a")},
		"a/testdata/b.go": {Data: []byte("not Go at all")},
		"a/.hidden/c.go":  {Data: []byte("not Go at all")},
		"_d/d.go":         {Data: []byte("not Go at all")},
		"a/readme.md":     {Data: []byte("# A")},
		"bench/x/go.mod":  {Data: []byte("module x")},
		"bench/x/y/e.go":  {Data: []byte("package y")},
		"bench/f_test.go": {Data: []byte("package bench")},
	})
	if err != nil {
		t.Fatal(err)
	}
	got := make(map[string]bool)
	for _, s := range all {
		got[s.path] = s.nested
	}
	want := map[string]bool{"a/a.go": false, "bench/x/y/e.go": true, "bench/f_test.go": false}
	if len(got) != len(want) {
		t.Errorf("found %v, want %v", got, want)
	}
	for p, nested := range want {
		if n, ok := got[p]; !ok || n != nested {
			t.Errorf("%s: found %v, nested %v, want nested %v", p, ok, n, nested)
		}
	}
	if _, err := walk(fstest.MapFS{"a.go": {Data: []byte("not Go at all")}}); err == nil {
		t.Error("a broken file was no error")
	}
}
