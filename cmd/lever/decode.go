package main

import (
	"context"
	"flag"

	"github.com/leverrpc/lever/wire/wirejson"
)

// prettyIndent is one level of indented JSON.
const prettyIndent = "  "

var decodeCommand = command{
	name:  "decode",
	args:  "[FILE]",
	brief: "wire bytes to JSON text",
	about: `Reads one wire value from FILE or standard input, raw unless --hex is given, and writes
it as JSON text and a line feed. Raw bytes inside the value become {"$bytes": "base64"}.`,
	shows: `lever decode --pretty order.wire
echo '91 05 03 64 61 79 d1' | lever decode --hex`,
	prepare: func(fs *flag.FlagSet) action {
		inHex := fs.Bool("hex", false, "read hex: blanks, '#' comments and dumps of xxd are fine")
		pretty := fs.Bool("pretty", false, "indent the JSON text")
		return func(_ context.Context, w *world, args []string) error {
			value, name, err := w.read(args)
			if err != nil {
				return err
			}
			if *inHex {
				if value, err = parseHex(value); err != nil {
					return within(name, err)
				}
			}
			text, err := appendJSON(nil, value, *pretty)
			if err != nil {
				return within(name, err)
			}
			return w.print("%s\n", text)
		}
	},
}

// appendJSON appends one wire value as JSON text.
func appendJSON(dst, value []byte, pretty bool) ([]byte, error) {
	var o wirejson.Options
	if pretty {
		o.Indent = prettyIndent
	}
	return wirejson.AppendJSON(dst, value, o)
}
