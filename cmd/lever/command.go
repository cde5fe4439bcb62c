package main

import (
	"context"
	"errors"
	"flag"
	"io"
	"strings"
)

// action does a command's work, given the arguments behind its flags.
type action func(ctx context.Context, w *world, args []string) error

// ownWords says what package flag says as our help does, with two hyphens.
var ownWords = strings.NewReplacer(
	"flag provided but not defined: -", "no flag --",
	"needs an argument: -", "needs an argument: --",
	"for flag -", "for --",
	"for -", "for --",
)

// command is one row of the table.
type command struct {
	name  string
	args  string // what follows the flags on its usage line
	brief string // its line in the list of commands
	about string // the paragraphs of its help
	shows string // example command lines
	// prepare declares the flags and gives the action that reads them.
	prepare func(fs *flag.FlagSet) action
}

// commands gives the table.
func commands() []command {
	return []command{
		demoCommand, serveCommand, registryCommand,
		callCommand, streamCommand,
		encodeCommand, decodeCommand, inspectCommand, generateCommand,
		helpCommand(), versionCommand,
	}
}

// run does what args ask and gives the exit status.
func run(ctx context.Context, args []string, w *world) int {
	if len(args) == 0 {
		w.note("%s", overview())
		return statusMisuse
	}
	name := args[0]
	switch name {
	case "-h", "-help", "--help":
		name = "help"
	case "-version", "--version":
		name = "version"
	}
	c, ok := lookup(name)
	if !ok {
		w.note("lever: no command %q%s", name, suggestion(name))
		w.note("'lever help' lists the commands")
		return statusMisuse
	}
	return c.run(ctx, args[1:], w)
}

// run parses the flags and does the work.
func (c command) run(ctx context.Context, args []string, w *world) int {
	fs := flag.NewFlagSet(c.name, flag.ContinueOnError)
	fs.SetOutput(io.Discard) // what flag would print is said below, in our own words
	act := c.prepare(fs)
	err := fs.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		err = w.print("%s", c.help())
	case err != nil:
		err = misuse("%s", ownWords.Replace(err.Error()))
	default:
		err = act(ctx, w, fs.Args())
	}
	if err == nil {
		return statusDone
	}
	w.note("lever %s: %v", c.name, err)
	if errors.As(err, new(*misuseError)) {
		w.note("'lever help %s' says how it is used", c.name)
		return statusMisuse
	}
	return statusFailed
}

// lookup finds a command by its name.
func lookup(name string) (command, bool) {
	for _, c := range commands() {
		if c.name == name {
			return c, true
		}
	}
	return command{}, false
}
