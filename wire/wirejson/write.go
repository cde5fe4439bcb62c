package wirejson

import (
	"encoding/binary"
	"errors"
	"math"
	"strconv"

	"github.com/leverrpc/lever/wire"
)

// Options say how JSON text is written. The zero value writes it without white space.
type Options struct {
	// Indent is repeated once for each container around a line. Empty means one line.
	Indent string
	// EscapeHTML writes <, >, & and the two line separators of Unicode as \u escapes, so that the
	// text may stand in a script element.
	EscapeHTML bool
	// MaxOutput bounds the bytes that are written. Zero means 256 MiB; negative means no limit.
	MaxOutput int
}

// ErrOutput is the error of a text that would be longer than Options.MaxOutput.
var ErrOutput = errors.New("wirejson: the JSON text would be longer than MaxOutput")

const outputMax = 256 << 20

// AppendJSON appends the text of the value that b is as a whole. Faults in b are a *wire.Error. On
// an error dst is returned as it was.
func AppendJSON(dst, b []byte, o Options) ([]byte, error) {
	if err := wire.Validate(b); err != nil {
		return dst, err
	}
	w := writer{in: b[:len(b):len(b)], options: o, end: math.MaxInt}
	switch {
	case o.MaxOutput == 0:
		w.end = len(dst) + outputMax
	case o.MaxOutput > 0 && o.MaxOutput < math.MaxInt-len(dst):
		w.end = len(dst) + o.MaxOutput
	}
	out, _ := w.value(dst, 0)
	if w.err == nil && len(out) > w.end {
		w.err = ErrOutput
	}
	if w.err != nil {
		return dst, w.err
	}
	return out, nil
}

// writer goes over one value once. The value has been validated: no length in it is wrong, so
// there are no faults on the way but those of the output itself.
type writer struct {
	in      []byte // lent, valid, without spare capacity
	options Options
	end     int // the length that the output must not pass
	depth   int
	err     error
}

// value appends the text of the value at in[i:] and returns the offset after it.
func (w *writer) value(out []byte, i int) ([]byte, int) {
	switch t := w.in[i]; {
	case t < 0x40:
		return appendSmall(out, t), i + 1
	case t < 0x80:
		end := i + 1 + int(t&0x3F)
		return w.text(out, w.in[i+1:end]), end
	case t < 0x90:
		return w.array(out, i)
	case t < 0xA0:
		return w.object(out, i)
	case t == 0xD0:
		return append(out, "null"...), i + 1
	case t == 0xD1:
		return append(out, "false"...), i + 1
	case t == 0xD2:
		return append(out, "true"...), i + 1
	case t == 0xD7:
		n, i := varint(w.in, i+1)
		return w.text(out, w.in[i:i+n]), i + n
	case t == 0xD9:
		return w.vector(out, i)
	default:
		return w.scalar(out, i)
	}
}

// scalar appends the rarer ones: wide integers, floats, literals, raw bytes.
func (w *writer) scalar(out []byte, i int) ([]byte, int) {
	in := w.in
	switch t := in[i]; {
	case t < 0xC0:
		width := int(t&7) + 1
		var n uint64
		if len(in)-i >= 9 {
			n = binary.LittleEndian.Uint64(in[i+1:]) & (math.MaxUint64 >> (64 - 8*width))
		} else {
			for k := range width {
				n |= uint64(in[i+1+k]) << (8 * k)
			}
		}
		if t < 0xB8 {
			return strconv.AppendUint(out, n, 10), i + 1 + width
		}
		return strconv.AppendInt(out, ^int64(n), 10), i + 1 + width
	case t < 0xD0:
		return strconv.AppendInt(out, ^int64(t&15), 10), i + 1
	case t == 0xD4:
		f := math.Float32frombits(binary.LittleEndian.Uint32(in[i+1:]))
		return wire.AppendFloatText(out, float64(f)), i + 5
	case t == 0xD5:
		f := math.Float64frombits(binary.LittleEndian.Uint64(in[i+1:]))
		return wire.AppendFloatText(out, f), i + 9
	case t == 0xD6:
		n, i := varint(in, i+1)
		return append(out, in[i:i+n]...), i + n
	}
	n, i := varint(in, i+1)
	if n > w.end-len(out) {
		return w.stop(out), i + n
	}
	return appendBase64(out, in[i:i+n]), i + n
}

