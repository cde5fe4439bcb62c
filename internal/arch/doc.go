// Package arch has the house rules as tests: which package may import which, who may touch the
// network and the clock, how long files are and what must be documented. It has no code of its
// own. The tables that a change of the architecture edits are in table_test.go.
package arch
