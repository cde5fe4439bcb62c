// Package mutants holds bugs. Each is a small change to the code that somebody could make by
// mistake, and the tests that it names must fail with it: that is how the tests are tested.
//
// mutants.txt has the list; README.md shows it as a table, with the test that finds each bug and
// whether the simulation of internal/sim finds it too.
//
//	go test ./internal/mutants           the list fits the code, and the table the list
//	go test ./internal/mutants -all      plants every bug and runs what must find it
//	go test ./internal/mutants -record   looks anew which test finds it, and writes the list
//	go test ./internal/mutants -rewrite  writes the table
package mutants
