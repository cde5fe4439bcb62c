package wire

import (
	"strconv"

	"github.com/leverrpc/lever/wire/internal/keyset"
)

// scanner walks values by the strict rules and keeps nothing but the keys of open objects.
type scanner struct {
	keys keyset.Stack
	err  *Error
}

// Validate checks that b is exactly one value by all rules of the encoding. It allocates nothing,
// unless an object has more than 32 keys or the open objects together more than 64.
func Validate(b []byte) error {
	return validateAt(b, 0)
}

// ValidateItem is Validate for an item that a [ListReader] gave: it stands below one container, so
// it may hold one less inside each other.
func ValidateItem(b []byte) error {
	return validateAt(b, 1)
}

// validateAt checks a value that stands below depth containers.
func validateAt(b []byte, depth int) error {
	if err := checkSize(b); err != nil {
		return err
	}
	var s scanner
	b = b[:len(b):len(b)]
	switch n := s.value(b, 0, depth); {
	case n < 0:
		return s.err.finish()
	case n < len(b):
		return trailing(b, n)
	}
	return nil
}

func checkSize(b []byte) error {
	if len(b) > MaxSize {
		return &Error{Text: "found " + strconv.Itoa(len(b)) + " bytes, want at most 2^31-1"}
	}
	return nil
}

func trailing(b []byte, n int) *Error {
	return &Error{Offset: n, Text: "found " + strconv.Itoa(len(b)-n) +
		" bytes after the value, want the end"}
}

// Skip returns the size of the value that b begins with. It reads one header: the inside of a
// container is not looked at, so that the time does not depend on the size.
func Skip(b []byte) (n int, err error) {
	if n = skipAt(b[:len(b):len(b)], 0); n < 0 {
		return 0, diagnose(b, 0, "")
	}
	return n, nil
}

// skipAt returns the offset after the value at b[i:], or -1 if its header is malformed.
func skipAt(b []byte, i int) int {
	if i >= len(b) {
		return -1
	}
	switch t := b[i]; {
	case t < tagText:
		return i + 1
	case t < tagArray:
		if end := i + 1 + int(t-tagText); end <= len(b) {
			return end
		}
		return -1
	case t < tagShaped:
		_, _, end := containerAt(b, i, 1+int(t>>4)&1)
		return end
	case t < tagUint:
		return -1
	case t < tagSmallNeg:
		_, next := wideAt(b, i)
		return next
	case t < tagAbsent:
		return i + 1
	case t == tagFloat32, t == tagFloat64:
		_, next := floatAt(b, i)
		return next
	case t == tagLongText:
		_, end := textAt(b, i)
		return end
	case t == tagBytes, t == tagNumber:
		_, end := blockAt(b, i)
		return end
	case t == tagVector:
		_, _, end := vectorAt(b, i)
		return end
	}
	return -1
}

// value checks the value at b[i:], which stands below depth containers, and returns the offset
// after it; -1 if it is invalid, with s.err set.
func (s *scanner) value(b []byte, i, depth int) int {
	if i >= len(b) {
		return s.fail(diagnose(b, i, ""))
	}
	switch t := b[i]; {
	case t < tagText:
		return i + 1
	case t < tagArray, t == tagLongText:
		start, end := textAt(b, i)
		if end < 0 {
			return s.fail(diagnose(b, i, ""))
		}
		if !validAt(b, start, end) {
			return s.fail(notText(start, "string"))
		}
		return end
	case t < tagObject:
		return s.array(b, i, depth)
	case t < tagShaped:
		return s.object(b, i, depth)
	case t == tagVector:
		if depth >= MaxDepth {
			return s.fail(tooDeep(i))
		}
	case t == tagNumber:
		if start, end := blockAt(b, i); end >= 0 {
			if f, _, _ := classify(b[start:end]); f != formLiteral {
				return s.fail(diagnose(b, i, ""))
			}
		}
	}
	next := skipAt(b, i)
	if next < 0 {
		return s.fail(diagnose(b, i, ""))
	}
	return next
}

func (s *scanner) array(b []byte, i, depth int) int {
	count, at, end := containerAt(b, i, 1)
	if end < 0 {
		return s.fail(diagnose(b, i, ""))
	}
	if depth >= MaxDepth {
		return s.fail(tooDeep(i))
	}
	b = b[:end]
	for k := range count {
		if next := plainAt(b, at); next > 0 {
			at = next
			continue
		}
		if at = s.value(b, at, depth+1); at < 0 {
			s.err.within(indexStep(k))
			return -1
		}
	}
	if at != end {
		return s.fail(unfilled(at, end, count))
	}
	return end
}

func (s *scanner) object(b []byte, i, depth int) int {
	count, at, end := containerAt(b, i, 2)
	if end < 0 {
		return s.fail(diagnose(b, i, ""))
	}
	if depth >= MaxDepth {
		return s.fail(tooDeep(i))
	}
	b = b[:end]
	keys := s.keys.Open()
	for range count {
		head := at
		var start int
		if start, at = keyAt(b, at); at < 0 {
			return s.fail(badKey(b, head))
		}
		if !validAt(b, start, at) {
			return s.fail(notText(start, "key"))
		}
		if !s.keys.Add(&keys, b, head, at) {
			return s.fail(duplicate(b, head))
		}
		if next := plainAt(b, at); next > 0 {
			at = next
			continue
		}
		if at = s.value(b, at, depth+1); at < 0 {
			s.err.within(keyStep(keyText(b, head)))
			return -1
		}
	}
	if at != end {
		return s.fail(unfilled(at, end, count))
	}
	s.keys.Close(&keys)
	return end
}

// plainAt checks the commonest values, numbers and short strings; 0 means that the value is
// another one, or that something is wrong with it.
func plainAt(b []byte, i int) (next int) {
	if i >= len(b) {
		return 0
	}
	switch t := b[i]; {
	case t < tagText:
		return i + 1
	case t < tagArray:
		end := i + 1 + int(t-tagText)
		if end > len(b) || !validAt(b, i+1, end) {
			return 0
		}
		return end
	case t >= tagUint && t < tagSmallNeg:
		_, next = wideAt(b, i)
	case t == tagFloat64, t == tagFloat32:
		_, next = floatAt(b, i)
	}
	return max(next, 0)
}

func (s *scanner) fail(err *Error) int {
	s.err = err
	return -1
}

func tooDeep(i int) *Error {
	return &Error{Offset: i, Text: "found containers nested deeper than " + strconv.Itoa(MaxDepth)}
}

func notText(i int, what string) *Error {
	return &Error{Offset: i, Text: "found bytes that are not UTF-8, want a " + what}
}

func unfilled(at, end, count int) *Error {
	return &Error{Offset: at, Text: "found " + strconv.Itoa(end-at) + " bytes more than the " +
		strconv.Itoa(count) + " children take"}
}

func duplicate(b []byte, head int) *Error {
	return &Error{Offset: head, Text: "found the key " +
		strconv.Quote(clip(keyText(b, head))) + " twice in one object"}
}

func badKey(b []byte, i int) *Error {
	if text := varintFault(b, i, "key length"); text != "" {
		return &Error{Offset: i, Text: text}
	}
	n, start := varint(b, i)
	return &Error{Offset: i, Text: short("key", n, len(b)-start)}
}

// keyText is the text of the well-formed key at b[i:].
func keyText(b []byte, i int) string {
	start, end := keyAt(b, i)
	return string(b[start:end])
}

func clip(s string) string {
	if len(s) > pathMax {
		return s[:pathMax] + "…"
	}
	return s
}
