package spectest

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"github.com/leverrpc/lever/wire"
)

// fromJSON gives what wire decodes from the encoding of a JSON text. {"$bytes":"…"} is raw bytes.
func fromJSON(t *testing.T, line int, text string) any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil || d.More() {
		t.Fatalf("SPEC.md:%d: %q is not JSON: %v", line, text, err)
	}
	b, err := wire.Append(nil, numbers(v))
	if err != nil {
		t.Fatalf("SPEC.md:%d: %v", line, err)
	}
	return decoded(t, line, b)
}

// numbers makes wire's numbers of JSON's, and raw bytes of their JSON form.
func numbers(v any) any {
	switch v := v.(type) {
	case json.Number:
		return wire.Number(v)
	case []any:
		for i := range v {
			v[i] = numbers(v[i])
		}
	case map[string]any:
		if text, ok := v["$bytes"].(string); ok && len(v) == 1 {
			b, _ := base64.StdEncoding.DecodeString(text) // what is wrong shows in the comparison
			return b
		}
		for k := range v {
			v[k] = numbers(v[k])
		}
	}
	return v
}

func decoded(t *testing.T, line int, b []byte) (v any) {
	t.Helper()
	if err := wire.Unmarshal(b, &v); err != nil {
		t.Errorf("SPEC.md:%d: %x: %v", line, b, err)
	}
	return v
}

func TestEveryValueIsDecodedAndEncodedAgain(t *testing.T) {
	all := blocks(t, "value")
	if len(all) < 10 {
		t.Fatalf("%d value blocks, want at least 10", len(all))
	}
	for _, block := range all {
		var b []byte
		for i, line := range block.lines {
			bytes, comment, err := hexLine(line)
			if err != nil || comment == "" {
				t.Errorf("SPEC.md:%d: %v; every line has a comment", block.line+1+i, err)
			}
			b = append(b, bytes...)
		}
		text := strings.TrimPrefix(block.lines[0], "; ")
		got, want := decoded(t, block.line, b), fromJSON(t, block.line, text)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("SPEC.md:%d: got %#v, want %#v", block.line, got, want)
		}
		again, err := wire.Append(nil, got)
		if err != nil || !reflect.DeepEqual(decoded(t, block.line, again), want) {
			t.Errorf("SPEC.md:%d: encoded again: %x, %v", block.line, again, err)
		}
		// A vector and the order of members are the writer's choice; all else has one form.
		if b[0] != 0xD9 && !strings.Contains(text, ",\"") && !bytes.Equal(again, b) {
			t.Errorf("SPEC.md:%d: encoded again\n got %x\nwant %x", block.line, again, b)
		}
	}
}

func TestWhatTheTableSaysIsRefused(t *testing.T) {
	rows := table(t, "4.5", "hex", "why")
	if len(rows) < 20 {
		t.Fatalf("%d rows, want at least 20", len(rows))
	}
	for _, row := range rows {
		b, _, err := hexLine(strings.Trim(row[0], "`"))
		if err != nil {
			t.Errorf("%v", err)
		}
		if wire.Validate(b) == nil {
			t.Errorf("%x (%s): Validate takes it", b, row[1])
		}
		if v := any(nil); wire.Unmarshal(b, &v) == nil {
			t.Errorf("%x (%s): Unmarshal takes it", b, row[1])
		}
	}
}

// TestValuesInFramesSayWhatTheyAre decodes each part whose comment begins with its role and JSON.
func TestValuesInFramesSayWhatTheyAre(t *testing.T) {
	count := 0
	for _, f := range allFrames(t) {
		for _, part := range f.parts {
			role, text, _ := strings.Cut(part.says, " ")
			switch role {
			case "arguments", "value", "message", "error":
			default:
				continue
			}
			count++
			got, want := decoded(t, f.line, part.b), fromJSON(t, f.line, text)
			if !reflect.DeepEqual(got, want) {
				t.Errorf("SPEC.md:%d: %q: got %#v", f.line, part.says, got)
			}
			if _, ok := got.([]any); role == "arguments" && !ok {
				t.Errorf("SPEC.md:%d: arguments are not an array", f.line)
			}
		}
	}
	if count < 30 {
		t.Errorf("%d values in frames, want at least 30", count)
	}
}
