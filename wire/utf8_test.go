package wire

import (
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"
	"unsafe"
)

// checkText compares every check of this package with package utf8.
func checkText(t *testing.T, s string) {
	t.Helper()
	want := utf8.ValidString(s)
	if got := validString(s); got != want {
		t.Fatalf("validString(%q) = %v, want %v", s, got, want)
	}
	for _, behind := range []int{0, 1, 20} {
		b := append([]byte("x"+s), strings.Repeat("\xff", behind)...)
		b = b[:len(b):len(b)]
		if got := validAt(b[:1+len(s)], 1, 1+len(s)); got != want {
			t.Fatalf("validAt(%q) with %d bytes behind it = %v, want %v", s, behind, got, want)
		}
		var memory texts
		copied, got := memory.take(b[:1+len(s)], 1, 1+len(s))
		if got != want || copied != s {
			t.Fatalf("take(%q) with %d bytes behind it = %q, %v, want %v", s, behind, copied, got, want)
		}
		after, _ := memory.take([]byte("after it comes another"), 0, 5)
		if copied != s || after != "after" {
			t.Fatalf("take(%q), then take: %q, %q", s, copied, after)
		}
	}
	dst := []byte(strings.Repeat("#", 8+len(s)+8))
	end := 8 + len(s)
	ascii := copyText(unsafe.Pointer(&dst[0]), end, data(s), len(s))&highBits == 0
	if ascii != isASCII(s) || string(dst[8:end]) != s {
		t.Fatalf("copyText(%q) = %q, ASCII is %v", s, dst[8:end], ascii)
	}
	if string(dst[end:]) != "########" {
		t.Fatalf("copyText(%q) writes behind the text: %q", s, dst)
	}
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
}

func TestTextChecksAgreeWithPackageUTF8(t *testing.T) {
	pieces := []string{"a", "ab", "abcdefgh", "ä", "ж", "жж", "жжжж", "€", "日本", "日本語", "😀",
		"\x80", "\xc0\xaf", "\xc1\xbf", "\xe0\x80\x80", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xed\x9f\xbf",
		"\xee\x80\x80", "\xf4\x90\x80\x80", "\xff", "\xe2\x82", "\xc3", "\xf0\x9f", "\x00", "\x7f"}
	for _, a := range pieces {
		for _, b := range pieces {
			for n := range 10 {
				checkText(t, strings.Repeat(a, n)+b+strings.Repeat("x", 9-n))
				checkText(t, strings.Repeat("x", n)+a+b)
			}
		}
	}
	rng := rand.New(rand.NewPCG(7, 8))
	for range 5_000 {
		var s strings.Builder
		for range rng.IntN(12) {
			s.WriteString(pieces[rng.IntN(len(pieces))])
		}
		checkText(t, s.String())
	}
}
