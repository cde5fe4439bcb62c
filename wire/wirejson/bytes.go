package wirejson

import (
	"encoding/base64"

	"github.com/leverrpc/lever/wire"
)

// bytesKey is the encoded key of the object that stands for raw bytes in JSON text.
const bytesKey = "\x06$bytes"

// bytes replaces the object that was just read into out[at:], whose sole key is $bytes, by the raw
// bytes that it stands for.
func (r *reader) bytes(out []byte, at, head, from int) []byte {
	r.depth--
	text, n := wire.ConsumeString(out[at+head+len(bytesKey):])
	if n <= 0 || at+head+len(bytesKey)+n != len(out) {
		return r.fail(from, `found an object with the sole key "$bytes", want base64 text in it`)
	}
	raw := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	size, err := base64.StdEncoding.Strict().Decode(raw, text)
	if err != nil || base64.StdEncoding.EncodedLen(size) != len(text) {
		return r.fail(from, `found "$bytes" with text that is not padded base64`)
	}
	return wire.AppendBytes(out[:at], raw[:size])
}

// appendBase64 writes raw bytes as the object that stands for them.
func appendBase64(out, raw []byte) []byte {
	out = append(out, `{"$bytes":"`...)
	out = base64.StdEncoding.AppendEncode(out, raw)
	return append(out, `"}`...)
}
