package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/tinylib/msgp/msgp"

	"github.com/leverrpc/lever/bench/versus/wire/coded"
	"github.com/leverrpc/lever/bench/versus/wire/doc"
	"github.com/leverrpc/lever/wire"
)

// document is one text and what is done with it.
type document struct {
	name  string
	text  []byte // compact JSON
	typed typed
	path  []any // of a late value, for Get
}

// typed is one Go type under all encoders.
type typed interface {
	appendWire(dst []byte) ([]byte, error)
	appendCoded(dst []byte) ([]byte, error)
	decodeWire(b []byte) error
	decodeCoded(b []byte) error
	appendMsgp(dst []byte) ([]byte, error)
	decodeMsgp(b []byte) error
	load(text []byte) error
}

// holder is a typed document. P is the pointer to T, which has the methods of msgp, and C the same
// type with those of wire.
type holder[T, C any, P interface {
	*T
	msgp.Marshaler
	msgp.Unmarshaler
}] struct {
	v     T
	c     C
	codec *wire.Codec[T]
	coded *wire.Codec[C]
}

func hold[T, C any, P interface {
	*T
	msgp.Marshaler
	msgp.Unmarshaler
}]() typed {
	return &holder[T, C, P]{codec: must(wire.CodecFor[T]()), coded: must(wire.CodecFor[C]())}
}

func (h *holder[T, C, P]) load(text []byte) error {
	return errors.Join(json.Unmarshal(text, &h.v), json.Unmarshal(text, &h.c))
}

func (h *holder[T, C, P]) appendWire(dst []byte) ([]byte, error) {
	return h.codec.Append(dst, &h.v)
}

func (h *holder[T, C, P]) appendCoded(dst []byte) ([]byte, error) {
	return h.coded.Append(dst, &h.c)
}

func (h *holder[T, C, P]) appendMsgp(dst []byte) ([]byte, error) { return P(&h.v).MarshalMsg(dst) }

func (h *holder[T, C, P]) decodeWire(b []byte) error {
	var v T
	return h.codec.Unmarshal(b, &v)
}

func (h *holder[T, C, P]) decodeCoded(b []byte) error {
	var v C
	return h.coded.Unmarshal(b, &v)
}

func (h *holder[T, C, P]) decodeMsgp(b []byte) error {
	var v T
	_, err := P(&v).UnmarshalMsg(b)
	return err
}

const small = `{"id":90210,"method":"bank/transfer","account":"ann-4711","amount":129.95,` +
	`"currency":"EUR","tags":["web","priority"],"retry":false,"deadline":2500}`

// reply makes a reply of about 900 bytes.
func reply() string {
	item := `{"id":7300018821,"account":"bob-0815","cents":129950,"text":"invoice 2026-0117, thanks",` +
		`"at":"2026-03-02T11:45:12Z","flags":["settled","eu"],"ratio":0.125,` +
		`"meta":{"channel":"web","region":"eu-west-1"}}`
	return `{"status":"ok","cursor":"b2Zmc2V0PTQyMDA","total":1288,"items":[` +
		strings.Join([]string{item, item, item, item}, ",") + `],"took":0.0031}`
}

// documents reads the public ones from the test data of a module that the go command has fetched.
func documents() ([]document, error) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}",
		"github.com/bytedance/sonic").Output()
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(strings.TrimSpace(string(out)), "testdata")
	all := []document{
		{name: "small", text: []byte(small), typed: hold[doc.Small, coded.Small](),
			path: []any{"deadline"}},
		{name: "rpc1k", text: []byte(reply()), typed: hold[doc.Reply, coded.Reply](),
			path: []any{"took"}},
		{name: "twitter_status", typed: hold[doc.Twitter, coded.Twitter](),
			path: []any{"search_metadata", "count"}},
		{name: "citm_catalog", typed: hold[doc.Citm, coded.Citm](),
			path: []any{"venueNames", "PLEYEL_PLEYEL"}},
		{name: "canada_geometry", typed: hold[doc.Canada, coded.Canada](),
			path: []any{"features", 0, "geometry", "coordinates", 479}},
		{name: "golang_source", typed: hold[doc.Golang, coded.Golang](), path: []any{"username"}},
	}
	for i := range all {
		d := &all[i]
		if d.text == nil {
			if d.text, err = unzip(filepath.Join(dir, d.name+".json.gz")); err != nil {
				return nil, err
			}
		}
		var compact bytes.Buffer
		if err := json.Compact(&compact, d.text); err != nil {
			return nil, err
		}
		d.text = compact.Bytes()
	}
	return all, nil
}

func unzip(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}
