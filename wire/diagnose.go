package wire

import (
	"math"
	"strconv"
)

// diagnose says what is wrong with the value at b[i:], where the readers of load.go found a fault
// or a value of another type than want. It is off the fast path: it reads the header once more,
// slowly, and always has an answer. b ends where the enclosing container ends.
func diagnose(b []byte, i int, want string) *Error {
	if want == "" {
		want = "a value"
	}
	if i >= len(b) {
		return &Error{Offset: i, Text: "found the end of the bytes, want " + want}
	}
	t := b[i]
	fault := func(text string) *Error { return &Error{Offset: i, Text: text} }
	if text := refusal(t); text != "" {
		return fault(text + ", want " + want)
	}
	switch k := kindOf(t); {
	case k == String && t < tagArray:
		if n := int(t - tagText); n > len(b)-i-1 {
			return fault(short("string", n, len(b)-i-1))
		}
	case k == String, k == Bytes, k == Literal:
		if text := varintFault(b, i+1, k.String()+" length"); text != "" {
			return fault(text)
		}
		n, start := varint(b, i+1)
		if n > len(b)-start {
			return fault(short(k.String(), n, len(b)-start))
		}
		if k == String && n <= shortTextMax {
			return fault("found a string of " + strconv.Itoa(n) +
				" bytes in the long form, want the short form")
		}
		if k == Literal {
			if text := literalFault(b[start : start+n]); text != "" {
				return fault(text)
			}
		}
	case k == Integer && t >= tagUint && t < tagSmallNeg:
		if text := integerFault(b, i); text != "" {
			return fault(text)
		}
	case k == Float:
		if text := floatFault(b, i); text != "" {
			return fault(text)
		}
	case t == tagVector:
		if text := vectorFault(b, i); text != "" {
			return fault(text)
		}
	case k == Array, k == Object:
		if text := containerFault(b, i, k); text != "" {
			return fault(text)
		}
	}
	return fault("found " + describe(b, i) + ", want " + want)
}

// refusal names a tag that layout A does not define.
func refusal(t byte) string {
	switch name := "tag 0x" + strconv.FormatUint(uint64(t), 16); {
	case t >= tagShaped && t < tagUint:
		return "found a shaped object (" + name + ", layout B), which this reader does not take"
	case t == tagAbsent:
		return "found an absent member (" + name + ", layout B), which this reader does not take"
	case t == tagPrologue:
		return "found a shape prologue (" + name + ", layout B), which this reader does not take"
	case t >= tagReserved && t < 0xF0:
		return "found the reserved " + name
	case kindOf(t) == Invalid:
		return "found the invalid " + name
	}
	return ""
}

func short(what string, n, rest int) string {
	return "found " + article(what) + " of " + strconv.Itoa(n) + " bytes where " +
		strconv.Itoa(rest) + " are left"
}

// article puts a or an in front of a noun, and "raw" in front of bytes.
func article(what string) string {
	switch what[0] {
	case 'a', 'o', '8':
		return "an " + what
	}
	if what == "bytes" {
		return "raw bytes"
	}
	return "a " + what
}

// varintFault explains why varint refuses b[i:]; empty if it does not.
func varintFault(b []byte, i int, what string) string {
	if _, next := varint(b, i); next >= 0 {
		return ""
	}
	if i >= len(b) {
		return "found the end of the bytes, want " + article(what)
	}
	width := 2
	switch t := b[i]; {
	case t > 0xF9:
		return "found the invalid varint 0x" + strconv.FormatUint(uint64(t), 16) + " as " + what
	case t == 0xF9:
		width = 5
	case t == 0xF8:
		width = 3
	}
	if len(b)-i < width {
		return "found " + article(what) + " that is cut off"
	}
	return "found " + article(what) + " in more bytes than it needs"
}

func integerFault(b []byte, i int) string {
	width := int(b[i]&7) + 1
	if width > len(b)-i-1 {
		return short(strconv.Itoa(8*width)+"-bit integer", width, len(b)-i-1)
	}
	if _, next := wideAt(b, i); next >= 0 {
		return ""
	}
	if b[i] == tagNegative+7 && b[i+8] >= 0x80 {
		return "found an integer below -2^63, want a number literal"
	}
	return "found an integer in more bytes than it needs"
}

