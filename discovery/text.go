package discovery

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/leverrpc/lever/engine"
	"github.com/leverrpc/lever/wire/wirejson"
)

// document and record are the text forms of a Directory and an instance.
type document struct {
	Epoch    uint64              `json:"epoch,omitempty"`
	Services map[string][]record `json:"services"`
}

type record struct {
	ID          string `json:"id,omitempty"`
	Incarnation uint64 `json:"incarnation,omitempty"`
	Addr        string `json:"addr"`
	Weight      int    `json:"weight,omitempty"`
	Zone        string `json:"zone,omitempty"`
	Tier        int    `json:"tier,omitempty"`
	Draining    bool   `json:"draining,omitempty"`
}

// ParseDirectory reads the text form of a directory. It is strict: a name that is given twice or
// means nothing, anything behind the document, and what Check finds are errors.
func ParseDirectory(text []byte) (Directory, error) {
	var doc document
	if err := parse(text, &doc, true); err != nil {
		return Directory{}, err
	}
	if doc.Services == nil {
		return Directory{}, errors.New(`directory: "services" is missing`)
	}
	d := Directory{Epoch: doc.Epoch, Services: make(map[string][]engine.Instance)}
	for key, records := range doc.Services {
		instances := make([]engine.Instance, len(records))
		for i, r := range records {
			instances[i] = engine.Instance(r)
		}
		d.Services[key] = instances
	}
	if err := d.Check(); err != nil {
		return Directory{}, fmt.Errorf("directory: %w", err)
	}
	return d, nil
}

// Append appends the text form of the directory, which must pass Check, indented for people.
func (d Directory) Append(dst []byte) ([]byte, error) {
	if err := d.Check(); err != nil {
		return dst, fmt.Errorf("directory: %w", err)
	}
	doc := document{Epoch: d.Epoch, Services: make(map[string][]record)}
	for key, instances := range d.Services {
		records := make([]record, len(instances))
		for i, in := range instances {
			records[i] = record(in)
		}
		doc.Services[key] = records
	}
	text, err := json.MarshalIndent(doc, "", "  ")
	if err != nil {
		return dst, fmt.Errorf("directory: %w", err)
	}
	return append(append(dst, text...), '\n'), nil
}

// ParseInstance reads the text form of one instance, as a Directory has it, and checks it. Names
// that mean nothing are passed over: they may come from a later version.
func ParseInstance(text []byte) (engine.Instance, error) {
	var r record
	if err := parse(text, &r, false); err != nil {
		return engine.Instance{}, err
	}
	in := engine.Instance(r)
	if err := checkInstance(&in); err != nil {
		return engine.Instance{}, fmt.Errorf("instance %q: %w", clip(name(&in)), err)
	}
	return in, nil
}

// AppendInstance appends the text form of an instance, or says why [Check] would refuse it.
func AppendInstance(dst []byte, in engine.Instance) ([]byte, error) {
	if err := checkInstance(&in); err != nil {
		return dst, fmt.Errorf("instance %q: %w", clip(name(&in)), err)
	}
	text, err := json.Marshal(record(in))
	return append(dst, text...), err
}

// parse reads JSON text into v. Package wirejson goes first, because encoding/json lets pass what
// is no JSON text, and of two values of one name takes the last.
func parse(text []byte, v any, known bool) error {
	if _, err := wirejson.AppendWire(nil, text); err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	if known {
		d.DisallowUnknownFields()
	}
	return d.Decode(v)
}
