package main

import (
	"context"
	"flag"
	"os"
	"path/filepath"
	"strings"

	"github.com/leverrpc/lever/cmd/lever/internal/generate"
)

var generateCommand = command{
	name:  "generate",
	args:  "[DIR]",
	brief: "Go code that encodes and decodes structs faster",
	about: `Writes a Go file with methods that encode and decode the structs of the package in DIR, the
current one unless given: the bytes and values of package wire without them, in less time. Structs
that they reach in the package come with them. What changes afterwards is refused until the file is written
anew.`,
	shows: `lever generate
lever generate --type Order,Receipt --output orders.go ./shop
//go:generate lever generate --type Order`,
	prepare: func(fs *flag.FlagSet) action {
		types := fs.String("type", "",
			"structs by `names`, with commas between (all exported ones unless given)")
		output := fs.String("output", "wire_gen.go", "the `name` of the file to write, in DIR")
		return func(_ context.Context, w *world, args []string) error {
			o := generate.Options{Dir: ".", Output: *output}
			switch len(args) {
			case 0:
			case 1:
				o.Dir = args[0]
			default:
				return misuse("one directory at a time, not %d", len(args))
			}
			if *types != "" {
				o.Types = strings.Split(*types, ",")
			}
			if filepath.Base(o.Output) != o.Output {
				return misuse("--output is a name in DIR, not a path as %s", o.Output)
			}
			code, err := generate.File(o)
			if err != nil {
				return err
			}
			path := filepath.Join(o.Dir, o.Output)
			if err := os.WriteFile(path, code, 0o644); err != nil {
				return err
			}
			w.note("wrote %s", path)
			return nil
		}
	},
}
