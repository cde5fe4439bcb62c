// Package report turns measurements into what people and programs read: medians over rounds and
// ratios to a base, a table, a JSON document, and a plot of latency percentiles.
//
// What it never does: it measures nothing, and it hides no row. Where a target has no figure, the
// table shows a dash.
package report
