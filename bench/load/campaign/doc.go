// Package campaign compares targets: it starts a server process for each, lets a client load
// them in turn, and reports.
//
// One after the other, not one beside the other, and round by round: in each round every target
// has its turn, and the next round begins with another one. What a busy or a throttled machine
// does to the figures it does to all targets alike, so ratios within a round can be trusted where
// rates cannot. The report gives medians over the rounds, and the median of the rounds' ratios.
//
// Client and server are two processes on the loopback interface. The server process is this very
// program, started again; what it used is asked over its standard input and output, and it ends
// when they do.
//
// What it never does: it sends nothing but to 127.0.0.1, and it leaves no process behind.
package campaign