// appendSmall writes an integer of 0 to 63.
func appendSmall(out []byte, n byte) []byte {
	if n < 10 {
		return append(out, '0'+n)
	}
	return append(out, '0'+n/10, '0'+n%10)
}

// varint reads a size or count that has been validated.
func varint(b []byte, i int) (v, next int) {
	switch t := b[i]; {
	case t < 0xF0:
		return int(t), i + 1
	case t < 0xF8:
		return 240 + int(t&7)<<8 + int(b[i+1]), i + 2
	case t == 0xF8:
		return int(binary.LittleEndian.Uint16(b[i+1:])), i + 3
	}
	return int(binary.LittleEndian.Uint32(b[i+1:])), i + 5
}

// header reads the header of a container and returns where its content begins.
func header(b []byte, i int) (count, start int) {
	count = int(b[i] & countFollows)
	i++
	if count == countFollows {
		count, i = varint(b, i)
	}
	if count > 0 {
		_, i = varint(b, i)
	}
	return count, i
}

func (w *writer) array(out []byte, i int) ([]byte, int) {
	count, i := header(w.in, i)
	if count == 0 {
		return append(out, '[', ']'), i
	}
	out = append(out, '[')
	w.depth++
	for k := range count {
		if k > 0 {
			out = append(out, ',')
		}
		out = w.line(out)
		if out, i = w.value(out, i); len(out) > w.end || w.err != nil {
			return w.stop(out), i
		}
	}
	w.depth--
	return append(w.line(out), ']'), i
}

func (w *writer) object(out []byte, i int) ([]byte, int) {
	from := i
	count, i := header(w.in, i)
	if count == 0 {
		return append(out, '{', '}'), i
	}
	if count == 1 && string(w.in[i:min(len(w.in), i+len(bytesKey))]) == bytesKey {
		w.err = &wire.Error{Offset: from, Text: `found an object with the sole key "$bytes", ` +
			"which in JSON text stands for raw bytes"}
		return out, i
	}
	out = append(out, '{')
	w.depth++
	for k := range count {
		if k > 0 {
			out = append(out, ',')
		}
		out = w.line(out)
		var n int
		n, i = varint(w.in, i)
		out = append(w.text(out, w.in[i:i+n]), ':')
		if w.options.Indent != "" {
			out = append(out, ' ')
		}
		if out, i = w.value(out, i+n); len(out) > w.end || w.err != nil {
			return w.stop(out), i
		}
	}
	w.depth--
	return append(w.line(out), '}'), i
}

// vector appends the array that a vector means.
func (w *writer) vector(out []byte, i int) ([]byte, int) {
	v, n := wire.ConsumeVector(w.in[i:])
	out = append(out, '[')
	w.depth++
	for k := range v.Len() {
		if k > 0 {
			out = append(out, ',')
		}
		out = w.line(out)
		if v.IsFloat() {
			out = wire.AppendFloatText(out, v.Float(k))
		} else {
			out = strconv.AppendInt(out, v.Int(k), 10)
		}
		if len(out) > w.end {
			return w.stop(out), i
		}
	}
	w.depth--
	return append(w.line(out), ']'), i + n
}

func (w *writer) stop(out []byte) []byte {
	if w.err == nil {
		w.err = ErrOutput
	}
	return out
}

// line begins a line of its own, if the text is to be indented.
func (w *writer) line(out []byte) []byte {
	if w.options.Indent == "" {
		return out
	}
	out = append(out, '\n')
	for range w.depth {
		out = append(out, w.options.Indent...)
	}
	return out
}
