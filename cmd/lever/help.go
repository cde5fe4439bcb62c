package main

import (
	"context"
	"flag"
	"fmt"
	"strings"
)

// helpCommand is a function because its row reads the table that it is in.
func helpCommand() command {
	return command{
		name:    "help",
		args:    "[COMMAND]",
		brief:   "explain a command",
		about:   "Lists the commands, or explains one of them and its flags.",
		prepare: func(*flag.FlagSet) action { return explain },
	}
}

// explain is the work of help.
func explain(_ context.Context, w *world, args []string) error {
	switch len(args) {
	case 0:
		return w.print("%s\n", overview())
	case 1:
		c, ok := lookup(args[0])
		if !ok {
			return misuse("no command %q%s", args[0], suggestion(args[0]))
		}
		return w.print("%s", c.help())
	}
	return misuse("one command at a time, not %d", len(args))
}

// overview lists the commands.
func overview() string {
	var b strings.Builder
	b.WriteString("lever serves, calls and looks into Lever RPC.\n\n")
	b.WriteString("usage: lever COMMAND [flags] [arguments]\n\n")
	for _, c := range commands() {
		fmt.Fprintf(&b, "  %-9s %s\n", c.name, c.brief)
	}
	b.WriteString("\nExit status: 0 done, 1 failed, 2 not understood.\n")
	b.WriteString("'lever help COMMAND' says more about one of them.")
	return b.String()
}

// help explains one command.
func (c command) help() string {
	fs := flag.NewFlagSet(c.name, flag.ContinueOnError)
	c.prepare(fs)
	flags := flagLines(fs)

	var b strings.Builder
	fmt.Fprintf(&b, "lever %s: %s\n\nusage: lever %s", c.name, c.brief, c.name)
	if len(flags) > 0 {
		b.WriteString(" [flags]")
	}
	if c.args != "" {
		b.WriteString(" " + c.args)
	}
	fmt.Fprintf(&b, "\n\n%s\n", wrapped(c.about))
	if len(flags) > 0 {
		fmt.Fprintf(&b, "\nFlags:\n%s", strings.Join(flags, ""))
	}
	if c.shows != "" {
		fmt.Fprintf(&b, "\nFor example:\n%s\n", indent(c.shows))
	}
	return b.String()
}

// flagLines gives one aligned line for each flag, by name.
func flagLines(fs *flag.FlagSet) []string {
	var names, texts []string
	width := 0
	fs.VisitAll(func(f *flag.Flag) {
		value, text := flag.UnquoteUsage(f)
		name := "--" + f.Name
		if value != "" {
			name += " " + value
		}
		if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "0s" && f.DefValue != "0" {
			text += " (" + f.DefValue + " unless given)"
		}
		names, texts, width = append(names, name), append(texts, text), max(width, len(name))
	})
	lines := make([]string, len(names))
	for i := range names {
		lines[i] = fmt.Sprintf("  %-*s  %s\n", width, names[i], texts[i])
	}
	return lines
}

// helpWidth is how wide the paragraphs of help are.
const helpWidth = 80

// wrapped breaks text into lines anew.
func wrapped(text string) string {
	var b strings.Builder
	width := 0
	for word := range strings.FieldsSeq(text) {
		switch {
		case width == 0:
		case width+1+len(word) > helpWidth:
			b.WriteByte('\n')
			width = 0
		default:
			b.WriteByte(' ')
			width++
		}
		b.WriteString(word)
		width += len(word)
	}
	return b.String()
}

// indent puts two spaces before each line.
func indent(s string) string {
	return "  " + strings.ReplaceAll(s, "\n", "\n  ")
}
