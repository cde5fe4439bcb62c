package frame

import "testing"

func TestHotPathsAllocateNothing(t *testing.T) {
	dst := make([]byte, 0, 4096)
	h := Header{Length: 40, Type: Call, Flags: Ext, ID: 1}
	ext := AppendExtension(AppendExtension(nil, ExtResource, []byte("acct-42")), ExtTrace, make([]byte, 26))
	head := AppendCallHead(nil, 0, "bank/transfer", ext)
	raw := AppendHeader(nil, h)
	params := AppendParams(nil, MinParams, 7)
	for name, f := range map[string]func(){
		"AppendHeader":      func() { AppendHeader(dst, h) },
		"PutHeader":         func() { PutHeader(raw, h) },
		"ConsumeHeader":     func() { ConsumeHeader(raw) },
		"Check":             func() { _ = h.Check() },
		"AppendCallHead":    func() { AppendCallHead(dst, 0, "bank/transfer", ext) },
		"ConsumeCallHead":   func() { _, _, _ = ConsumeCallHead(h, head) },
		"ConsumeResultHead": func() { _, _, _ = ConsumeResultHead(Header{Type: Result, Flags: Ext}, head[15:]) },
		"CheckExtensions":   func() { _ = CheckExtensions(ext) },
		"FindExtension":     func() { FindExtension(ext, ExtTrace) },
		"AppendExtension":   func() { AppendExtension(dst, ExtTrace, ext) },
		"CheckName":         func() { _ = CheckName(head[2:15]) },
		"AppendParams":      func() { AppendParams(dst, MinParams, 7) },
		"ConsumeParams":     func() { _, _ = ConsumeParams(params) },
	} {
		if got := testing.AllocsPerRun(100, f); got != 0 {
			t.Errorf("%s: %v allocations, want 0", name, got)
		}
	}
}
