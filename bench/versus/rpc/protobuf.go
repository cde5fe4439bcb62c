package main

import (
	"bytes"
	"fmt"
	"math"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/leverrpc/lever/bench/load/sample"
)

// The order as protobuf:
//
//	message Order {
//	  int64 id = 1; string name = 2; string email = 3; repeated string tags = 4; double score = 5;
//	}
//
// A message of raw bytes is the bytes.

// appendMessage encodes a *sample.Order or a *[]byte.
func appendMessage(dst []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case *sample.Order:
		return appendOrder(dst, v), nil
	case *[]byte:
		return append(dst, *v...), nil
	}
	return nil, fmt.Errorf("no encoding of %T", v)
}

// parseMessage decodes into a *sample.Order or a *[]byte, in memory of its own.
func parseMessage(p []byte, v any) error {
	switch v := v.(type) {
	case *sample.Order:
		return parseOrder(p, v)
	case *[]byte:
		*v = bytes.Clone(p)
		return nil
	}
	return fmt.Errorf("no decoding into %T", v)
}

// orderSize is enough for the sample, so that encoding it allocates once.
const orderSize = 160

func appendOrder(dst []byte, o *sample.Order) []byte {
	dst = protowire.AppendTag(dst, 1, protowire.VarintType)
	dst = protowire.AppendVarint(dst, uint64(o.ID))
	dst = protowire.AppendTag(dst, 2, protowire.BytesType)
	dst = protowire.AppendString(dst, o.Name)
	dst = protowire.AppendTag(dst, 3, protowire.BytesType)
	dst = protowire.AppendString(dst, o.Email)
	for _, tag := range o.Tags {
		dst = protowire.AppendTag(dst, 4, protowire.BytesType)
		dst = protowire.AppendString(dst, tag)
	}
	dst = protowire.AppendTag(dst, 5, protowire.Fixed64Type)
	return protowire.AppendFixed64(dst, math.Float64bits(o.Score))
}

func parseOrder(p []byte, o *sample.Order) error {
	for len(p) > 0 {
		num, typ, n := protowire.ConsumeTag(p)
		if n < 0 {
			return protowire.ParseError(n)
		}
		p = p[n:]
		if n = parseField(o, num, typ, p); n < 0 {
			return protowire.ParseError(n)
		}
		p = p[n:]
	}
	return nil
}

// parseField takes one field and gives its size, negative if it is malformed.
func parseField(o *sample.Order, num protowire.Number, typ protowire.Type, p []byte) (n int) {
	switch {
	case num == 1 && typ == protowire.VarintType:
		var v uint64
		v, n = protowire.ConsumeVarint(p)
		o.ID = int64(v)
	case num == 2 && typ == protowire.BytesType:
		o.Name, n = protowire.ConsumeString(p)
	case num == 3 && typ == protowire.BytesType:
		o.Email, n = protowire.ConsumeString(p)
	case num == 4 && typ == protowire.BytesType:
		var tag string
		tag, n = protowire.ConsumeString(p)
		o.Tags = append(o.Tags, tag)
	case num == 5 && typ == protowire.Fixed64Type:
		var v uint64
		v, n = protowire.ConsumeFixed64(p)
		o.Score = math.Float64frombits(v)
	default:
		n = protowire.ConsumeFieldValue(num, typ, p)
	}
	return n
}
