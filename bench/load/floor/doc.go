// Package floor echoes messages with no protocol to speak of. It is what the targets are
// measured against: the same bytes, over the same sockets, and nothing around them.
//
//	┌─────────────────────┬─────────────────┐
//	│ length, 4 bytes, LE │ payload         │   both ways, answers in the order of requests
//	└─────────────────────┴─────────────────┘
//
// One server runs on a bare gnet engine, one has a goroutine for each connection of package net.
// Both send an event's worth of answers in one write. The client combines what its callers write:
// who finds nobody writing writes until nothing is left, and yields once before if others wait
// for answers.
//
// What it never does: it knows no methods, values, errors, deadlines, cancellation, flow control
// or limits. A message that claims to be longer than 16 MiB ends its connection, that is all.
package floor
