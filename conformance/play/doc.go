// Package play runs the scripts of the conformance suite against an implementation: it plays the
// client towards a server under test, and the server towards a client under test.
//
//	script ──▶ player ──▶ link ══ connection ══▶ the subject
//	             ▲           │
//	             └─ ledger ◀─┘   every frame, both ways
//
// The ledger keeps the books of a connection and refuses what the subject must never do,
// whatever the script is about: more bytes than were credited, a second RESULT, a fragment that
// is too small, credit for bytes that never came. So each script tests more than it says.
//
// The package never judges by time alone: a step waits for bytes, and the limit that ends a wait
// is only there for subjects that never answer. Where a script says that nothing comes, a PING
// and its answer are the proof.
//
// One goroutine runs a script, and each link has one that reads and one that writes. They end
// with the link. What a link has read is given to the player; what is sent is copied.
package play
