// Command cmd runs the conformance suite of the Lever protocol against a server or a client in
// any language. conformance/README.md says how.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/leverrpc/lever/conformance"
	"github.com/leverrpc/lever/conformance/play"
	"github.com/leverrpc/lever/conformance/script"
)

// flags are the command line.
type flags struct {
	server, client, exec    string
	serve                   string
	puppet, fast, list      bool
	only, chops             string
	workers                 int
	limit                   time.Duration
	known, junit, jsonLines string
}

func parse(args []string, errOut io.Writer) (f flags, err error) {
	set := flag.NewFlagSet("conformance", flag.ContinueOnError)
	set.SetOutput(errOut)
	set.StringVar(&f.server, "server", "", "address of the server under test: tcp:// tls:// unix://")
	set.StringVar(&f.exec, "exec", "", "command that starts a server for the scripts that drain one")
	set.StringVar(&f.client, "client", "", "command that starts the client under test")
	set.StringVar(&f.serve, "serve", "", "be the Go server under test at this address")
	set.BoolVar(&f.puppet, "puppet", false, "be the Go client under test on stdin and stdout")
	set.BoolVar(&f.list, "list", false, "list the scripts and do nothing")
	set.BoolVar(&f.fast, "fast", false, "leave out the scripts that wait for time limits")
	set.StringVar(&f.only, "run", "", "regular expression of file/script")
	set.StringVar(&f.chops, "chops", "0,1,7,1447", "sizes of the pieces that are sent; 0: whole")
	set.IntVar(&f.workers, "workers", 16, "how many scripts run at once")
	set.DurationVar(&f.limit, "limit", 20*time.Second, "how long to wait for an answer")
	set.StringVar(&f.known, "known", "", "file of known failures")
	set.StringVar(&f.junit, "junit", "", "file for a JUnit report")
	set.StringVar(&f.jsonLines, "json", "", "file for a report in lines of JSON")
	err = set.Parse(args)
	if err == nil && set.NArg() > 0 {
		err = fmt.Errorf("%q is no flag", set.Arg(0))
	}
	return f, err
}

func main() {
	f, err := parse(os.Args[1:], os.Stderr)
	if err != nil {
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ok, err := run(ctx, f, os.Stdin, os.Stdout)
	if err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(2)
	}
	if !ok {
		os.Exit(1)
	}
}

// run does what the flags say. ok is false if a script has failed.
func run(ctx context.Context, f flags, in io.Reader, out io.Writer) (ok bool, err error) {
	switch {
	case f.serve != "":
		return true, serve(ctx, f.serve, in, out)
	case f.puppet:
		return true, puppet(in, out)
	}
	role := script.Server
	if f.client != "" {
		role = script.Client
	} else if f.server == "" && !f.list {
		return false, errors.New("say --server ADDRESS or --client COMMAND")
	}
	suite, err := f.suite(role)
	if err != nil {
		return false, err
	}
	if f.list {
		return true, list(out, suite.Scripts)
	}
	known, err := f.knownFailures(role)
	if err != nil {
		return false, err
	}
	one, err := f.runner(ctx, role)
	if err != nil {
		return false, err
	}
	outcomes := suite.Run(one)
	err = errors.Join(play.WriteText(out, outcomes, known), f.reports(outcomes, known))
	return play.Judge(outcomes, known).Failed == 0, err
}

// suite is the scripts that the flags select.
func (f flags) suite(role script.Role) (s play.Suite, err error) {
	all, err := conformance.Scripts(role)
	if err != nil {
		return s, err
	}
	only, err := regexp.Compile(f.only)
	if err != nil {
		return s, err
	}
	for _, sc := range all {
		if only.MatchString(sc.File + "/" + sc.Name) {
			s.Scripts = append(s.Scripts, sc)
		}
	}
	for text := range strings.SplitSeq(f.chops, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 0 {
			return s, fmt.Errorf("--chops: %q is no size", text)
		}
		s.Chops = append(s.Chops, n)
	}
	s.Workers, s.Fast, s.Attempts = f.workers, f.fast, play.Attempts
	return s, nil
}

// runner makes what runs one script.
func (f flags) runner(ctx context.Context, role script.Role) (func(*script.Script, int) play.Outcome, error) {
	o := play.Options{Limit: f.limit}
	if role == script.Client {
		return play.OfClients(ctx, play.Program(strings.Fields(f.client)), o), nil
	}
	remote, err := play.At(f.server)
	if err != nil {
		return nil, err
	}
	if f.exec != "" {
		own := play.WithOwn{Server: remote, Command: strings.Fields(f.exec)}
		return play.OfServer(ctx, own, o), nil
	}
	return play.OfServer(ctx, remote, o), nil
}

func (f flags) knownFailures(role script.Role) (map[string]string, error) {
	if f.known == "" {
		return nil, nil
	}
	text, err := os.ReadFile(f.known)
	if err != nil {
		return nil, err
	}
	return conformance.ParseKnown(string(text), role)
}

// reports writes the files that were asked for.
func (f flags) reports(outcomes []play.Outcome, known map[string]string) error {
	write := func(path string, to func(io.Writer) error) error {
		if path == "" {
			return nil
		}
		file, err := os.Create(path)
		if err != nil {
			return err
		}
		return errors.Join(to(file), file.Close())
	}
	return errors.Join(
		write(f.junit, func(w io.Writer) error { return play.WriteJUnit(w, outcomes, known) }),
		write(f.jsonLines, func(w io.Writer) error { return play.WriteJSON(w, outcomes) }))
}

func list(out io.Writer, scripts []script.Script) error {
	for _, s := range scripts {
		if _, err := fmt.Fprintf(out, "%s/%s  %s\n", s.File, s.Name, s.About); err != nil {
			return err
		}
	}
	return nil
}
