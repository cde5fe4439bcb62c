package main

import (
	"fmt"
	"strings"

	"github.com/leverrpc/lever/wire"
	"github.com/leverrpc/lever/wire/wirejson"
)

// jsonArguments turns JSON texts into the values of a call.
func jsonArguments(texts []string) ([]any, error) {
	values := make([]any, len(texts))
	for i, text := range texts {
		value, err := wirejson.AppendWire(nil, []byte(text))
		if err != nil {
			err = within(fmt.Sprintf("argument %d", i+1), err)
			return nil, misuse("%v%s", err, argumentHint(text))
		}
		values[i] = wire.Raw(value)
	}
	return values, nil
}

// argumentHint says what a text that is no JSON was probably meant to be.
func argumentHint(text string) string {
	switch {
	case strings.HasPrefix(text, "--"):
		return " (flags go before the URL)"
	case strings.HasPrefix(text, "@"):
		return " (a file goes with --bytes)"
	case text != "" && !strings.ContainsAny(text, "{}[]\":,'\\ \t\n"):
		return fmt.Sprintf(" (as a string it is '%q')", text)
	}
	return ""
}

// bytesArgument gives the raw bytes of a call: standard input, or the file behind an '@'.
func (w *world) bytesArgument(args []string) ([]byte, error) {
	if len(args) > 1 {
		return nil, misuse("with --bytes there is one argument at most, @FILE, not %d", len(args))
	}
	if len(args) == 1 {
		file, ok := strings.CutPrefix(args[0], "@")
		if !ok || file == "" {
			return nil, misuse("with --bytes the argument is @FILE, not %q", args[0])
		}
		args = []string{file}
	}
	b, _, err := w.read(args)
	return b, err
}
