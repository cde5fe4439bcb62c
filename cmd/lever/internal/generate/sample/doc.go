// Package sample has structs of every sort that code is generated for. Package plain has the same
// ones without the code; tests compare what both write.
package sample

//go:generate go run github.com/leverrpc/lever/cmd/lever generate
