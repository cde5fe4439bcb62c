package main

import (
	"context"
	"flag"
	"fmt"

	"github.com/leverrpc/lever/frame"
	"github.com/leverrpc/lever/wire"
)

var inspectCommand = command{
	name:  "inspect",
	args:  "[FILE]",
	brief: "explain frames, or draw one value as a tree",
	about: `Reads one direction of a connection from FILE or standard input and prints one
explained line for each frame, the offset first. Input of nothing but text is taken for hex
(blanks, '#' comments and dumps of xxd are fine), any other for raw bytes. With --value the input is
one wire value, drawn as a tree.`,
	shows: `echo '0000000008000000 0000000007000000  # PING' | lever inspect
lever encode order.json | lever inspect --value --raw`,
	prepare: func(fs *flag.FlagSet) action {
		inHex := fs.Bool("hex", false, "the input is hex")
		raw := fs.Bool("raw", false, "the input is raw bytes")
		value := fs.Bool("value", false, "the input is one wire value, not frames")
		return func(_ context.Context, w *world, args []string) error {
			if *inHex && *raw {
				return misuse("--hex and --raw exclude each other")
			}
			b, name, err := w.read(args)
			if err != nil {
				return err
			}
			if *inHex || !*raw && isText(b) {
				if b, err = parseHex(b); err != nil {
					return within(name, err)
				}
			}
			if *value {
				err = w.tree(b)
			} else {
				err = w.frames(b)
			}
			if err != nil {
				return within(name, err)
			}
			return nil
		}
	},
}

// frames prints a line for each frame of b. Its error is the first that a header has; what is wrong
// with a payload, its line says.
func (w *world) frames(b []byte) (fault error) {
	for at := 0; at < len(b); {
		text, n := frame.Explain(b[at:])
		if n <= 0 {
			return fmt.Errorf("offset %d: %s", at, text)
		}
		if err := w.print("%08x  %s\n", at, text); err != nil {
			return err
		}
		h, _ := frame.ConsumeHeader(b[at:])
		if err := h.Check(); err != nil && fault == nil {
			fault = fmt.Errorf("offset %d: %w", at, err)
		}
		at += n
	}
	return fault
}

// treeLines is how many lines of a tree are drawn.
const treeLines = 1_000_000

// tree draws one wire value. Of a faulty one it draws what comes before the fault.
func (w *world) tree(b []byte) error {
	if err := w.print("%s", wire.Explain(b, treeLines)); err != nil {
		return err
	}
	return wire.Validate(b)
}
