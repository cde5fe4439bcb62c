package main

import (
	"github.com/tinylib/msgp/msgp"

	"github.com/leverrpc/lever/wire"
)

// appendOrdered writes v as MessagePack with the keys in the order in which the text has them, so
// that a late value is late in both encodings.
func appendOrdered(m []byte, v wire.Value) []byte {
	switch v.Kind() {
	case wire.Object:
		m = msgp.AppendMapHeader(m, uint32(v.Len()))
		for key, member := range v.Members() {
			m = appendOrdered(msgp.AppendStringFromBytes(m, key), member)
		}
		return m
	case wire.Array:
		m = msgp.AppendArrayHeader(m, uint32(v.Len()))
		for _, item := range v.Items() {
			m = appendOrdered(m, item)
		}
		return m
	}
	var scalar any
	check(v.Decode(&scalar))
	return must(msgp.AppendIntf(m, scalar))
}
