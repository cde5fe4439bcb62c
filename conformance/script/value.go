package script

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
)

// AppendValue writes JSON text as a value of SPEC 4 to the end of dst. It knows what scripts
// need: integers of 64 bits, floats, strings, lists and objects.
func AppendValue(dst []byte, text string) ([]byte, error) {
	dec := json.NewDecoder(bytes.NewReader([]byte(text)))
	dec.UseNumber()
	dst, err := appendNext(dst, dec)
	if err == nil && dec.More() {
		err = errors.New("more than one value")
	}
	if err != nil {
		return nil, fmt.Errorf("value %s: %w", text, err)
	}
	return dst, nil
}

// appendNext writes the next value of dec.
func appendNext(dst []byte, dec *json.Decoder) ([]byte, error) {
	tok, err := dec.Token()
	if err != nil {
		return nil, err
	}
	switch v := tok.(type) {
	case nil:
		return append(dst, 0xD0), nil
	case bool:
		if v {
			return append(dst, 0xD2), nil
		}
		return append(dst, 0xD1), nil
	case json.Number:
		return appendNumber(dst, v)
	case string:
		return appendString(dst, v), nil
	case json.Delim:
		return appendContainer(dst, dec, v)
	}
	return nil, fmt.Errorf("cannot write %v", tok)
}

// appendContainer writes a list or an object, whose opening bracket has been read.
func appendContainer(dst []byte, dec *json.Decoder, open json.Delim) ([]byte, error) {
	var inner []byte
	var err error
	count := 0
	for ; dec.More(); count++ {
		if open == '{' {
			key, err := dec.Token()
			if err != nil {
				return nil, err
			}
			name, _ := key.(string) // in an object the grammar has nothing else here
			inner = append(appendVarint(inner, len(name)), name...)
		}
		if inner, err = appendNext(inner, dec); err != nil {
			return nil, err
		}
	}
	if _, err := dec.Token(); err != nil {
		return nil, err
	}
	tag := byte(0x80)
	if open == '{' {
		tag = 0x90
	}
	if count < 15 {
		dst = append(dst, tag+byte(count))
	} else {
		dst = appendVarint(append(dst, tag+15), count)
	}
	if count > 0 {
		dst = append(appendVarint(dst, len(inner)), inner...)
	}
	return dst, nil
}

func appendString(dst []byte, s string) []byte {
	if len(s) < 64 {
		dst = append(dst, 0x40+byte(len(s)))
	} else {
		dst = appendVarint(append(dst, 0xD7), len(s))
	}
	return append(dst, s...)
}

func appendNumber(dst []byte, n json.Number) ([]byte, error) {
	if i, err := strconv.ParseInt(string(n), 10, 64); err == nil {
		switch {
		case 0 <= i && i < 64:
			return append(dst, byte(i)), nil
		case -16 <= i && i < 0:
			return append(dst, byte(0xBF-i)), nil
		case i > 0:
			return appendShort(dst, 0xB0, uint64(i)), nil
		}
		return appendShort(dst, 0xB8, uint64(-1-i)), nil
	}
	if u, err := strconv.ParseUint(string(n), 10, 64); err == nil {
		return appendShort(dst, 0xB0, u), nil
	}
	f, err := n.Float64()
	if err != nil {
		return nil, err
	}
	if short := float32(f); float64(short) == f {
		return binary.LittleEndian.AppendUint32(append(dst, 0xD4), math.Float32bits(short)), nil
	}
	return binary.LittleEndian.AppendUint64(append(dst, 0xD5), math.Float64bits(f)), nil
}

// appendShort writes n in as few bytes as hold it, behind its tag.
func appendShort(dst []byte, tag byte, n uint64) []byte {
	size := 1
	for size < 8 && n>>(8*size) != 0 {
		size++
	}
	dst = append(dst, tag+byte(size-1))
	for i := range size {
		dst = append(dst, byte(n>>(8*i)))
	}
	return dst
}

// appendVarint writes a count or a size.
func appendVarint(dst []byte, n int) []byte {
	switch {
	case n < 240:
		return append(dst, byte(n))
	case n < 2288:
		return append(dst, byte(0xF0+(n-240)>>8), byte(n-240))
	case n < 65536:
		return append(dst, 0xF8, byte(n), byte(n>>8))
	}
	return binary.LittleEndian.AppendUint32(append(dst, 0xF9), uint32(n))
}
