// Lever is the command beside the engine: it shows a running service (demo), offers one (serve),
// keeps a registry of instances (registry), calls and streams from the shell (call, stream), looks
// into what travels (encode, decode, inspect), and writes Go code that encodes faster (generate).
//
// Every command is one row of the table in command.go and one file of its own. A command sees the
// world only through the struct world, so that the tests run all of them in process: run takes a
// context, the arguments and a world, and gives the exit status: 0 done, 1 failed, 2 not
// understood. Results go to standard output and everything said to people about them to standard
// error, so that output can be piped.
//
// The demo of a fleet is the one command that starts others: its instances are the command itself
// again, in processes of their own.
//
// The command never guesses what a pipe carries: bytes go out raw on a pipe and as hex on a
// terminal, and a flag overrides either.
package main
