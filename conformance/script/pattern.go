package script

import (
	"fmt"
	"strings"
)

// Pattern is one frame as a script writes it: a type, the call, and fields key=value.
type Pattern struct {
	Type   string  // HELLO to BIND, or FRAME with a field type
	Call   string  // what follows #, or ""
	Fields []Field // in the order in which they were written
}

// Field is key=value, or a key alone.
type Field struct{ Key, Value string }

// String gives the pattern as it was written.
func (p Pattern) String() string {
	words := []string{p.Type}
	if p.Call != "" {
		words = append(words, "#"+p.Call)
	}
	for _, f := range p.Fields {
		if f.Value != "" {
			f.Key += "=" + f.Value
		}
		words = append(words, f.Key)
	}
	return strings.Join(words, " ")
}

// get gives the value of the first field with this key.
func (p Pattern) get(key string) (string, bool) {
	for _, f := range p.Fields {
		if f.Key == key {
			return f.Value, true
		}
	}
	return "", false
}

// Has reports whether the pattern has the field.
func (p Pattern) Has(key string) bool {
	_, ok := p.get(key)
	return ok
}

// typ gives the frame type that the pattern names.
func (p Pattern) typ(env *Env) (uint8, error) {
	if v, ok := typeNames[p.Type]; ok {
		return uint8(v), nil
	}
	text, ok := p.get("type")
	if p.Type != "FRAME" || !ok {
		return 0, fmt.Errorf("%q is no frame type; FRAME takes type=", p.Type)
	}
	n, err := env.number32(text)
	return uint8(n), err
}

// parsePattern reads the words of one frame.
func parsePattern(words []string) (p Pattern, err error) {
	if len(words) == 0 {
		return p, fmt.Errorf("a frame is missing")
	}
	p.Type = words[0]
	if _, ok := typeNames[p.Type]; !ok && p.Type != "FRAME" {
		return p, fmt.Errorf("%q is no frame type", p.Type)
	}
	for i, word := range words[1:] {
		if call, ok := strings.CutPrefix(word, "#"); ok && i == 0 {
			p.Call = call
			continue
		}
		key, value, _ := strings.Cut(word, "=")
		if key == "" {
			return p, fmt.Errorf("%q is no field", word)
		}
		p.Fields = append(p.Fields, Field{key, value})
	}
	return p, nil
}
