package report

import (
	"cmp"
	"slices"
)

// InOrder sorts the rows of one case and shape by the order of their targets.
func InOrder(rows []Row, targets []string) []Row {
	return slices.SortedStableFunc(slices.Values(rows), func(a, b Row) int {
		return cmp.Compare(slices.Index(targets, a.Target), slices.Index(targets, b.Target))
	})
}
