package main

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

var rewrite = flag.Bool("rewrite", false, "write what the commands print into testdata/*.txt")

// TestTranscripts runs the command lines in testdata/*.txt. A line says by its first character what
// it is:
//
//	#  a comment
//	$  the arguments, single quotes around those with blanks
//	%  "terminal" if standard output is one, or NAME=VALUE for the environment
//	<  a line of standard input
//	>  a line of standard output
//	!  a line of standard error
//	=  the exit status, unless it is 0
func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no transcripts (%v)", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			want := string(content)
			var got strings.Builder
			for block := range strings.SplitSeq(want, "\n\n") {
				if got.Len() > 0 {
					got.WriteString("\n\n")
				}
				got.WriteString(rerun(t, strings.TrimRight(block, "\n")))
			}
			got.WriteByte('\n')
			if *rewrite {
				if err := os.WriteFile(file, []byte(got.String()), 0o644); err != nil {
					t.Fatal(err)
				}
			} else if got.String() != want {
				t.Errorf("%s: got\n%s\nwant\n%s", file, got.String(), want)
			}
		})
	}
}

// rerun runs one block and gives it back with what really happened.
func rerun(t *testing.T, block string) string {
	var kept, args []string
	var stdin, stdout, stderr bytes.Buffer
	environment := map[string]string{}
	w := &world{
		stdin: &stdin, stdout: &stdout, stderr: &stderr,
		getenv: func(name string) string { return environment[name] },
	}
	for line := range strings.SplitSeq(block, "\n") {
		mark, text := line[:min(1, len(line))], strings.TrimPrefix(line[min(1, len(line)):], " ")
		switch mark {
		case "$":
			args = words(t, text)
		case "<":
			stdin.WriteString(text + "\n")
		case "%":
			if name, value, ok := strings.Cut(text, "="); ok {
				environment[name] = value
			} else {
				w.stdoutTerminal = true
			}
		case "#":
		default:
			continue // what is expected: written anew below
		}
		kept = append(kept, line)
	}
	if args == nil {
		return block
	}
	if args[0] != "lever" {
		t.Fatalf("a transcript runs %q", args[0])
	}
	status := run(t.Context(), args[1:], w)
	kept = appendMarked(kept, ">", stdout.String())
	kept = appendMarked(kept, "!", stderr.String())
	if status != statusDone {
		kept = append(kept, "= "+strconv.Itoa(status))
	}
	return strings.Join(kept, "\n")
}

// appendMarked appends each line of text behind a mark. A last line without its line feed is shown
// as such.
func appendMarked(lines []string, mark, text string) []string {
	if text == "" {
		return lines
	}
	text, ended := strings.CutSuffix(text, "\n")
	if !ended {
		text += "(no line feed)"
	}
	for line := range strings.SplitSeq(text, "\n") {
		lines = append(lines, strings.TrimRight(mark+" "+line, " "))
	}
	return lines
}

// words cuts a command line at blanks, but not within single quotes.
func words(t *testing.T, line string) []string {
	var out []string
	for line = strings.TrimLeft(line, " "); line != ""; line = strings.TrimLeft(line, " ") {
		if line[0] != '\'' {
			word, rest, _ := strings.Cut(line, " ")
			out, line = append(out, word), rest
			continue
		}
		word, rest, ok := strings.Cut(line[1:], "'")
		if !ok {
			t.Fatalf("no closing quote in %s", line)
		}
		out, line = append(out, word), rest
	}
	return out
}
