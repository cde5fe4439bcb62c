package frame_test

import (
	"fmt"

	"github.com/leverrpc/lever/frame"
)

// A frame is a header and a payload. The header is written last, into room left for it, when the
// payload's size is known.
func Example() {
	out := make([]byte, frame.HeaderSize)
	out = frame.AppendCallHead(out, 0, "bank/get", nil)
	out = append(out, 0x80) // no arguments
	frame.PutHeader(out, frame.Header{
		Length: uint32(len(out) - frame.HeaderSize), Type: frame.Call, ID: 1, Aux: 1500,
	})
	fmt.Printf("% x\n", out)

	h, n := frame.ConsumeHeader(out)
	if err := h.Check(); err != nil {
		fmt.Println(err) // the connection ends
	}
	head, m, err := frame.ConsumeCallHead(h, out[n:])
	if err != nil {
		fmt.Println(err) // the call ends
	}
	fmt.Printf("%v: %s with %x\n", h, head.Name, out[n+m:])
	// Output:
	// 0b 00 00 00 02 00 00 00 01 00 00 00 dc 05 00 00 08 00 62 61 6e 6b 2f 67 65 74 80
	// CALL #1 inline deadline=1500µs length=11: bank/get with 80
}

func ExampleExplain() {
	out := frame.AppendHeader(nil, frame.Header{Length: 8, Type: frame.Bind, Code: 3})
	out = append(out, "bank/get"...)
	out = frame.AppendHeader(out, frame.Header{Type: frame.Finish})
	for len(out) > 0 {
		text, n := frame.Explain(out)
		fmt.Println(text)
		out = out[n:]
	}
	// Output:
	// BIND method=3 length=8 | name="bank/get"
	// FINISH | offset 0: frame: PROTOCOL: FINISH header: id is 0, expected at least 1
}

func ExampleCheckExtensions() {
	block := frame.AppendExtension(nil, frame.ExtResource, []byte("acct-42"))
	block = frame.AppendExtension(block, 0x07, nil)
	fmt.Println(frame.CheckExtensions(block))
	resource, ok := frame.FindExtension(block, frame.ExtResource)
	fmt.Printf("%s %v\n", resource, ok)
	// Output:
	// frame: offset 10: extension 0x07 is critical and not known
	// acct-42 true
}