func floatFault(b []byte, i int) string {
	width := 4
	if b[i] == tagFloat64 {
		width = 8
	}
	if width > len(b)-i-1 {
		return short("float"+strconv.Itoa(8*width), width, len(b)-i-1)
	}
	if _, next := floatAt(b, i); next >= 0 {
		return ""
	}
	if width == 8 && finite(load64(b[i+1:])) {
		return "found a float64 that float32 holds exactly, want the float32"
	}
	return "found a NaN or an infinity, which are not numbers of JSON"
}

func literalFault(text []byte) string {
	quoted := strconv.Quote(string(text[:min(len(text), pathMax)]))
	switch f, _, _ := classify(text); f {
	case formLiteral:
		return ""
	case formNone:
		return "found " + quoted + " as number literal, want a JSON number"
	case formFloat:
		return "found the number literal " + quoted + ", want the float that stands for it"
	}
	return "found the number literal " + quoted + ", want the integer"
}

func vectorFault(b []byte, i int) string {
	if i+1 >= len(b) {
		return "found a vector that is cut off, want its element kind"
	}
	if b[i+1] >= byte(len(vectorWidths)) {
		return "found the unknown vector element kind " + strconv.Itoa(int(b[i+1]))
	}
	if text := varintFault(b, i+2, "vector count"); text != "" {
		return text
	}
	n, start := varint(b, i+2)
	switch rest := len(b) - start; {
	case n == 0:
		return "found an empty vector, want an empty array"
	case n > rest/int(vectorWidths[b[i+1]]):
		return "found a vector of " + strconv.Itoa(n) + " elements where " + strconv.Itoa(rest) +
			" bytes are left"
	}
	if _, _, end := vectorAt(b, i); end < 0 {
		return "found a NaN or an infinity in a vector, which are not numbers of JSON"
	}
	return ""
}

func containerFault(b []byte, i int, k Kind) string {
	count, at := int(b[i]&countFollows), i+1
	if count == countFollows {
		if text := varintFault(b, at, k.String()+" count"); text != "" {
			return text
		}
		if count, at = varint(b, at); count <= shortCountMax {
			return "found the count " + strconv.Itoa(count) + " as a varint, want it in the tag"
		}
	}
	if count == 0 {
		return ""
	}
	if text := varintFault(b, at, k.String()+" size"); text != "" {
		return text
	}
	size, start := varint(b, at)
	if size > len(b)-start {
		return short(k.String(), size, len(b)-start)
	}
	unit := 1
	if k == Object {
		unit = 2
	}
	if count > size/unit {
		return "found " + strconv.Itoa(count) + " children in " + strconv.Itoa(size) +
			" bytes, which cannot hold them"
	}
	return ""
}

// describe names the well-formed value at b[i] for the "found" of a message.
func describe(b []byte, i int) string {
	switch k := kindOf(b[i]); k {
	case Bool:
		return strconv.FormatBool(b[i] == tagTrue)
	case Integer:
		n, negative, _ := integerAt(b, i)
		switch {
		case !negative:
			return "the integer " + strconv.FormatUint(n, 10)
		case n <= math.MaxInt64:
			return "the integer " + strconv.FormatInt(-1-int64(n), 10)
		}
	case Float:
		f, _ := floatAt(b, i)
		return "the float " + strconv.FormatFloat(f, 'g', -1, 64)
	case Literal:
		start, end := blockAt(b, i)
		return "the number literal " + string(b[start:min(end, start+pathMax)])
	case String:
		start, end := textAt(b, i)
		return "a string of " + strconv.Itoa(end-start) + " bytes"
	case Bytes:
		start, end := blockAt(b, i)
		return strconv.Itoa(end-start) + " raw bytes"
	case Array:
		count := arrayLen(b, i)
		return "an array of " + strconv.Itoa(count)
	case Object:
		count, _, _ := containerAt(b, i, 2)
		return "an object of " + strconv.Itoa(count)
	}
	return kindOf(b[i]).String()
}
