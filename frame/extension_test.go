package frame

import (
	"bytes"
	"fmt"
	"testing"
)

func TestExtensionBytes(t *testing.T) {
	for _, c := range []struct {
		name string
		e    Extension
		hex  string
	}{
		{"an empty value", Extension{ExtAttempt, nil}, "84 0000"},
		{"a resource", Extension{ExtResource, []byte("acct-42")}, "01 0700 616363742d3432"},
		{"a value of 4,064 bytes", Extension{0x90, make([]byte, 4064)},
			"90 e00f" + fmt.Sprintf("%x", make([]byte, 4064))},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := unhex(t, c.hex)
			if got := AppendExtension(nil, c.e.ID, c.e.Value); !bytes.Equal(got, want) {
				t.Errorf("AppendExtension got %x, want %x", got, want)
			}
			eachCut(t, want, fmt.Sprintf("%02x %x", c.e.ID, c.e.Value), false,
				func(b []byte) (int, string) {
					e, n := ConsumeExtension(b)
					return n, fmt.Sprintf("%02x %x", e.ID, e.Value)
				})
			if err := CheckExtensions(want); err != nil {
				t.Errorf("CheckExtensions: %v", err)
			}
		})
	}
}

func TestConsumeExtensionEnds(t *testing.T) {
	if _, n := ConsumeExtension(nil); n != 0 {
		t.Errorf("at the end: got %d, want 0", n)
	}
	for _, cut := range []string{"01", "01 00", "01 0100", "01 ffff 00"} {
		if _, n := ConsumeExtension(unhex(t, cut)); n >= 0 {
			t.Errorf("%s: got %d, want a negative number", cut, n)
		}
	}
}

func TestFindExtension(t *testing.T) {
	block := AppendExtension(nil, ExtTrace, []byte("t"))
	block = AppendExtension(block, ExtResource, []byte("r"))
	if v, ok := FindExtension(block, ExtResource); !ok || string(v) != "r" {
		t.Errorf("got %q, %v, want \"r\", true", v, ok)
	}
	if v, ok := FindExtension(block, ExtAttempt); ok || v != nil {
		t.Errorf("an absent one: got %q, %v, want nil, false", v, ok)
	}
	if v, ok := FindExtension(block[:len(block)-1], ExtResource); ok || v != nil {
		t.Errorf("one that is cut short: got %q, %v, want nil, false", v, ok)
	}
}

func TestCheckExtensionsRefuses(t *testing.T) {
	many := func(count, size int) (b []byte) {
		for i := range count {
			b = AppendExtension(b, byte(0x80+i), make([]byte, size))
		}
		return b
	}
	for _, c := range []struct {
		name  string
		block []byte
		want  string
	}{
		{"an empty block", nil, ""},
		{"64 entries that count 4,096", many(64, 32), ""},
		{"one byte more than counts 4,096", append(many(63, 32), AppendExtension(nil, 1, make([]byte, 33))...),
			"offset 2205: extension block counts 4097 with 32 for each entry, at most 4096"},
		{"65 entries", many(65, 0), "offset 192: extension block has more than 64 entries"},
		{"a long block", make([]byte, 4097), "offset 0: extension block has 4097 bytes, at most 4096"},
		{"an id twice", unhex(t, "81 0000 82 0000 81 0000"), "offset 6: extension 0x81 comes twice"},
		{"a critical id of a later version", unhex(t, "82 0000 04 0000"),
			"offset 3: extension 0x04 is critical and not known"},
		{"the id 0", unhex(t, "00 0000"), "offset 0: extension 0x00 is critical and not known"},
		{"compression", unhex(t, "03 0000"), "offset 0: extension 0x03 (COMPRESSION) is reserved and not supported"},
		{"a cut head", unhex(t, "82 0000 83 00"), "offset 3: extension is cut short, 2 bytes are left"},
		{"a cut value", unhex(t, "82 0200 00"), "offset 0: extension is cut short, 4 bytes are left"},
		{"an ignorable id of a later version", unhex(t, "ff 0100 00"), ""},
	} {
		want := c.want
		if want != "" {
			want = "frame: " + want
		}
		if got := text(CheckExtensions(c.block)); got != want {
			t.Errorf("%s\n got %s\nwant %s", c.name, got, want)
		}
	}
}
