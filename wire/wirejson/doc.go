// Package wirejson turns JSON text into the wire encoding and back, each in one pass and without a
// tree of values in between.
//
// It is strict where JSON parsers usually are not: text that is not UTF-8, lone surrogates, raw
// control characters, duplicate keys, numbers of another grammar, anything behind the value and
// more than 128 containers in each other are refused, with the line and the offset. It never
// reads the clock, never does I/O and never panics on input.
//
// # Why its own scanner
//
// sonic was measured for both directions and is not used. On a 10 KB text of tweets its
// ast.Preorder, with callbacks that do nothing, takes 1.6 times as long as the whole of AppendWire,
// and it would still need depth, number, control character, UTF-8, duplicate key and trailing data
// checked around it; decoding to any with sonic and encoding that takes 4 to 5 times as long. The
// way back through any and sonic.Marshal takes about twice as long as AppendJSON. sonic_test.go
// has the benchmarks, and compares the results of the two readers.
//
// # What comes back
//
// Text that goes through wire and back means the same; these are its normal forms:
//
//   - White space is gone, or as [Options] say. The order of keys stays.
//   - Strings have the fewest escapes that JSON allows.
//   - Integers of 64 bits come back digit by digit. A number with a fraction or an exponent is the
//     nearest float64, as in JavaScript, and comes back in the shortest text that is read as the
//     same float64: 1.0 as 1, 1E2 as 100, -0.0 as -0. Floats from 2^53 on keep an exponent, so
//     that no reader takes them for exact integers.
//   - A literal that no integer and no float64 stands for (1e400, 2^64+1, 20 digits of pi) comes
//     back as it was, byte by byte. [wire.Number] has the rule.
//
// Raw bytes have no JSON form. They are written as {"$bytes":"base64"}, and an object with exactly
// that one key is read as bytes; if its value is not padded base64 that is an error. An encoded
// object that really has the sole key "$bytes" is refused when it is written as text.
//
// # Memory
//
// Both functions append to dst and return it; they keep neither dst nor the input. On an error
// dst[:len(dst)] is unchanged. They are safe for concurrent use.
package wirejson
