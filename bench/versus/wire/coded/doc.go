// Package coded has the types of package doc with code that lever generate writes for them. Their
// declarations are copies, which a test compares.
package coded

//go:generate go run github.com/leverrpc/lever/cmd/lever generate
