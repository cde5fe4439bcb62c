//go:build unix && !linux

package transport

// vector is empty where only single slices are written.
type vector struct{}
