package main

import "storj.io/drpc"

// protobuf is the encoding of arpc and rpcx.
type protobuf struct{}

// Marshal encodes for arpc.
func (protobuf) Marshal(v any) ([]byte, error) {
	return appendMessage(make([]byte, 0, orderSize), v)
}

// Unmarshal decodes for arpc.
func (protobuf) Unmarshal(p []byte, v any) error { return parseMessage(p, v) }

// Encode encodes for rpcx.
func (c protobuf) Encode(v any) ([]byte, error) { return c.Marshal(v) }

// Decode decodes for rpcx.
func (c protobuf) Decode(p []byte, v any) error { return c.Unmarshal(p, v) }

// drpcProtobuf is the encoding of drpc, which has a name for any.
type drpcProtobuf struct{}

// Marshal implements drpc.Encoding.
func (drpcProtobuf) Marshal(v drpc.Message) ([]byte, error) { return protobuf{}.Marshal(v) }

// Unmarshal implements drpc.Encoding.
func (drpcProtobuf) Unmarshal(p []byte, v drpc.Message) error { return parseMessage(p, v) }

// MarshalAppend saves a copy.
func (drpcProtobuf) MarshalAppend(dst []byte, v drpc.Message) ([]byte, error) {
	return appendMessage(dst, v)
}
