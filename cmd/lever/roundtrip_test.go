package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// TestEncodeDecode pipes JSON files through both commands and expects equal JSON.
func TestEncodeDecode(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files (%v)", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			encoded := pipe(t, nil, "encode", file)
			if len(encoded) >= len(text) {
				t.Errorf("%d bytes of JSON became %d", len(text), len(encoded))
			}
			for _, args := range [][]string{{"decode"}, {"decode", "--pretty"}} {
				got := pipe(t, encoded, args...)
				if !reflect.DeepEqual(parse(t, got), parse(t, text)) {
					t.Errorf("%v gives other JSON:\n%.1000s", args, got)
				}
			}
			viaHex := pipe(t, pipe(t, text, "encode", "--hex"), "decode", "--hex")
			if !bytes.Equal(viaHex, pipe(t, encoded, "decode")) {
				t.Error("by way of hex it is other JSON")
			}
		})
	}
}

// pipe runs a command and gives what it prints.
func pipe(t *testing.T, stdin []byte, args ...string) []byte {
	t.Helper()
	var stdout, stderr bytes.Buffer
	w := &world{stdin: bytes.NewReader(stdin), stdout: &stdout, stderr: &stderr}
	if status := run(t.Context(), args, w); status != statusDone {
		t.Fatalf("%v: status %d, %s", args, status, stderr.String())
	}
	return stdout.Bytes()
}

// parse reads JSON with every number as it is written.
func parse(t *testing.T, text []byte) (v any) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		t.Fatal(err)
	}
	return v
}
