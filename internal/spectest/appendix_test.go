package spectest

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"os/exec"
	"strings"
	"testing"

	"github.com/leverrpc/lever/frame"
)

// python runs the client of chapter 18 followed by more lines, and gives what that prints.
func python(t *testing.T, more string) string {
	t.Helper()
	path, err := exec.LookPath("python3")
	if err != nil {
		t.Skip("there is no python3 to run chapter 18 with")
	}
	code := blocks(t, "python")
	if len(code) != 1 {
		t.Fatalf("%d blocks of Python, want 1", len(code))
	}
	cmd := exec.Command(path, "-")
	cmd.Stdin = strings.NewReader(strings.Join(code[0].lines, "\n") + "\n" + more)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		t.Errorf("%v\n%s", err, errs.String())
	}
	return string(out)
}

func TestAppendixEncodesAndDecodes(t *testing.T) {
	var script strings.Builder
	script.WriteString("import json\n")
	for _, b := range blocks(t, "value") {
		var value []byte
		for _, line := range b.lines {
			bytes, _, _ := hexLine(line) // the values' own test reports faults
			value = append(value, bytes...)
		}
		text := strings.TrimPrefix(b.lines[0], "; ")
		switch {
		case strings.Contains(text, "$bytes"), value[0] == 0xD6:
			continue // JSON's own types do not tell these from others
		case value[0] == 0xD4 && len(text) > 16:
			continue // Python keeps 2^64 as an integer
		}
		fmt.Fprintf(&script, "v, b = json.loads(%q), bytes.fromhex(%q)\n", text, hex.EncodeToString(value))
		fmt.Fprintf(&script, "assert decode(b) == (v, len(b)), (v, decode(b))\n")
		if value[0] != 0xD9 {
			fmt.Fprintf(&script, "assert encode(v) == b, (v, encode(v).hex())\n")
		}
	}
	script.WriteString("print('done')\n")
	if got := python(t, script.String()); got != "done\n" {
		t.Errorf("printed %q, want done", got)
	}
}

// TestAppendixCalls plays the server of session 17.1 to the client, which sends its HELLO without
// parameters, and then a result in two frames with an extension and with grease in between.
func TestAppendixCalls(t *testing.T) {
	var client, server []byte
	for _, f := range blocks(t, "session")[0].frames(t) {
		if f.who == "S" {
			server = append(server, f.raw...)
		} else if f.h.Type == frame.Call {
			f.h.Aux = 0 // this client has no deadlines
			client = append(frame.AppendHeader(nil, f.h), f.raw[frame.HeaderSize:]...)
		}
	}
	hello := frame.Header{Type: frame.Hello, Code: 1, ID: frame.Magic, Aux: 1}
	client = append(frame.AppendHeader(nil, hello), client...)
	ext := frame.AppendResultHead(nil, frame.AppendExtension(nil, frame.ExtMetadata, nil))
	body := append(ext, bytes.Repeat([]byte{'a'}, 3000)...)
	first := frame.Header{Length: 2000, Type: frame.Result, Flags: frame.Ext | frame.Bytes | frame.More, ID: 3}
	server = append(append(frame.AppendHeader(server, first), body[:2000]...),
		frame.AppendHeader(nil, frame.Header{Type: 0x9A})...)
	rest := frame.Header{Length: uint32(len(body) - 2000), Type: frame.Msg, ID: 3}
	server = append(frame.AppendHeader(server, rest), body[2000:]...)

	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	got := make([]byte, len(client))
	done := make(chan error, 1)
	go func() { // ends when the client has closed
		c, err := l.Accept()
		if err != nil {
			done <- err
			return
		}
		_, err = io.ReadFull(c, got)
		if err == nil {
			_, err = c.Write(server)
		}
		_, _ = io.Copy(io.Discard, c)
		done <- c.Close()
	}()
	out := python(t, fmt.Sprintf("c = Client('127.0.0.1', %d)\n", l.Addr().(*net.TCPAddr).Port)+
		"print(c.call('bank/transfer', 'ann', 'bob', 500))\n"+
		"print(c.call('blob/get') == b'a' * 3000)\n")
	if want := "{'id': 7}\nTrue\n"; out != want {
		t.Errorf("printed %q, want %q", out, want)
	}
	l.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
	if !bytes.Equal(got, client) {
		t.Errorf("the client sent\n     %x\nwant %x", got, client)
	}
}
