package wire

import (
	"strings"
	"testing"
)

func TestExplainShowsTheTree(t *testing.T) {
	b := unhex(t, "97 32 016e c0 0173 43616263 0166 d40000c03f 0161 82 02 d0 d2 0162 d8 02 ff00"+
		"0176 d9 05 01 9a9999999999b93f 016c d6 05 3165343030")
	if err := Validate(b); err != nil {
		t.Fatal(err)
	}
	want := `000000       52  object of 7
000004        1    "n": -1
000007        4    "s": "abc"
00000d        5    "f": 1.5 (float32)
000014        4    "a": array of 2
000016        1      0: null
000017        1      1: true
00001a        4    "b": 2 raw bytes: ff 00
000020       11    "v": vector of 1 f64
00002d        7    "l": 1e400
`
	if got := Explain(b, 0); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if got := Explain(b, 3); strings.Count(got, "\n") != 3 || !strings.HasSuffix(got, "...\n") {
		t.Errorf("3 lines: got\n%s", got)
	}
	for i := range b {
		if got := Explain(b[:i], 0); !strings.Contains(got, "fault: wire: offset") {
			t.Errorf("cut to %d bytes: got\n%s", i, got)
		}
	}
}

func TestExplainNamesFaultsInside(t *testing.T) {
	for _, s := range []string{"82 03 01 42 61", "d0 d0", "91 02 05 61", "92 06 0161 01 0161 02",
		"41 ff", "d6 01 31", "ff", "81 01 a0"} {
		if got := Explain(unhex(t, s), 0); !strings.Contains(got, "fault:") {
			t.Errorf("%s: got\n%s", s, got)
		}
	}
	if got := Explain(nested(MaxDepth+10), 0); !strings.Contains(got, "nested deeper") {
		t.Errorf("too deep: got\n%.200s", got)
	}
	if got := Explain(nested(3_000), 0); len(got) > 1<<20 {
		t.Errorf("far too deep: %d bytes", len(got))
	}
}
