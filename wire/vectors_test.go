package wire_test

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"math/big"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/leverrpc/lever/wire"
	"github.com/leverrpc/lever/wire/wirejson"
)

// The vectors of the encoding are JSON files that every implementation runs. They are made by the
// tables of the vectors_*_test.go files, which build the bytes by hand: go test -rewrite.
var rewrite = flag.Bool("rewrite", false, "write the conformance vectors instead of reading them")

// vector is one line of a file. Req are the requirements of SPEC.md that it tests; Value is the JSON
// text of what Hex means; Error is the class of the fault for which Hex must be refused.
type vector struct {
	ID    string   `json:"id"`
	Req   []string `json:"req"`
	Hex   string   `json:"hex"`
	Value string   `json:"value,omitempty"`
	Error string   `json:"error,omitempty"`
	Notes string   `json:"notes,omitempty"`
}

const vectorDir = "../conformance/vectors"

func TestVectorFilesAreThoseOfTheTables(t *testing.T) {
	for name, vectors := range map[string][]vector{
		"value-valid.json": validVectors(), "value-invalid.json": invalidVectors(),
	} {
		var out bytes.Buffer
		out.WriteString("[\n")
		seen := map[string]bool{}
		for i, v := range vectors {
			if seen[v.ID] || seen[v.Hex] {
				t.Errorf("%s: %s stands twice", name, v.ID)
			}
			seen[v.ID], seen[v.Hex] = true, true
			line, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			out.Write(line)
			if i < len(vectors)-1 {
				out.WriteByte(',')
			}
			out.WriteByte('\n')
		}
		out.WriteString("]\n")
		path := filepath.Join(vectorDir, name)
		if *rewrite {
			if err := os.WriteFile(path, out.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, out.Bytes()) {
			t.Errorf("%s is not what the tables make: run go test -rewrite", path)
		}
	}
}

func readVectors(t *testing.T, name string, least int) []vector {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(vectorDir, name))
	if err != nil {
		t.Fatal(err)
	}
	var vectors []vector
	if err := json.Unmarshal(text, &vectors); err != nil {
		t.Fatal(err)
	}
	if len(vectors) < least {
		t.Errorf("%s has %d vectors, want at least %d", name, len(vectors), least)
	}
	return vectors
}

func TestValidVectors(t *testing.T) {
	for _, v := range readVectors(t, "value-valid.json", 150) {
		b, err := hex.DecodeString(v.Hex)
		if err != nil {
			t.Fatalf("%s: %v", v.ID, err)
		}
		if err := wire.Validate(b); err != nil {
			t.Errorf("%s: %v", v.ID, err)
			continue
		}
		var got any
		if err := wire.Unmarshal(b, &got); err != nil {
			t.Errorf("%s: %v", v.ID, err)
		}
		// What the text means is asked of encoding/json, so that the decoder is not its own judge.
		d := json.NewDecoder(strings.NewReader(v.Value))
		d.UseNumber()
		var want any
		if err := d.Decode(&want); err != nil {
			t.Errorf("%s: value: %v", v.ID, err)
		}
		if !means(got, want) {
			t.Errorf("%s: got %v, want %s", v.ID, got, v.Value)
		}
		again, err := wire.Append(nil, got)
		if err != nil || !wire.Equal(again, b) {
			t.Errorf("%s: is encoded again as %x, %v", v.ID, again, err)
		}
		fromText, err := wirejson.AppendWire(nil, []byte(v.Value))
		if err != nil || !wire.Equal(fromText, b) {
			t.Errorf("%s: the text becomes %x, %v", v.ID, fromText, err)
		}
	}
}

func TestInvalidVectors(t *testing.T) {
	for _, v := range readVectors(t, "value-invalid.json", 250) {
		b, err := hex.DecodeString(v.Hex)
		if err != nil {
			t.Fatalf("%s: %v", v.ID, err)
		}
		err = wire.Validate(b)
		if err == nil {
			t.Errorf("%s: accepted", v.ID)
			continue
		}
		phrase, ok := phrases[v.Error]
		if !ok {
			t.Errorf("%s: unknown class of fault %q", v.ID, v.Error)
		}
		named := false
		for _, p := range phrase {
			named = named || strings.Contains(err.Error(), p)
		}
		if !named {
			t.Errorf("%s: %v, want an error of class %s", v.ID, err, v.Error)
		}
		var got any
		if wire.Unmarshal(b, &got) == nil {
			t.Errorf("%s: decoded as %v", v.ID, got)
		}
		var raw wire.Raw
		if wire.Unmarshal(b, &raw) == nil {
			t.Errorf("%s: decoded as Raw", v.ID)
		}
		if text, err := wirejson.AppendJSON(nil, b, wirejson.Options{}); err == nil {
			t.Errorf("%s: becomes the text %s", v.ID, text)
		}
	}
}

// phrases are what the errors of a class say.
var phrases = map[string][]string{
	"truncated": {"the end of the bytes", "are left", "cut off"},
	"trailing":  {"after the value"},
	"minimal":   {"than it needs", "the short form", "want it in the tag", "float32 holds exactly"},
	"range":     {"below -2^63"},
	"finite":    {"NaN or an infinity"},
	"literal":   {"want a JSON number", "want the float", "want the integer"},
	"utf8":      {"not UTF-8"},
	"layout-b":  {"layout B"},
	"reserved":  {"reserved tag"},
	"tag":       {"invalid tag"},
	"varint":    {"invalid varint"},
	"count":     {"cannot hold them"},
	"size":      {"more than the", "are left", "the end of the bytes", "want a key"},
	"duplicate": {"twice"},
	"depth":     {"nested deeper"},
	"vector":    {"empty vector", "element kind", "elements where"},
}

// means compares a decoded value with what encoding/json read with UseNumber.
func means(got, want any) bool {
	switch want := want.(type) {
	case map[string]any:
		if b, ok := got.([]byte); ok && len(want) == 1 {
			return want["$bytes"] == base64.StdEncoding.EncodeToString(b)
		}
		m, ok := got.(map[string]any)
		if !ok || len(m) != len(want) {
			return false
		}
		for k, v := range want {
			if x, ok := m[k]; !ok || !means(x, v) {
				return false
			}
		}
		return true
	case []any:
		s, ok := got.([]any)
		if !ok || len(s) != len(want) {
			return false
		}
		for i := range s {
			if !means(s[i], want[i]) {
				return false
			}
		}
		return true
	case json.Number:
		return sameNumber(got, want.String())
	}
	return got == want
}

// sameNumber compares with all digits where the decoded number has them, else as float64.
func sameNumber(got any, want string) bool {
	if f, ok := got.(float64); ok {
		x, err := json.Number(want).Float64()
		return err == nil && math.Float64bits(x) == math.Float64bits(f)
	}
	if n, ok := got.(wire.Number); ok {
		return string(n) == want
	}
	x, ok := new(big.Rat).SetString(want)
	y, also := new(big.Rat).SetString(fmt.Sprint(got))
	return ok && also && x.Cmp(y) == 0
}
