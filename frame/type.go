package frame

import "strconv"

// Type says what a frame is. SPEC 5.1.
type Type uint8

// The frame types of version 1. Types below 0x80 that are missing here are reserved: a receiver
// closes the connection on them. Types from 0x80 on are ignorable: a receiver skips them.
const (
	Hello  Type = 0x01 // first frame of each side: version and parameters
	Call   Type = 0x02 // begins a call
	Result Type = 0x03 // ends a call, exactly one for each that is not one-way
	Msg    Type = 0x04 // a stream's message, or the continuation of a frame with More
	Finish Type = 0x05 // no more messages from the sender on this call
	Cancel Type = 0x06 // the caller no longer wants the result
	Credit Type = 0x07 // more calls or bytes may be sent
	Ping   Type = 0x08 // a question or an answer that proves the connection alive
	GoAway Type = 0x09 // no calls above an id will be served
	Bind   Type = 0x0A // a number for a method name
)

// firstIgnorable is where the types begin that a receiver may skip without knowing them.
const firstIgnorable Type = 0x80

var typeNames = [...]string{
	Hello: "HELLO", Call: "CALL", Result: "RESULT", Msg: "MSG", Finish: "FINISH",
	Cancel: "CANCEL", Credit: "CREDIT", Ping: "PING", GoAway: "GOAWAY", Bind: "BIND",
}

// String gives the name in the registry, or for example "TYPE(0x0b)".
func (t Type) String() string {
	switch {
	case t.Known():
		return typeNames[t]
	case t.IsGrease():
		return "GREASE(0x" + strconv.FormatUint(uint64(t), 16) + ")"
	case t < 0x10:
		return "TYPE(0x0" + strconv.FormatUint(uint64(t), 16) + ")"
	default:
		return "TYPE(0x" + strconv.FormatUint(uint64(t), 16) + ")"
	}
}

// Known reports whether version 1 defines t.
func (t Type) Known() bool { return t >= Hello && t <= Bind }

// Ignorable reports whether a receiver that does not know t skips the frame.
func (t Type) Ignorable() bool { return t >= firstIgnorable }

// IsGrease reports whether t is one of 0x8A, 0x9A … 0xFA: types that will never mean anything, and
// that peers may send to keep each other's skipping in working order.
func (t Type) IsGrease() bool { return t&0x8F == 0x8A }
