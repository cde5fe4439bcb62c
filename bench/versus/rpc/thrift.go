package main

import (
	"fmt"

	"github.com/cloudwego/gopkg/protocol/thrift"

	"github.com/leverrpc/lever/bench/load/sample"
)

// The order as thrift:
//
//	struct Order {
//	  1: i64 id, 2: string name, 3: string email, 4: list<string> tags, 5: double score
//	}
//
// Arguments and results are structs of one field, whose number is argsField or zero.
const argsField = 1

// orderMessage holds an order.
type orderMessage struct {
	id    int16
	order sample.Order
}

// bytesMessage holds bytes.
type bytesMessage struct {
	id    int16
	bytes []byte
}

var b thrift.BinaryProtocol

// BLength implements thrift.FastCodec.
func (m *orderMessage) BLength() int {
	o := &m.order
	n := b.FieldBeginLength() + 5*b.FieldBeginLength() + b.I64Length() + b.StringLength(o.Name) +
		b.StringLength(o.Email) + b.ListBeginLength() + b.DoubleLength() + 2*b.FieldStopLength()
	for _, tag := range o.Tags {
		n += b.StringLength(tag)
	}
	return n
}

// FastWriteNocopy implements thrift.FastCodec.
func (m *orderMessage) FastWriteNocopy(p []byte, w thrift.NocopyWriter) int {
	o := &m.order
	n := b.WriteFieldBegin(p, thrift.STRUCT, m.id)
	n += b.WriteFieldBegin(p[n:], thrift.I64, 1)
	n += b.WriteI64(p[n:], o.ID)
	n += b.WriteFieldBegin(p[n:], thrift.STRING, 2)
	n += b.WriteStringNocopy(p[n:], w, o.Name)
	n += b.WriteFieldBegin(p[n:], thrift.STRING, 3)
	n += b.WriteStringNocopy(p[n:], w, o.Email)
	n += b.WriteFieldBegin(p[n:], thrift.LIST, 4)
	n += b.WriteListBegin(p[n:], thrift.STRING, len(o.Tags))
	for _, tag := range o.Tags {
		n += b.WriteStringNocopy(p[n:], w, tag)
	}
	n += b.WriteFieldBegin(p[n:], thrift.DOUBLE, 5)
	n += b.WriteDouble(p[n:], o.Score)
	n += b.WriteFieldStop(p[n:])
	return n + b.WriteFieldStop(p[n:])
}

// FastRead implements thrift.FastCodec.
func (m *orderMessage) FastRead(p []byte) (int, error) {
	return readFields(p, func(typ thrift.TType, id int16, p []byte) (int, error) {
		if typ != thrift.STRUCT {
			return 0, fmt.Errorf("field %d is no struct", id)
		}
		m.id = id
		return readFields(p, m.readField)
	})
}

// readField takes one field of the order.
func (m *orderMessage) readField(typ thrift.TType, id int16, p []byte) (n int, err error) {
	o := &m.order
	switch {
	case id == 1 && typ == thrift.I64:
		o.ID, n, err = b.ReadI64(p)
	case id == 2 && typ == thrift.STRING:
		o.Name, n, err = b.ReadString(p)
	case id == 3 && typ == thrift.STRING:
		o.Email, n, err = b.ReadString(p)
	case id == 4 && typ == thrift.LIST:
		return m.readTags(p)
	case id == 5 && typ == thrift.DOUBLE:
		o.Score, n, err = b.ReadDouble(p)
	default:
		n, err = b.Skip(p, typ)
	}
	return n, err
}

func (m *orderMessage) readTags(p []byte) (n int, err error) {
	typ, count, n, err := b.ReadListBegin(p)
	if err != nil || typ != thrift.STRING || count > len(p) {
		return n, fmt.Errorf("tags are no list of strings: %w", err)
	}
	m.order.Tags = make([]string, count)
	for i := range m.order.Tags {
		tag, l, err := b.ReadString(p[n:])
		if err != nil {
			return n, err
		}
		m.order.Tags[i] = tag
		n += l
	}
	return n, nil
}

// readFields takes the fields of a struct and its end.
func readFields(p []byte, field func(thrift.TType, int16, []byte) (int, error)) (n int, err error) {
	for {
		typ, id, l, err := b.ReadFieldBegin(p[n:])
		if err != nil {
			return n, err
		}
		n += l
		if typ == thrift.STOP {
			return n, nil
		}
		if l, err = field(typ, id, p[n:]); err != nil {
			return n, err
		}
		n += l
	}
}

// BLength implements thrift.FastCodec.
func (m *bytesMessage) BLength() int {
	return b.FieldBeginLength() + b.BinaryLength(m.bytes) + b.FieldStopLength()
}

// FastWriteNocopy implements thrift.FastCodec.
func (m *bytesMessage) FastWriteNocopy(p []byte, w thrift.NocopyWriter) int {
	n := b.WriteFieldBegin(p, thrift.STRING, m.id)
	n += b.WriteBinaryNocopy(p[n:], w, m.bytes)
	return n + b.WriteFieldStop(p[n:])
}

// FastRead implements thrift.FastCodec.
func (m *bytesMessage) FastRead(p []byte) (int, error) {
	return readFields(p, func(typ thrift.TType, id int16, p []byte) (n int, err error) {
		if typ != thrift.STRING {
			return 0, fmt.Errorf("field %d has no bytes", id)
		}
		m.id = id
		m.bytes, n, err = b.ReadBinary(p)
		return n, err
	})
}
