package frame

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

func TestCallHeadBytes(t *testing.T) {
	ext := AppendExtension(nil, ExtResource, []byte("a7"))
	for _, c := range []struct {
		name, method string
		code         uint16
		ext          []byte
		hex          string
	}{
		{"name inline", "bank/get", 0, nil, "0800 62616e6b2f676574"},
		{"name inline and extensions", "bank/get", 0, ext, "0800 62616e6b2f676574 0500 01 0200 6137"},
		{"bound", "bank/get", 3, nil, ""},
		{"bound with extensions", "bank/get", 3, ext, "0500 01 0200 6137"},
		{"the shortest name", "abc/d", 0, nil, "0500 6162632f64"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := Header{Type: Call, Code: c.code, ID: 1}
			if c.ext != nil {
				h.Flags |= Ext
			}
			p := unhex(t, c.hex)
			if got := AppendCallHead([]byte("x"), c.code, c.method, c.ext); !bytes.Equal(got[1:], p) {
				t.Errorf("AppendCallHead\n got %x\nwant 78%x", got, p)
			}
			name := c.method
			if c.code != 0 {
				name = ""
			}
			eachCut(t, p, fmt.Sprintf("%s %x", name, c.ext), false, func(b []byte) (int, string) {
				head, n, err := ConsumeCallHead(h, b)
				if err != nil {
					return -1, err.Error()
				}
				return n, fmt.Sprintf("%s %x", head.Name, head.Ext)
			})
		})
	}
}

func TestResultHeadBytes(t *testing.T) {
	ext := AppendExtension(nil, ExtMetadata, []byte{1, 'k', 1, 0, 'v'})
	for _, c := range []struct {
		name string
		ext  []byte
		hex  string
	}{
		{"nothing", nil, ""},
		{"extensions", ext, "0800 82 0500 01 6b 0100 76"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := Header{Type: Result, ID: 1}
			if c.ext != nil {
				h.Flags |= Ext
			}
			p := unhex(t, c.hex)
			if got := AppendResultHead(nil, c.ext); !bytes.Equal(got, p) {
				t.Errorf("AppendResultHead got %x, want %x", got, p)
			}
			eachCut(t, p, fmt.Sprintf("%x", c.ext), false, func(b []byte) (int, string) {
				ext, n, err := ConsumeResultHead(h, b)
				if err != nil {
					return -1, err.Error()
				}
				return n, fmt.Sprintf("%x", ext)
			})
		})
	}
}

func TestConsumeCallHeadRefuses(t *testing.T) {
	for _, c := range []struct {
		code  uint16
		flags Flags
		hex   string
		want  string
	}{
		{0, 0, "", "offset 0: call head has 0 bytes, expected a name's size (2)"},
		{0, 0, "05", "offset 0: call head has 1 bytes, expected a name's size (2)"},
		{0, 0, "0400 61626364", "offset 0: call head has a name of 4 bytes, expected 5 to 511"},
		{0, 0, "0002", "offset 0: call head has a name of 512 bytes, expected 5 to 511"},
		{0, 0, "ffff", "offset 0: call head has a name of 65535 bytes, expected 5 to 511"},
		{0, 0, "0600 6162632f64", "offset 0: call head has a name of 6 bytes, 5 are left"},
		{0, Ext, "0500 6162632f64", "offset 7: head has 0 bytes, expected an extension block's size (2)"},
		{9, Ext, "00", "offset 0: head has 1 bytes, expected an extension block's size (2)"},
		{9, Ext, "0110", "offset 0: head has an extension block of 4097 bytes, at most 4096"},
		{0, Ext, "0500 6162632f64 0300 8200", "offset 7: head has an extension block of 3 bytes, 2 are left"},
	} {
		h := Header{Type: Call, Flags: c.flags, Code: c.code, ID: 1}
		head, n, err := ConsumeCallHead(h, unhex(t, c.hex))
		if got, want := text(err), "frame: "+c.want; got != want {
			t.Errorf("%s\n got %s\nwant %s", c.hex, got, want)
		}
		if n != 0 || head.Name != nil || head.Ext != nil {
			t.Errorf("%s: a refused head gave %v, %d", c.hex, head, n)
		}
	}
}

func TestCallHeadLendsSlicesThatCannotGrow(t *testing.T) {
	p := AppendCallHead(nil, 0, "bank/get", AppendExtension(nil, ExtResource, []byte("a7")))
	p = append(p, "arguments"...)
	head, n, err := ConsumeCallHead(Header{Type: Call, Flags: Ext, ID: 1}, p)
	if err != nil {
		t.Fatal(err)
	}
	_ = append(head.Name, "XXXX"...)
	_ = append(head.Ext, "XXXX"...)
	if got := string(p[n:]); got != "arguments" {
		t.Errorf("appending to a lent slice changed the payload: %q", got)
	}
}

func TestCheckName(t *testing.T) {
	long := strings.Repeat("s", 256)
	for _, c := range []struct{ name, want string }{
		{"bank/transfer", ""},
		{"abc/d", ""},
		{"_registry/watchChan", ""},
		{"a-b.c_9/-.x_", ""},
		{long[:255] + "/" + long[:255], ""},
		{"", "offset 0: name has no '/', expected service/method"},
		{"bank", "offset 4: name has no '/', expected service/method"},
		{"/get", "offset 0: name has a service of 0 bytes, expected 3 to 255"},
		{"ab/get", "offset 0: name has a service of 2 bytes, expected 3 to 255"},
		{long + "/get", "offset 0: name has a service of 256 bytes, expected 3 to 255"},
		{"bank/", "offset 5: name has a method of 0 bytes, expected 1 to 255"},
		{"bank/" + long, "offset 5: name has a method of 256 bytes, expected 1 to 255"},
		{".bank/get", "offset 0: name begins with '.', expected a letter, a digit or '_'"},
		{"-bank/get", "offset 0: name begins with '-', expected a letter, a digit or '_'"},
		{"bank/a/b", "offset 6: name has the byte 0x2f, expected A-Z a-z 0-9 . _ -"},
		{"bank//get", "offset 5: name has the byte 0x2f, expected A-Z a-z 0-9 . _ -"},
		{"bank/get ", "offset 8: name has the byte 0x20, expected A-Z a-z 0-9 . _ -"},
		{"ba\x00k/get", "offset 2: name has the byte 0x00, expected A-Z a-z 0-9 . _ -"},
		{"bänk/get", "offset 1: name has the byte 0xc3, expected A-Z a-z 0-9 . _ -"},
		{"bank/g%65t", "offset 6: name has the byte 0x25, expected A-Z a-z 0-9 . _ -"},
	} {
		want := c.want
		if want != "" {
			want = "frame: " + want
		}
		if got := text(CheckName([]byte(c.name))); got != want {
			t.Errorf("%q\n got %s\nwant %s", c.name, got, want)
		}
	}
}
