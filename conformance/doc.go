// Package conformance is the language-neutral suite of the Lever protocol. Anybody can run it
// against a server or a client, in whatever language that is written: README.md says how.
//
//	vectors/   single frames, with what they mean or what is wrong with them
//	scripts/   sessions, against a server and against a client
//	script     the language of the scripts
//	play       the runner
//	subject    the Go implementation under test
//	cmd        the program
//	index.json which case shows which requirement of SPEC.md
//
// This package holds the scripts and checks the whole: that every requirement has a case, and
// that the vectors are read by the Go implementation as they are meant.
package conformance
