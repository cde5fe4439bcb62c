// Package plain has the structs of package sample, without code that is generated for them.
package plain
