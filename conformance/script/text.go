package script

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

var errShort = errors.New("the value is cut short")

// Text gives a value of SPEC 4 as compact JSON text, members in their order. Raw bytes show as
// {"$bytes":"hex"}. Equal values have equal texts, but for the order of members.
func Text(b []byte) (string, error) {
	var out strings.Builder
	r := reader{b: b}
	if err := r.value(&out, 0); err != nil {
		return "", fmt.Errorf("value %x at byte %d: %w", clip(b), r.at, err)
	}
	if r.at != len(b) {
		return "", fmt.Errorf("value %x: %d bytes follow it", clip(b), len(b)-r.at)
	}
	return out.String(), nil
}

// clip shortens what an error shows.
func clip(b []byte) []byte { return b[:min(len(b), 32)] }

// reader walks over a value: 0 ≤ at ≤ len(b).
type reader struct {
	b  []byte
	at int
}

// take gives the next n bytes.
func (r *reader) take(n int) ([]byte, error) {
	if n < 0 || n > len(r.b)-r.at {
		return nil, errShort
	}
	r.at += n
	return r.b[r.at-n : r.at], nil
}

// number reads n bytes, little-endian.
func (r *reader) number(n int) (u uint64, err error) {
	p, err := r.take(n)
	for i, c := range p {
		u |= uint64(c) << (8 * i)
	}
	return u, err
}

func (r *reader) varint() (int, error) {
	first, err := r.number(1)
	switch {
	case err != nil || first < 0xF0:
		return int(first), err
	case first < 0xF8:
		second, err := r.number(1)
		return int(240 + (first-0xF0)*256 + second), err
	case first == 0xF8:
		u, err := r.number(2)
		return int(u), err
	case first == 0xF9:
		u, err := r.number(4)
		return int(u), err
	}
	return 0, fmt.Errorf("%#x is no varint", first)
}

// value writes the next value as JSON.
func (r *reader) value(out *strings.Builder, depth int) error {
	tag, err := r.number(1)
	if err != nil {
		return err
	}
	switch {
	case depth > 128:
		return errors.New("too deep")
	case tag < 0x40:
		out.WriteString(strconv.FormatUint(tag, 10))
	case tag < 0x80:
		return r.text(out, int(tag-0x40))
	case tag < 0xA0:
		return r.container(out, tag, depth)
	case tag >= 0xB0 && tag < 0xC0:
		n, err := r.number(int(tag&7) + 1)
		if tag < 0xB8 {
			out.WriteString(strconv.FormatUint(n, 10))
		} else {
			out.WriteString(strconv.FormatInt(-1-int64(n), 10))
		}
		return err
	case tag >= 0xC0 && tag < 0xD0:
		out.WriteString(strconv.Itoa(0xBF - int(tag)))
	case tag == 0xD9:
		return r.vector(out)
	default:
		return r.other(out, tag)
	}
	return nil
}

// text writes the next n bytes as a JSON string.
func (r *reader) text(out *strings.Builder, n int) error {
	p, err := r.take(n)
	if err != nil {
		return err
	}
	quoted, err := json.Marshal(string(p))
	out.Write(quoted)
	return err
}

// container writes a list or an object.
func (r *reader) container(out *strings.Builder, tag uint64, depth int) error {
	count, size, isObject := int(tag&15), 0, tag >= 0x90
	var err error
	if count == 15 {
		if count, err = r.varint(); err != nil {
			return err
		}
	}
	if count > 0 {
		if size, err = r.varint(); err != nil {
			return err
		}
	}
	end := r.at + size
	if end > len(r.b) || count > size {
		return errShort
	}
	brackets := "[]"
	if isObject {
		brackets = "{}"
	}
	out.WriteByte(brackets[0])
	for i := range count {
		if i > 0 {
			out.WriteByte(',')
		}
		if isObject {
			n, err := r.varint()
			if err == nil {
				err = r.text(out, n)
			}
			if err != nil {
				return err
			}
			out.WriteByte(':')
		}
		if err := r.value(out, depth+1); err != nil {
			return err
		}
	}
	out.WriteByte(brackets[1])
	if r.at != end {
		return fmt.Errorf("the items end at %d and not at %d", r.at, end)
	}
	return nil
}

// other writes what has a tag of its own from D0 on.
func (r *reader) other(out *strings.Builder, tag uint64) error {
	switch tag {
	case 0xD0, 0xD1, 0xD2:
		out.WriteString([]string{"null", "false", "true"}[tag-0xD0])
		return nil
	case 0xD4:
		u, err := r.number(4)
		writeFloat(out, float64(math.Float32frombits(uint32(u))))
		return err
	case 0xD5:
		u, err := r.number(8)
		writeFloat(out, math.Float64frombits(u))
		return err
	case 0xD6, 0xD7, 0xD8:
		n, err := r.varint()
		if err != nil {
			return err
		}
		if tag == 0xD7 {
			return r.text(out, n)
		}
		p, err := r.take(n)
		if tag == 0xD6 {
			out.Write(p)
		} else {
			fmt.Fprintf(out, `{"$bytes":"%x"}`, p)
		}
		return err
	}
	return fmt.Errorf("%#x is no tag", tag)
}

// vector writes the numbers of a vector as a list.
func (r *reader) vector(out *strings.Builder) error {
	kind, err := r.number(1)
	if err != nil || kind > 5 {
		return fmt.Errorf("vector of kind %d: %w", kind, errShort)
	}
	count, err := r.varint()
	if err != nil {
		return err
	}
	width := []int{1, 2, 4, 8, 4, 8}[kind]
	p, err := r.take(count * width)
	if err != nil {
		return err
	}
	le := binary.LittleEndian
	for i := range count {
		e := p[i*width:]
		out.WriteByte("[,"[min(i, 1)])
		switch kind {
		case 0:
			out.WriteString(strconv.Itoa(int(e[0])))
		case 1:
			out.WriteString(strconv.Itoa(int(int16(le.Uint16(e)))))
		case 2:
			out.WriteString(strconv.Itoa(int(int32(le.Uint32(e)))))
		case 3:
			out.WriteString(strconv.FormatInt(int64(le.Uint64(e)), 10))
		case 4:
			writeFloat(out, float64(math.Float32frombits(le.Uint32(e))))
		default:
			writeFloat(out, math.Float64frombits(le.Uint64(e)))
		}
	}
	out.WriteByte(']')
	return nil
}

// writeFloat writes an integral float like the integer that it equals.
func writeFloat(out *strings.Builder, f float64) {
	if f == math.Trunc(f) && math.Abs(f) < 1<<53 {
		out.WriteString(strconv.FormatInt(int64(f), 10))
		return
	}
	out.WriteString(strconv.FormatFloat(f, 'g', -1, 64))
}
