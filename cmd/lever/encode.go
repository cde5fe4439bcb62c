package main

import (
	"context"
	"encoding/hex"
	"flag"

	"github.com/leverrpc/lever/wire/wirejson"
)

var encodeCommand = command{
	name:  "encode",
	args:  "[FILE]",
	brief: "JSON text to wire bytes",
	about: `Reads one JSON text from FILE or standard input and writes it as one wire value: raw
bytes on a pipe, a hex dump on a terminal. {"$bytes": "base64"} stands for raw bytes, which
JSON lacks.`,
	shows: `echo '{"to":"ann","cents":500}' | lever encode
lever encode --hex order.json
lever encode order.json | lever decode`,
	prepare: func(fs *flag.FlagSet) action {
		inHex := fs.Bool("hex", false, "write plain hex digits on one line")
		raw := fs.Bool("raw", false, "write raw bytes, even to a terminal")
		return func(_ context.Context, w *world, args []string) error {
			if *inHex && *raw {
				return misuse("--hex and --raw exclude each other")
			}
			text, name, err := w.read(args)
			if err != nil {
				return err
			}
			value, err := wirejson.AppendWire(nil, text)
			if err != nil {
				return within(name, err)
			}
			switch {
			case *inHex:
				return w.print("%s\n", hex.EncodeToString(value))
			case *raw:
				_, err := w.stdout.Write(value)
				return err
			}
			return w.bytes(value)
		}
	},
}
