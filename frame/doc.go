// Package frame is the bytes of the Lever frame protocol: headers, HELLO parameters, the heads of
// CALL and RESULT payloads, extensions, names, and the numbers of the registries. Chapters 5, 6,
// 9 and 15 of SPEC.md are its text, and internal/spectest holds the two together.
//
// It never does I/O, never starts a goroutine, never reads a clock and keeps no state: what a frame
// means after the frames before it is package session's matter. What is wrong with one frame seen
// alone is decided here (Header.Check).
//
// Every integer is little-endian. A frame is a header of 16 bytes and Length bytes of payload:
//
//	offset 0        4      5      6        8          12         16
//	      +--------+------+------+--------+----------+----------+--------------------+
//	      | Length | Type | Flags|  Code  |    ID    |   Aux    | payload (Length)   |
//	      |  u32   |  u8  |  u8  |  u16   |   u32    |   u32    |                    |
//	      +--------+------+------+--------+----------+----------+--------------------+
//
//	CALL   payload: [u16 size, name   if Code = 0] [u16 size, extensions   if Ext] arguments
//	RESULT payload:                                [u16 size, extensions   if Ext] value
//	HELLO  payload: any number of {u16 id, u16 size, value}
//	extensions:     any number of {u8 id, u16 size, value}
//
// Append functions write to the end of dst and return it. Consume functions read from the start of
// b and return how many bytes that took; they never allocate unless they report an error. Memory:
// every slice that a Consume function returns is lent, a part of the slice it was given, and every
// slice given to an Append function is copied.
//
// Two kinds of error keep two kinds of fault apart: *Error is a violation of the protocol, which
// closes the connection; *Malformed is a bad payload, which fails only its call.
//
// Everything here is safe for concurrent use: there is nothing to share.
package frame
