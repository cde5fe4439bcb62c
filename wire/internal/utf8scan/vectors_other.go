//go:build !amd64 || purego

package utf8scan

import "math"

const (
	vectors   = false
	vectorMin = math.MaxInt
)

func validVectors(s []byte) bool { return validWords(s) }
