package utf8scan

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf8"
)

// check compares all ways to check a text with package utf8.
func check(t *testing.T, s []byte) {
	t.Helper()
	want := utf8.Valid(s)
	if got := Valid(s); got != want {
		t.Fatalf("Valid(%q) = %v, want %v", s, got, want)
	}
	if got := validWords(s); got != want {
		t.Fatalf("validWords(%q) = %v, want %v", s, got, want)
	}
	if !vectors || len(s) < vectorMin {
		return
	}
	if got := validVectors(s); got != want {
		t.Fatalf("validVectors(%q) = %v, want %v", s, got, want)
	}
}

// checkAround is check for s in texts of all lengths around those where the way of checking changes,
// once at each of some places.
func checkAround(t *testing.T, s string) {
	t.Helper()
	for _, filler := range []string{"a", "ж", "日", "😀"} {
		for _, size := range []int{0, 15, 18, 31, 32, 35, 47, 63, 64, 67, 95, 130} {
			long := strings.Repeat(filler, size/len(filler)+1)
			check(t, []byte(s+long))
			check(t, []byte(long+s))
			check(t, []byte(long+s+filler))
			check(t, []byte(filler+filler+s+long))
		}
	}
}

func TestEveryShortSequenceAgreesWithPackageUTF8(t *testing.T) {
	text := make([]byte, 3*32)
	for a := range 256 {
		for b := range 256 {
			for _, at := range []int{0, 15, 31, 94} {
				clear(text)
				text[at], text[at+1] = byte(a), byte(b)
				check(t, text)
				check(t, text[:at+2])
				check(t, text[at:at+2])
			}
		}
	}
}

// TestEveryLeadAgreesWithPackageUTF8 has all first two bytes of the longer characters, and what is
// at the edges of the bytes behind them.
func TestEveryLeadAgreesWithPackageUTF8(t *testing.T) {
	edges := []byte{0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC2, 0xE0, 0xF0, 0xFF}
	text := make([]byte, 80)
	for a := 0xC0; a < 0x100; a++ {
		for b := range 256 {
			for _, c := range edges {
				for _, d := range []byte{0x7F, 0x80, 0xBF, 0xC0} {
					for _, at := range []int{0, 13, 61} {
						clear(text)
						copy(text[at:], []byte{byte(a), byte(b), c, d})
						if want := utf8.Valid(text); Valid(text) != want {
							t.Fatalf("Valid(%q) is not %v", text, want)
						}
						if want := utf8.Valid(text[:40]); at < 40-4 && Valid(text[:40]) != want {
							t.Fatalf("Valid(%q) is not %v", text[:40], want)
						}
					}
				}
			}
		}
	}
}

func TestEveryCharacterIsValid(t *testing.T) {
	var s []byte
	for c := rune(0); c <= utf8.MaxRune; c++ {
		s = utf8.AppendRune(s, c)
		if len(s) > 200 {
			check(t, s)
			s = s[:0]
		}
	}
	check(t, s)
}

func TestWrongPiecesAreFoundAtEveryLength(t *testing.T) {
	for _, s := range []string{"", "ä", "€", "😀", "\x80", "\xbf", "\xc0\xaf", "\xc1\xbf", "\xc3", "\xe2\x82",
		"\xe0\x80\x80", "\xe0\x9f\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xed\xa0\x80", "\xee\x80\x80",
		"\xf0\x8f\xbf\xbf", "\xf0\x90\x80\x80", "\xf0\x9f\x98", "\xf4\x8f\xbf\xbf", "\xf4\x90\x80\x80",
		"\xf5\x80\x80\x80", "\xf8\x80\x80\x80\x80", "\xff", "\x00"} {
		checkAround(t, s)
	}
}

func TestOneWrongByteInALongTextIsFound(t *testing.T) {
	for _, run := range []string{"日本語とかな", "한국어\ud7ff\ue000", "ࠀ€\uffff", "жизнь", "plain text", "😀🏽"} {
		s := []byte(strings.Repeat(run, 7))
		for i, was := range s {
			for c := range 256 {
				s[i] = byte(c)
				check(t, s)
			}
			s[i] = was
		}
	}
}

func TestRandomTextsAgreeWithPackageUTF8(t *testing.T) {
	pieces := []string{"a", "plain text that is long enough to be skipped over", "é", "жж", "日本", "😀",
		"\x80", "\xe0\xa0", "\xf0\x90\x80", "\xc2"}
	rng := rand.New(rand.NewPCG(7, 8))
	for range 20_000 {
		var s strings.Builder
		for range rng.IntN(24) {
			if n := rng.IntN(60); n < len(pieces) {
				s.WriteString(pieces[n])
			} else {
				s.WriteString(pieces[n%6]) // of those that are valid
			}
		}
		check(t, []byte(s.String()))
	}
}

func FuzzValid(f *testing.F) {
	f.Add([]byte("日本語"), uint8(20))
	f.Add([]byte("\xf0\x90\x80"), uint8(64))
	f.Fuzz(func(t *testing.T, s []byte, before uint8) {
		check(t, s)
		check(t, append([]byte(strings.Repeat("ж", int(before)/2)), s...))
	})
}

func BenchmarkValid(b *testing.B) {
	for _, script := range []struct{ name, text string }{
		{"ascii", "plain text"}, {"latin", "für größere"}, {"cyrillic", "жизнь и"}, {"japanese", "日本語とかな"},
		{"emoji", "😀🏽 ok"},
	} {
		for _, size := range []int{8, 20, 30, 48, 64, 200, 4000} {
			s := []byte(strings.Repeat(script.text, size/len(script.text)+1)[:size])
			for !utf8.Valid(s) {
				s = s[:len(s)-1]
			}
			run := func(name string, valid func([]byte) bool) {
				b.Run(fmt.Sprintf("%s/%s/%d", name, script.name, size), func(b *testing.B) {
					b.ReportAllocs()
					b.SetBytes(int64(len(s)))
					for b.Loop() {
						if !valid(s) {
							b.Fatal(s)
						}
					}
				})
			}
			run("words", validWords)
			run("valid", Valid)
			run("utf8", utf8.Valid)
		}
	}
}
