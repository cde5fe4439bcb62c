// Package mutants holds bugs. Each is a small change to the code that somebody could make by
// mistake, and the tests of the package that it names must fail with it: that is how the tests
// are tested. mutants.txt has the list; `go test ./internal/mutants -all` plants them one by one,
// and without the flag only the list itself is checked.
package mutants
