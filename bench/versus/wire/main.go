// Command wire compares the wire encoding with msgp, the fastest MessagePack of Go, and with the
// ways through JSON text. The typed columns go by plans, those called Coded by generated code, and
// in CodedToPlan and DecodeToPlan the plan is the other. It prints one table of ratios: how many
// times as much processor time the other takes. All checks of wire are on; msgp has none of UTF-8,
// duplicate keys or depth.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/bytedance/sonic"
	"github.com/tinylib/msgp/msgp"

	"github.com/leverrpc/lever/wire"
	"github.com/leverrpc/lever/wire/wirejson"
)

func main() {
	var s sampling
	flag.IntVar(&s.rounds, "rounds", 15, "interleaved rounds, of which the median counts")
	flag.DurationVar(&s.slice, "slice", 10*time.Millisecond, "processor time of one turn")
	flag.BoolVar(&s.least, "least", false, "the least of all rounds counts: short turns see no collector")
	only := flag.String("only", "", "run the columns that contain this")
	which := flag.String("doc", "", "run the documents that contain this")
	flag.Parse()
	docs, err := documents()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Printf("%-16s %-12s %10s %10s %7s %8s %8s\n", "document", "column", "wire MB/s", "other",
		"ratio", "allocs", "other")
	for len(docs) > 0 {
		if d := docs[0]; strings.Contains(d.name, *which) {
			run(d, s, *only)
		}
		docs = docs[1:]
	}
}

// pair is one column: what is measured of wire and of the other.
type pair struct {
	name      string
	ours, his func()
}

func run(d document, s sampling, only string) {
	b, m, columns := prepare(d)
	runtime.GC() // what the document before left behind is not this one's cost
	fmt.Printf("%-16s %-12s %9.1f%% %9.1f%%\n", d.name, "size", 100*float64(len(b))/
		float64(len(d.text)), 100*float64(len(m))/float64(len(d.text)))
	for _, p := range columns {
		if !strings.Contains(p.name, only) {
			continue
		}
		t := measure(s, p.ours, p.his)
		ours, his := testing.AllocsPerRun(5, p.ours), testing.AllocsPerRun(5, p.his)
		rate := func(ps time.Duration) string {
			if p.name == "Get" {
				return fmt.Sprintf("%.0f ns", float64(ps)/1000)
			}
			return fmt.Sprintf("%.0f", float64(len(d.text))*1e6/float64(ps))
		}
		fmt.Printf("%-16s %-12s %10s %10s %7.2f %8.0f %8.0f\n", d.name, p.name, rate(t[0]),
			rate(t[1]), float64(t[1])/float64(t[0]), ours, his)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func prepare(d document) (b, m []byte, columns []pair) {
	check(d.typed.load(d.text))
	if a, b := must(d.typed.appendWire(nil)), must(d.typed.appendCoded(nil)); len(a) != len(b) {
		panic(d.name + ": generated code writes something else")
	}
	b = must(wirejson.AppendWire(nil, d.text))
	var tree any
	check(wire.Unmarshal(b, &tree))
	m = appendOrdered(nil, wire.Parse(b))
	typedWire, typedMsgp := must(d.typed.appendWire(nil)), must(d.typed.appendMsgp(nil))
	var buf, other []byte
	return b, m, []pair{
		{"EncodeAny", func() { buf = must(wire.Append(buf[:0], tree)) },
			func() { other = must(msgp.AppendIntf(other[:0], tree)) }},
		{"DecodeAny", func() { var v any; check(wire.Unmarshal(b, &v)) },
			func() { _, _, err := msgp.ReadIntfBytes(m); check(err) }},
		{"EncodeTyped", func() { buf = must(d.typed.appendWire(buf[:0])) },
			func() { other = must(d.typed.appendMsgp(other[:0])) }},
		{"EncodeCoded", func() { buf = must(d.typed.appendCoded(buf[:0])) },
			func() { other = must(d.typed.appendMsgp(other[:0])) }},
		{"CodedToPlan", func() { buf = must(d.typed.appendCoded(buf[:0])) },
			func() { other = must(d.typed.appendWire(other[:0])) }},
		{"DecodeTyped", func() { check(d.typed.decodeWire(typedWire)) },
			func() { check(d.typed.decodeMsgp(typedMsgp)) }},
		{"DecodeCoded", func() { check(d.typed.decodeCoded(typedWire)) },
			func() { check(d.typed.decodeMsgp(typedMsgp)) }},
		{"DecodeToPlan", func() { check(d.typed.decodeCoded(typedWire)) },
			func() { check(d.typed.decodeWire(typedWire)) }},
		{"Get", func() {
			if wire.Parse(b).Get(d.path...).Kind() == wire.Invalid {
				panic(d.name)
			}
		}, func() { locate(m, d.path) }},
		{"FromJSON", func() { buf = must(wirejson.AppendWire(buf[:0], d.text)) }, func() {
			var v any
			check(sonic.Unmarshal(d.text, &v))
			other = must(msgp.AppendIntf(other[:0], v))
		}},
		{"ToJSON", func() { buf = must(wirejson.AppendJSON(buf[:0], b, wirejson.Options{})) }, func() {
			var w writer
			w.b = other[:0]
			_, err := msgp.UnmarshalAsJSON(&w, m)
			check(err)
			other = w.b
		}},
		{"Validate", func() { check(wire.Validate(b)) }, func() { must(msgp.Skip(m)) }},
	}
}

// writer is a bytes.Buffer that keeps its memory.
type writer struct{ b []byte }

func (w *writer) Write(p []byte) (int, error) {
	w.b = append(w.b, p...)
	return len(p), nil
}

// locate finds a value the way that MessagePack allows: by skipping the others.
func locate(m []byte, path []any) {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			if m = msgp.Locate(step, m); len(m) == 0 {
				panic(step)
			}
		case int:
			var err error
			_, m, err = msgp.ReadArrayHeaderBytes(m)
			check(err)
			for range step {
				m = must(msgp.Skip(m))
			}
		}
	}
}
