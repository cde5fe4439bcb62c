package main

import (
	"bytes"
	"strings"
	"testing"
)

func TestParseHex(t *testing.T) {
	tests := []struct {
		name, text, want string
		fault            string // a part of the message; "" for none
	}{
		{"nothing", "", "", ""},
		{"pairs in a row", "4c4556", "LEV", ""},
		{"both cases", "4C 4c", "LL", ""},
		{"blanks and lines", " 4c\t45\r\n\n56 ", "LEV", ""},
		{"a comment ends the line", "4c # 45 zz\n56", "LV", ""},
		{"a comment alone", "# none", "", ""},
		{"a comment right behind", "4c#45", "L", ""},
		{"a line of a dump", "00000000: 4c45 5652 0a  LEVR.", "LEVR\n", ""},
		{"two lines of a dump", "0: 4c 45  LE\n2: 56  V", "LEV", ""},
		{"a dump's column may look like hex", "0: 4c  4c", "L", ""},
		{"a dump's column may hold #", "0: 23  #", "#", ""},
		{"an offset alone", "10:", "", ""},
		{"two blanks without an offset", "4c  45", "LE", ""},
		{"a letter that is no digit", "4c 4g", "",
			`offset 4 (line 1, column 5): 'g' is no hex digit`},
		{"a digit alone at the end", "4c 4", "",
			"offset 3 (line 1, column 4): hex digits come in pairs"},
		{"a digit alone in between", "4 c", "",
			"offset 1 (line 1, column 2): hex digits come in pairs"},
		{"a digit before a comment", "4#", "",
			"offset 1 (line 1, column 2): hex digits come in pairs"},
		{"a fault on a later line", "4c\n\nx", "",
			`offset 4 (line 3, column 1): 'x' is no hex digit`},
		{"a fault behind an offset", "0: zz", "",
			`offset 3 (line 1, column 4): 'z' is no hex digit`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parseHex([]byte(tt.text))
			if !faultIs(err, tt.fault) {
				t.Fatalf("got error %v, want %q", err, tt.fault)
			}
			if string(got) != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// faultIs says that err is nil for an empty want, and else says want.
func faultIs(err error, want string) bool {
	if err == nil {
		return want == ""
	}
	return want != "" && strings.Contains(err.Error(), want)
}

func TestDumpIsReadBack(t *testing.T) {
	all := make([]byte, 256)
	for i := range all {
		all[i] = byte(i)
	}
	for n := range len(all) + 1 {
		dump := appendDump(nil, all[:n])
		got, err := parseHex(dump)
		if err != nil || !bytes.Equal(got, all[:n]) {
			t.Fatalf("%d bytes: got %x and %v from\n%s", n, got, err, dump)
		}
	}
}

func TestDump(t *testing.T) {
	got := string(appendDump(nil, []byte("0123456789abcdef\x00~\x7f")))
	want := "" +
		"00000000: 30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66  0123456789abcdef\n" +
		"00000010: 00 7e 7f                                         .~.\n"
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
}

func TestIsText(t *testing.T) {
	for text, want := range map[string]bool{
		"":                true,
		"4c 45 # ünïcode": true,
		"4c\r\n\t45":      true,
		"4c\x0045":        false,
		"\x7f":            false,
	} {
		if got := isText([]byte(text)); got != want {
			t.Errorf("isText(%q) = %v", text, got)
		}
	}
}

func FuzzParseHex(f *testing.F) {
	f.Add([]byte("4c 45"))
	f.Add([]byte("0: 4c45  LE\n# x"))
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := parseHex(text)
		if err != nil {
			return
		}
		again, err := parseHex(appendDump(nil, got))
		if err != nil || !bytes.Equal(again, got) {
			t.Errorf("got %x and %v, want %x", again, err, got)
		}
	})
}
