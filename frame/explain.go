package frame

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// Explain tells in one line what the first frame of b is: its header, then a summary of its payload
// by names and sizes. n is the frame's size, or 0 if b ends inside it or its length cannot be. What
// is wrong is told with its offset from the start of b. Values of AUTH and METADATA, which may be
// secret, are never shown.
func Explain(b []byte) (text string, n int) {
	h, _ := ConsumeHeader(b)
	if len(b) < HeaderSize {
		return fmt.Sprintf("incomplete: %d bytes of a header of %d", len(b), HeaderSize), 0
	}
	text = h.String()
	if h.Length > MaxLength {
		return text + " | offset 0: " + h.Check().Error(), 0
	}
	p := b[HeaderSize:]
	if uint32(len(p)) < h.Length {
		return text + fmt.Sprintf(" | incomplete: %d bytes of a payload of %d", len(p), h.Length), 0
	}
	n = HeaderSize + int(h.Length)
	if err := h.Check(); err != nil {
		return text + " | offset 0: " + err.Error(), n
	}
	if s := explainPayload(h, p[:h.Length:h.Length]); s != "" {
		text += " | " + s
	}
	return text, n
}

// explainPayload summarises the payload of a frame whose header is allowed.
func explainPayload(h Header, p []byte) string {
	switch h.Type {
	case Hello:
		return explainParams(p)
	case Call:
		return explainCall(h, p)
	case Result:
		ext, n, err := ConsumeResultHead(h, p)
		if err != nil {
			return atOffset(HeaderSize, err)
		}
		part := "value"
		if Status(h.Code) != OK {
			part = "error"
		}
		return explainExt(ext, HeaderSize+n-len(ext)) + explainBody(part, h.Flags, len(p)-n)
	case Msg:
		return explainBody("message", h.Flags, len(p))
	case GoAway:
		if len(p) > 0 {
			return fmt.Sprintf("text=%q", p)
		}
	case Bind:
		if err := CheckName(p); err != nil {
			return atOffset(HeaderSize, err)
		}
		return fmt.Sprintf("name=%q", p)
	}
	return ""
}

func explainCall(h Header, p []byte) string {
	head, n, err := ConsumeCallHead(h, p)
	if err != nil {
		return atOffset(HeaderSize, err)
	}
	var s string
	if h.Code == 0 {
		if err := CheckName(head.Name); err != nil {
			return atOffset(HeaderSize+sizePrefix, err)
		}
		s = fmt.Sprintf("name=%q ", head.Name)
	}
	return s + explainExt(head.Ext, HeaderSize+n-len(head.Ext)) +
		explainBody("arguments", h.Flags, len(p)-n)
}

// explainBody tells what the bytes after the head are. Whether a MSG goes on with a message that
// began in an earlier frame cannot be seen from it alone.
func explainBody(part string, f Flags, size int) string {
	kind := "of wire value"
	if f&Bytes != 0 {
		kind = "raw"
	}
	if f&More != 0 {
		kind += ", continued"
	}
	return fmt.Sprintf("%s=%d bytes %s", part, size, kind)
}

var extNames = map[uint8]string{
	ExtResource: "RESOURCE", ExtView: "VIEW", ExtCompression: "COMPRESSION", ExtTrace: "TRACE",
	ExtMetadata: "METADATA", ExtIdempotencyKey: "IDEMPOTENCY_KEY", ExtAttempt: "ATTEMPT",
	ExtOwner: "OWNER",
}

// explainExt lists a block's entries, each with its value where that is short and never secret.
func explainExt(block []byte, offset int) string {
	if block == nil {
		return ""
	}
	entries := make([]string, 0, 8)
	for rest := block; len(rest) > 0; {
		e, n := ConsumeExtension(rest)
		if n < 0 {
			break // CheckExtensions below tells
		}
		entries = append(entries, explainEntry(e))
		rest = rest[n:]
	}
	s := "ext=[" + strings.Join(entries, " ") + "] "
	if err := CheckExtensions(block); err != nil {
		s += "(" + atOffset(offset, err) + ") "
	}
	return s
}

func explainEntry(e Extension) string {
	name := extNames[e.ID]
	if name == "" {
		name = hex16(uint16(e.ID))
	}
	switch {
	case e.ID == ExtResource, e.ID == ExtOwner:
		return fmt.Sprintf("%s=%q", name, e.Value)
	case e.ID == ExtView && len(e.Value) >= 16:
		return fmt.Sprintf("%s=epoch %d digest %016x", name,
			binary.LittleEndian.Uint64(e.Value), binary.LittleEndian.Uint64(e.Value[8:]))
	case e.ID == ExtAttempt && len(e.Value) == 1:
		return fmt.Sprintf("%s=%d", name, e.Value[0])
	case e.ID == ExtIdempotencyKey:
		return fmt.Sprintf("%s=%x", name, e.Value)
	default:
		return fmt.Sprintf("%s(%d bytes)", name, len(e.Value))
	}
}

func explainParams(p []byte) string {
	var entries []string
	for offset := 0; offset < len(p); {
		id, value, err := nextParam(p, offset)
		if err != nil {
			break // ConsumeParams below tells
		}
		entries = append(entries, explainParam(id, value))
		offset += paramHead + len(value)
	}
	s := strings.Join(entries, " ")
	if _, err := ConsumeParams(p); err != nil {
		s += " (" + err.Error() + ", offsets from 16)"
	}
	return s
}

func explainParam(id uint16, value []byte) string {
	switch {
	case len(value) == 4 && (id >= 1 && int(id) <= len(numbers) || id == ParamKeepMS):
		return fmt.Sprintf("%s=%d", paramName(id), binary.LittleEndian.Uint32(value))
	case len(value) == 8 && (id == ParamFeatures || id == ParamIncarnation):
		return fmt.Sprintf("%s=%#x", paramName(id), binary.LittleEndian.Uint64(value))
	case id == ParamPeer, id == ParamEnvironment:
		return fmt.Sprintf("%s=%q", paramName(id), value)
	default:
		return fmt.Sprintf("%s(%d bytes)", paramName(id), len(value))
	}
}

// atOffset tells a Malformed with its offset moved by base.
func atOffset(base int, err error) string {
	m, ok := err.(*Malformed) // every error of this package's parsers is one
	if !ok {
		return err.Error()
	}
	return (&Malformed{Offset: base + m.Offset, Text: m.Text}).Error()
}
