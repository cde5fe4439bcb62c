package frame

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"testing"
)

var headerCases = []struct {
	name string
	h    Header
	hex  string
}{
	{"all fields zero", Header{}, "00000000 00 00 0000 00000000 00000000"},
	{"each field has its place", Header{0x04030201, 0x05, 0x06, 0x0807, 0x0C0B0A09, 0x100F0E0D},
		"01020304 05 06 0708 090a0b0c 0d0e0f10"},
	{"all bits set", Header{1<<32 - 1, 0xFF, 0xFF, 0xFFFF, 1<<32 - 1, 1<<32 - 1},
		"ffffffff ff ff ffff ffffffff ffffffff"},
	{"a HELLO spells LEVR", Header{0, Hello, 0, 1, Magic, 1}, "00000000 01 00 0100 4c455652 01000000"},
}

func TestHeaderBytes(t *testing.T) {
	for _, c := range headerCases {
		t.Run(c.name, func(t *testing.T) {
			want := unhex(t, c.hex)
			if got := AppendHeader([]byte("x"), c.h); !bytes.Equal(got[1:], want) || got[0] != 'x' {
				t.Errorf("AppendHeader\n got %x\nwant 78%x", got, want)
			}
			put := bytes.Repeat([]byte{0xEE}, HeaderSize+1)
			PutHeader(put, c.h)
			if !bytes.Equal(put[:HeaderSize], want) || put[HeaderSize] != 0xEE {
				t.Errorf("PutHeader\n got %x\nwant %xee", put, want)
			}
			eachCut(t, want, fmt.Sprintf("%#v", c.h), false, func(b []byte) (int, string) {
				h, n := ConsumeHeader(b)
				return n, fmt.Sprintf("%#v", h)
			})
		})
	}
}

func TestConsumeHeaderAsksForMore(t *testing.T) {
	for size := range HeaderSize {
		if h, n := ConsumeHeader(make([]byte, size)); n != 0 || h != (Header{}) {
			t.Errorf("%d bytes: got %v, %d, want the zero header and 0", size, h, n)
		}
	}
}

// unhex reads hex that has spaces and line breaks between bytes.
func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(string(bytes.Join(bytes.Fields([]byte(s)), nil)))
	if err != nil {
		t.Fatalf("bad hex in a test: %v", err)
	}
	return b
}
