// Package spectest holds SPEC.md to the code: its tests read the Markdown, decode every block of hex
// and compare every table with what the packages do. It has no code of its own.
//
// Worked frames and sessions are written in Go, in frames_test.go and sessions_test.go: what each
// frame means is spelled out there by hand, and the hex is rendered from it into SPEC.md by
//
//	go test ./internal/spectest -rewrite
//
// Without the flag the tests fail if the two differ.
package spectest
