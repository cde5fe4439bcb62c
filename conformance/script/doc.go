// Package script is the language of the conformance suite: what a session of frames looks like,
// written by hand, one step a line.
//
//	script unknown-method
//	about A method that the service does not have ends the call alone.
//	covers F-503 F-803
//	open
//	send CALL #1 name=conformance/nope args=[]
//	expect RESULT #1 status=NO_METHOD with=UNPROCESSED
//
// It also holds the bytes: headers, payloads and values are built and read here from the tables
// of SPEC.md, with nothing of packages frame and wire, so that a fault of theirs is found and not
// repeated. README.md in the folder above describes every step and every field.
//
// The package never does I/O beyond reading a script's text, and never reads a clock; package
// play runs scripts. Parse is strict: a word that means nothing is an error with its line.
// A Script is immutable after Parse and safe for concurrent use; an Env belongs to one run.
// Slices that Cut and the Whole of a run hold are lent by whoever filled the buffer.
package script
