package campaign

import (
	"fmt"
	"strings"
)

// Case is what one operation does.
type Case struct {
	// Name is how it is chosen.
	Name string
	// About is one line for the usage text.
	About string
	// Kind says what an operation is.
	Kind Kind
	// Bytes is the size of the payload each way, if it is bytes.
	Bytes int
	// Batch is how many units an operation counts for. Zero counts as one.
	Batch int
	// Depth is how many calls a caller keeps under way, if it does not wait for each.
	Depth int
}

// Kind is a kind of operation.
type Kind uint8

const (
	// Value calls with a sample.Order and gets it back.
	Value Kind = iota
	// Plan is Value without code that was generated for the struct.
	Plan
	// Bytes calls with raw bytes and gets them back.
	Bytes
	// Ping sends a message on a stream of the caller's own and waits for its echo.
	Ping
	// Push sends Batch messages on a stream of the caller's own, which the server reads and
	// drops.
	Push
	// Async calls with raw bytes, Batch times, and each time takes the result of the oldest of
	// Depth calls under way.
	Async
)

// Units is what an operation counts for.
func (c Case) Units() int { return max(c.Batch, 1) }

// Cases are all there are, in their order.
var Cases = []Case{
	{Name: "obj", About: "echo of a struct of 5 fields, 150 bytes as JSON text", Kind: Value},
	{Name: "plan", About: "the same without generated code (lever)", Kind: Plan},
	{Name: "b64", About: "echo of 64 bytes", Kind: Bytes, Bytes: 64},
	{Name: "b64k", About: "echo of 64 KiB", Kind: Bytes, Bytes: 64 << 10},
	{Name: "b1m", About: "echo of 1 MiB", Kind: Bytes, Bytes: 1 << 20},
	{Name: "ping", About: "64 bytes to and fro on a stream for each caller", Kind: Ping, Bytes: 64},
	{Name: "push", About: "64-byte messages one way on a stream for each caller", Kind: Push,
		Bytes: 64, Batch: 100},
	{Name: "async", About: "echo of 64 bytes, each caller keeps 512 under way", Kind: Async,
		Bytes: 64, Batch: 100, Depth: 512},
}

// ParseCases reads a list such as "obj,b64".
func ParseCases(list string) ([]Case, error) {
	return parseList(list, "case", func(name string) (Case, error) {
		for _, c := range Cases {
			if c.Name == name {
				return c, nil
			}
		}
		return Case{}, fmt.Errorf("no case %q", name)
	})
}

// parseList reads a list of things that have commas between them.
func parseList[T any](list, what string, parse func(string) (T, error)) (all []T, err error) {
	seen := make(map[string]bool)
	for name := range strings.SplitSeq(list, ",") {
		name = strings.TrimSpace(name)
		v, err := parse(name)
		if err != nil {
			return nil, err
		}
		if seen[name] {
			return nil, fmt.Errorf("%s %q is there twice", what, name)
		}
		seen[name] = true
		all = append(all, v)
	}
	return all, nil
}
