package spectest

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/leverrpc/lever/frame"
)

// block is one fenced block of SPEC.md.
type block struct {
	kind  string // after the fence: value, frame, session, text…
	line  int    // of the fence
	lines []string
}

// blocks gives all fenced blocks of a kind.
func blocks(t testing.TB, kind string) (all []block) {
	t.Helper()
	var open *block
	for i, line := range strings.Split(read(t, "SPEC.md"), "\n") {
		switch {
		case open == nil && strings.HasPrefix(line, "```"):
			open = &block{kind: line[3:], line: i + 1}
		case open != nil && line == "```":
			if open.kind == kind {
				all = append(all, *open)
			}
			open = nil
		case open != nil:
			open.lines = append(open.lines, line)
		}
	}
	return all
}

// hexLine reads one line of a block: its bytes and the comment behind ';'.
func hexLine(line string) (b []byte, comment string, err error) {
	code, comment, _ := strings.Cut(line, ";")
	words := strings.Fields(code)
	for i, word := range words {
		if times, ok := strings.CutPrefix(word, "×"); ok {
			n, err := strconv.Atoi(times)
			if err != nil || i == 0 || n < 2 {
				return nil, "", fmt.Errorf("bad repetition in %q", line)
			}
			b = append(b, bytes.Repeat(b[len(b)-1:], n-1)...)
			continue
		}
		one, err := hex.DecodeString(word)
		if err != nil || len(one) != 1 {
			return nil, "", fmt.Errorf("%q in %q is not a byte", word, line)
		}
		b = append(b, one[0])
	}
	return b, strings.TrimSpace(comment), nil
}

// part is a piece of a payload with what it says.
type part struct {
	b    []byte
	says string
}

// told is one frame of a session in SPEC.md.
type told struct {
	who   string // "C" or "S"
	line  int
	says  string // the comment of its first line
	h     frame.Header
	raw   []byte
	parts []part
}

// frames reads the frames of a session block, or the one of a frame block.
func (b block) frames(t *testing.T) (all []told) {
	t.Helper()
	for i, line := range b.lines {
		fault := func(format string, a ...any) {
			t.Helper()
			t.Fatalf("SPEC.md:%d: %s", b.line+1+i, fmt.Sprintf(format, a...))
		}
		if b.kind == "frame" && i == 0 {
			who, says, ok := strings.Cut(strings.TrimPrefix(line, "; "), ": ")
			if !ok || who != "client" && who != "server" {
				fault("the first line of a frame says who sends what, not %q", line)
			}
			all = append(all, told{who: strings.ToUpper(who[:1]), line: b.line + 1, says: says})
			continue
		}
		body, first := line, false
		if who, rest, ok := strings.Cut(line, " "); ok && (who == "C" || who == "S") {
			all = append(all, told{who: who, line: b.line + 1 + i})
			body, first = rest, true
		}
		if len(all) == 0 {
			fault("a session begins with C or S")
		}
		bytes, comment, err := hexLine(body)
		if err != nil || comment == "" {
			fault("%v; every line has a comment", err)
		}
		last := &all[len(all)-1]
		last.raw = append(last.raw, bytes...)
		if first {
			last.says = comment
		} else if len(last.raw) > frame.HeaderSize {
			last.parts = append(last.parts, part{bytes, comment})
		}
	}
	for i := range all {
		all[i].h, _ = frame.ConsumeHeader(all[i].raw)
	}
	return all
}

// allFrames gives every frame of every hex block.
func allFrames(t *testing.T) (all []told) {
	for _, kind := range []string{"frame", "session"} {
		found := blocks(t, kind)
		if len(found) < 10 {
			t.Fatalf("%d blocks of kind %s, want at least 10", len(found), kind)
		}
		for _, b := range found {
			all = append(all, b.frames(t)...)
		}
	}
	return all
}

func TestEveryFrameIsDecodedAndEncodedAgain(t *testing.T) {
	for _, f := range allFrames(t) {
		h, n := frame.ConsumeHeader(f.raw)
		if n == 0 || len(f.raw) != frame.HeaderSize+int(h.Length) {
			t.Errorf("SPEC.md:%d: %d bytes for %v", f.line, len(f.raw), h)
			continue
		}
		if err := h.Check(); err != nil {
			t.Errorf("SPEC.md:%d: %v", f.line, err)
		}
		if got := h.String(); got != f.says {
			t.Errorf("SPEC.md:%d says %q, the header is %q", f.line, f.says, got)
		}
		again := append(frame.AppendHeader(nil, h), encodeAgain(t, f, f.raw[n:])...)
		if !bytes.Equal(again, f.raw) {
			t.Errorf("SPEC.md:%d: encoded again\n got %x\nwant %x", f.line, again, f.raw)
		}
	}
}

// encodeAgain decodes a payload as far as package frame knows it, and encodes what it read.
func encodeAgain(t *testing.T, f told, p []byte) []byte {
	t.Helper()
	switch f.h.Type {
	case frame.Hello:
		return encodeParams(t, f, p)
	case frame.Call:
		head, n, err := frame.ConsumeCallHead(f.h, p)
		if err == nil && f.h.Code == 0 {
			err = frame.CheckName(head.Name)
		}
		if err == nil {
			err = frame.CheckExtensions(head.Ext)
		}
		if err != nil {
			t.Errorf("SPEC.md:%d: %v", f.line, err)
		}
		out := frame.AppendCallHead(nil, f.h.Code, string(head.Name), encodeExt(head.Ext))
		return append(out, p[n:]...)
	case frame.Result:
		ext, n, err := frame.ConsumeResultHead(f.h, p)
		if err != nil {
			t.Errorf("SPEC.md:%d: %v", f.line, err)
		}
		return append(frame.AppendResultHead(nil, encodeExt(ext)), p[n:]...)
	case frame.Bind:
		if err := frame.CheckName(p); err != nil {
			t.Errorf("SPEC.md:%d: %v", f.line, err)
		}
	}
	return p
}

func encodeExt(block []byte) (out []byte) {
	for len(block) > 0 {
		e, n := frame.ConsumeExtension(block)
		out = frame.AppendExtension(out, e.ID, e.Value)
		block = block[n:]
	}
	return out
}

// encodeParams encodes the known parameters again; a grease parameter, always the last, is kept.
func encodeParams(t *testing.T, f told, p []byte) []byte {
	t.Helper()
	params, err := frame.ConsumeParams(p)
	if err != nil {
		t.Errorf("SPEC.md:%d: %v", f.line, err)
	}
	out := frame.AppendParams(nil, params, 0)
	out = out[:len(out)-4] // the grease made from the seed 0 has no value
	if len(out) > len(p) {
		return out
	}
	return append(out, p[len(out):]...)
}
