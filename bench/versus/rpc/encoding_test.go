package main

import (
	"reflect"
	"testing"

	"github.com/cloudwego/gopkg/protocol/thrift"

	"github.com/leverrpc/lever/bench/load/sample"
)

func TestProtobufGoesBothWays(t *testing.T) {
	want := sample.TheOrder()
	p, err := protobuf{}.Marshal(&want)
	if err != nil {
		t.Fatal(err)
	}
	if len(p) > orderSize {
		t.Errorf("%d bytes, which is more than orderSize", len(p))
	}
	var got sample.Order
	if err := (protobuf{}).Unmarshal(p, &got); err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v", got, err)
	}
	for n := range p {
		// A prefix may end between two fields; it must not be the whole, and not panic.
		var got sample.Order
		if err := (protobuf{}).Unmarshal(p[:n], &got); err == nil && got.Check() == nil {
			t.Errorf("the first %d bytes are the whole order", n)
		}
	}
}

func TestThriftGoesBothWays(t *testing.T) {
	want := orderMessage{id: argsField, order: sample.TheOrder()}
	p := thrift.FastMarshal(&want)
	var got orderMessage
	if n, err := got.FastRead(p); err != nil || n != len(p) || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %d of %d bytes, %v", got, n, len(p), err)
	}
	for n := range p {
		if _, err := new(orderMessage).FastRead(p[:n]); err == nil {
			t.Errorf("the first %d bytes are an order", n)
		}
	}
	raw := bytesMessage{bytes: sample.Bytes(64)}
	var back bytesMessage
	if _, err := back.FastRead(thrift.FastMarshal(&raw)); err != nil || !reflect.DeepEqual(back, raw) {
		t.Errorf("got %+v, %v", back, err)
	}
}

func TestUnknownTypesHaveNoEncoding(t *testing.T) {
	if _, err := (protobuf{}).Marshal(3); err == nil {
		t.Error("an int was encoded")
	}
	if err := (protobuf{}).Unmarshal(nil, new(int)); err == nil {
		t.Error("an int was decoded")
	}
}
