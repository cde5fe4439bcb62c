package frame

import "testing"

func TestViewsComeThroughABlock(t *testing.T) {
	want := View{Epoch: 0x0102030405060708, Digest: 0xF0F1F2F3F4F5F6F7}
	block := AppendView(AppendExtension(nil, ExtResource, []byte("a7")), want)
	if got, ok := FindView(block); !ok || got != want {
		t.Errorf("got %+v %v, want %+v", got, ok, want)
	}
	if text := string(block[5:14]); text != "\x02\x10\x00\x08\x07\x06\x05\x04\x03" {
		t.Errorf("VIEW begins with %x", text)
	}
	if err := CheckExtensions(block); err != nil {
		t.Error(err)
	}
	for _, x := range []struct {
		name  string
		block []byte
		ok    bool
	}{
		{"no block", nil, true},
		{"a block without VIEW", AppendExtension(nil, ExtResource, []byte("a7")), true},
		{"a VIEW that is too short", AppendExtension(nil, ExtView, make([]byte, 15)), false},
		{"a VIEW that has grown", AppendExtension(nil, ExtView, make([]byte, 17)), true},
	} {
		if got, ok := FindView(x.block); ok != x.ok || got != (View{}) {
			t.Errorf("%s: %+v %v, want zero and %v", x.name, got, ok, x.ok)
		}
	}
}
