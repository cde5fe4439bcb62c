package campaign

import (
	"fmt"
	"strconv"
	"strings"
)

// Shape is how many callers share how many connections.
type Shape struct{ Callers, Conns int }

// maxCallers bounds both. A caller has a histogram of 5 KB, and a stack.
const maxCallers = 20_000

// String gives the form that ParseShape reads, such as "64x8".
func (s Shape) String() string { return fmt.Sprintf("%dx%d", s.Callers, s.Conns) }

// ParseShape reads "64x8": 64 callers on 8 connections.
func ParseShape(text string) (Shape, error) {
	a, b, ok := strings.Cut(text, "x")
	callers, err1 := strconv.Atoi(a)
	conns, err2 := strconv.Atoi(b)
	switch {
	case !ok || err1 != nil || err2 != nil:
		return Shape{}, fmt.Errorf("shape %q is not like 64x8: callers x connections", text)
	case callers < 1 || conns < 1 || callers > maxCallers:
		return Shape{}, fmt.Errorf("shape %q: from 1 to %d callers", text, maxCallers)
	case conns > callers:
		return Shape{}, fmt.Errorf("shape %q has connections without a caller", text)
	}
	return Shape{callers, conns}, nil
}

// ParseShapes reads a list such as "1x1,64x8".
func ParseShapes(list string) ([]Shape, error) { return parseList(list, "shape", ParseShape) }
