package script

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
)

// Build makes the frame that a pattern describes. What it does not mention has the value that a
// careful peer would give it, and Length is that of the payload, unless a field says otherwise.
func (p Pattern) Build(env *Env) (Frame, error) {
	typ, err := p.typ(env)
	if err != nil {
		return Frame{}, err
	}
	f := Frame{Type: typ}
	if typ == Hello {
		f.ID = Magic
	}
	if p.Call != "" {
		if f.ID, err = env.ID(p.Call); err != nil {
			return Frame{}, err
		}
	}
	length := ""
	for _, field := range p.Fields {
		if field.Key == "length" {
			length = field.Value
			continue
		}
		done, err := f.setHeader(field, env)
		if err == nil && !done {
			err = f.addPayload(field, env)
		}
		if err != nil {
			return Frame{}, fmt.Errorf("%s: field %s: %w", p.Type, field.Key, err)
		}
	}
	f.Length = uint32(len(f.Payload))
	if length != "" {
		f.Length, err = env.number32(length)
	}
	return f, err
}

// setHeader sets one field of the header; false: the field is of the payload.
func (f *Frame) setHeader(field Field, env *Env) (bool, error) {
	number := func(names register) (uint32, error) {
		if v, ok := names[field.Value]; ok {
			return v, nil
		}
		return env.number32(field.Value)
	}
	var err error
	var n uint32
	switch field.Key {
	case "type":
	case "flags":
		n, err = parseFlags(f.Type, field.Value, env)
		f.Flags |= uint8(n)
	case "code", "version", "method", "calls":
		n, err = number(nil)
		f.Code = uint16(n)
	case "status":
		n, err = number(statusNames)
		f.Code = uint16(n)
	case "reason":
		names := reasonNames
		if f.Type == Cancel {
			names = cancelNames
		}
		n, err = number(names)
		f.Code = uint16(n)
	case "ask":
	case "answer":
		f.Code = 1
	case "id":
		f.ID, err = number(nil)
	case "aux", "deadline", "grant", "token", "last", "took", "retry":
		f.Aux, err = number(nil)
	case "versions":
		low, high, _ := strings.Cut(field.Value, "..")
		if f.Aux, err = env.number32(low); err == nil {
			n, err = env.number32(high)
		}
		f.Code = uint16(n)
	default:
		return false, nil
	}
	return true, err
}

// parseFlags reads names and numbers joined by |.
func parseFlags(typ uint8, text string, env *Env) (flags uint32, err error) {
	bits := flagBits(typ)
	for word := range strings.SplitSeq(text, "|") {
		bit, ok := bits[word]
		if !ok {
			if bit, err = env.number32(word); err != nil {
				return 0, err
			}
		}
		flags |= bit
	}
	return flags, nil
}

// addPayload appends what one field of the payload stands for.
func (f *Frame) addPayload(field Field, env *Env) (err error) {
	le := binary.LittleEndian
	p := f.Payload
	switch field.Key {
	case "name":
		text := expand(field.Value)
		if f.Type == Call {
			p = le.AppendUint16(p, uint16(len(text)))
		}
		p = append(p, text...)
	case "ext":
		block, err := env.ext(field.Value)
		if err != nil {
			return err
		}
		f.Flags |= Ext
		p = append(le.AppendUint16(p, uint16(len(block))), block...)
	case "args", "value":
		p, err = AppendValue(p, env.value(field.Value))
	case "text":
		p = append(p, expand(field.Value)...)
	case "hex":
		var b []byte
		b, err = Hex(field.Value)
		p = append(p, b...)
	case "fill":
		p, err = appendFill(p, field.Value, 0, env)
	case "upto":
		p, err = appendFill(p, field.Value, len(p), env)
	case "param":
		p, err = appendParam(p, field.Value)
	default:
		id, ok := Params[field.Key]
		if !ok {
			return fmt.Errorf("no frame has this field")
		}
		var n uint32
		n, err = env.number32(field.Value)
		p = le.AppendUint32(le.AppendUint16(le.AppendUint16(p, id), 4), n)
	}
	f.Payload = p
	return err
}

// maxFill bounds what one field may stand for.
const maxFill = 1 << 25

// appendFill writes the letter a, as often as text says less what is there already.
func appendFill(dst []byte, text string, there int, env *Env) ([]byte, error) {
	n, err := env.Number(text)
	if err != nil || env.Lenient {
		return dst, err
	}
	if n -= int64(there); n < 0 || n > maxFill {
		return dst, fmt.Errorf("cannot fill %d bytes", n)
	}
	return append(dst, bytes.Repeat([]byte("a"), int(n))...), nil
}

// expand reads a word in which c*N stands for the letter c N times, in pieces joined by a dot
// and a space; quotes keep a word together.
func expand(text string) string {
	text = strings.Trim(text, `"`)
	letter, times, ok := strings.Cut(text, "*")
	var n int
	if _, err := fmt.Sscanf(times, "%d", &n); !ok || err != nil || n < 0 || n > 1<<16 {
		return text
	}
	rest := strings.TrimLeft(times, "0123456789")
	before, last := letter[:max(len(letter)-1, 0)], letter[max(len(letter)-1, 0):]
	return before + strings.Repeat(last, n) + expand(rest)
}

// Hex reads pairs of digits; 61*1000 is the byte 61 a thousand times. Dots and spaces between
// bytes have no meaning.
func Hex(text string) ([]byte, error) {
	var out []byte
	for word := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == '.' || r == ' ' }) {
		digits, times, repeated := strings.Cut(word, "*")
		b, err := hex.DecodeString(digits)
		if err != nil || len(b) == 0 {
			return nil, fmt.Errorf("%q is no hex", word)
		}
		if repeated {
			var n int
			if _, err := fmt.Sscanf(times, "%d", &n); err != nil || n < 1 || n > maxFill {
				return nil, fmt.Errorf("%q repeats nothing", word)
			}
			last := b[len(b)-1]
			for range n - 1 {
				b = append(b, last)
			}
		}
		out = append(out, b...)
	}
	return out, nil
}

// ext reads an extension block: entries id:hex joined by commas, or raw:hex for a block that is
// no block. $key is hex for 16 bytes of this run alone.
func (e *Env) ext(text string) (block []byte, err error) {
	run := sha256.Sum256([]byte(e.Run))
	text = strings.ReplaceAll(text, "$key", hex.EncodeToString(run[:16]))
	if raw, ok := strings.CutPrefix(text, "raw:"); ok {
		return Hex(raw)
	}
	for entry := range strings.SplitSeq(text, ",") {
		if entry == "" {
			continue
		}
		digits, value, _ := strings.Cut(entry, ":")
		id, err := hex.DecodeString(digits)
		if err != nil || len(id) != 1 {
			return nil, fmt.Errorf("%q is no id of an extension", digits)
		}
		v, err := Hex(value)
		if err != nil {
			return nil, err
		}
		block = binary.LittleEndian.AppendUint16(append(block, id[0]), uint16(len(v)))
		block = append(block, v...)
	}
	return block, nil
}

// appendParam writes a HELLO parameter: id:hex, the id in four hex digits.
func appendParam(dst []byte, text string) ([]byte, error) {
	digits, value, _ := strings.Cut(text, ":")
	id, err := hex.DecodeString(digits)
	if err != nil || len(id) != 2 {
		return nil, fmt.Errorf("%q is no id of a parameter", digits)
	}
	v, err := Hex(value)
	if err != nil {
		return nil, err
	}
	dst = append(dst, id[1], id[0])
	return append(binary.LittleEndian.AppendUint16(dst, uint16(len(v))), v...), nil
}
