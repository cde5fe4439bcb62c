package vectors

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"flag"
	"os"
	"slices"
	"testing"

	"github.com/leverrpc/lever/frame"
)

var rewrite = flag.Bool("rewrite", false, "write the files from the tables")

// render gives a file: one vector on each line.
func render(t *testing.T, all []vector) []byte {
	var out bytes.Buffer
	for i, v := range all {
		line, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		out.WriteString([]string{"[\n", ",\n"}[min(i, 1)])
		out.Write(line)
	}
	out.WriteString("\n]\n")
	return out.Bytes()
}

func TestFilesHoldWhatTheTablesSay(t *testing.T) {
	for path, f := range map[string]struct {
		all   []vector
		least int
	}{
		"frame-valid.json":   {validFrames(), 150},
		"frame-invalid.json": {invalidFrames(), 250},
	} {
		if len(f.all) < f.least {
			t.Errorf("%s: %d vectors, want at least %d", path, len(f.all), f.least)
		}
		seen := make(map[string]bool)
		for _, v := range f.all {
			if seen[v.ID] {
				t.Errorf("%s: %s stands twice", path, v.ID)
			}
			seen[v.ID] = true
		}
		want := render(t, f.all)
		if *rewrite {
			if err := os.WriteFile(path, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(path)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s differs from its tables: run the test with -rewrite (%v)", path, err)
		}
	}
}

// load reads a file as anybody would.
func load(t *testing.T, path string) (all []vector) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(b, &all)
	}
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// raw gives a vector's bytes.
func (v vector) raw(t *testing.T) []byte {
	t.Helper()
	b, err := decode(v.Hex)
	if err != nil {
		t.Fatalf("%s: %v", v.ID, err)
	}
	return b
}

func TestValidFramesMeanWhatTheySay(t *testing.T) {
	for _, v := range load(t, "frame-valid.json") {
		b := v.raw(t)
		h, n := frame.ConsumeHeader(b)
		if n == 0 || len(b) != n+int(h.Length) {
			t.Errorf("%s: a header of %d bytes, %v", v.ID, n, h)
			continue
		}
		if err := h.Check(); err != nil {
			t.Errorf("%s: %v", v.ID, err)
		}
		if got, err := read(h, b[n:]); err != nil || !same(got, v.Frame) {
			t.Errorf("%s:\n got %v, %v\nwant %v", v.ID, text(got), err, text(v.Frame))
		}
		if again := append(frame.AppendHeader(nil, h), b[n:]...); !bytes.Equal(again, b) {
			t.Errorf("%s: written again it is %x", v.ID, again[:16])
		}
		for cut := range len(b) {
			if _, n := frame.ConsumeHeader(b[:cut]); n != 0 && cut < frame.HeaderSize {
				t.Errorf("%s: cut after %d bytes it has a header", v.ID, cut)
			}
			if _, n := frame.Explain(b[:cut]); n != 0 {
				t.Errorf("%s: cut after %d bytes it is a frame of %d", v.ID, cut, n)
			}
		}
	}
}

func text(m *meaning) string {
	b, _ := json.Marshal(m) // only to be shown
	return string(b)
}

func same(a, b *meaning) bool { return text(a) == text(b) }

// read is what package frame makes of a frame.
func read(h frame.Header, p []byte) (*meaning, error) {
	m := &meaning{
		Type: h.Type.String(), Length: h.Length, Code: h.Code, ID: h.ID, Aux: h.Aux,
		Flags: []string{},
	}
	if h.Type.Ignorable() {
		m.Type = "0x" + hex.EncodeToString([]byte{byte(h.Type)})
	}
	for bit := frame.Flags(1); bit != 0; bit <<= 1 {
		if h.Flags&bit != 0 {
			m.Flags = append(m.Flags, flagName(h, bit))
		}
	}
	switch h.Type {
	case frame.Hello:
		return m, readParams(m, p)
	case frame.Call:
		head, n, err := frame.ConsumeCallHead(h, p)
		if err == nil && h.Code == 0 {
			err = frame.CheckName(head.Name)
		}
		m.Name, m.BodyAt = string(head.Name), n
		return m, readExtensions(m, head.Ext, err)
	case frame.Result:
		block, n, err := frame.ConsumeResultHead(h, p)
		m.BodyAt = n
		return m, readExtensions(m, block, err)
	case frame.Bind:
		m.Name = string(p)
		return m, frame.CheckName(p)
	}
	return m, nil
}

func flagName(h frame.Header, bit frame.Flags) string {
	for n, v := range flags[h.Type.String()] {
		if frame.Flags(v) == bit {
			return n
		}
	}
	return "0x" + hex.EncodeToString([]byte{byte(bit)})
}

func readParams(m *meaning, payload []byte) error {
	p, err := frame.ConsumeParams(payload)
	if err != nil {
		return err
	}
	m.Params = &params{
		MaxFrame: p.MaxFrame, MaxMessage: p.MaxMessage, Calls: p.Calls, ConnBytes: p.ConnBytes,
		StreamBytes: p.StreamBytes, MaxBindings: p.MaxBindings, IdleMS: p.IdleMS,
		Features: p.Features, Auth: hex.EncodeToString(p.Auth), Peer: p.Peer,
		Environment: p.Environment, Incarnation: p.Incarnation, KeepMS: p.KeepMS,
	}
	return nil
}

func readExtensions(m *meaning, block []byte, err error) error {
	if err == nil {
		err = frame.CheckExtensions(block)
	}
	for len(block) > 0 && err == nil {
		e, n := frame.ConsumeExtension(block)
		m.Extensions = append(m.Extensions, extension{e.ID, hex.EncodeToString(e.Value)})
		block = block[n:]
	}
	return err
}

func TestInvalidFramesAreRefusedAsTheySay(t *testing.T) {
	for _, v := range load(t, "frame-invalid.json") {
		b := v.raw(t)
		h, n := frame.ConsumeHeader(b)
		if n == 0 {
			t.Errorf("%s: no header", v.ID)
			continue
		}
		if err := h.Check(); err != nil {
			if v.Error.Call != "" || !slices.Contains(v.Error.Reason, err.Reason.String()) {
				t.Errorf("%s: %v, want %v", v.ID, err, v.Error)
			}
			continue
		}
		_, err := read(h, b[n:])
		switch fault, closes := err.(*frame.Error); {
		case err == nil:
			t.Errorf("%s: %v is taken, want %v", v.ID, h, v.Error)
		case closes && !slices.Contains(v.Error.Reason, fault.Reason.String()):
			t.Errorf("%s: %v, want %v", v.ID, err, v.Error)
		case !closes && v.Error.Call == "" && h.Type != frame.Bind:
			t.Errorf("%s: %v, want %v", v.ID, err, v.Error)
		}
	}
}
