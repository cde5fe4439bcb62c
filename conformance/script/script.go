package script

import (
	"fmt"
	"slices"
	"strings"
)

// Role says what is tested: the runner plays the other side.
type Role string

// The two roles.
const (
	Server Role = "server"
	Client Role = "client"
)

// Script is one session with what it shows.
type Script struct {
	Name   string
	About  string   // one sentence for people
	Covers []string // requirements, such as F-503
	Needs  []string // what the subject may lack: drain, slow
	File   string   // where it stands
	Line   int
	Role   Role
	Steps  []Step
}

// Step is one line of a script, or a block.
type Step struct {
	Line   int
	Text   string    // the line as it was written
	Verb   string    // its first word
	Args   []string  // the words behind it, unless they are frames
	Frames []Pattern // of send and the expects
	Body   []Step    // of repeat
}

// Has reports whether the script needs something.
func (s *Script) Has(need string) bool {
	for _, n := range s.Needs {
		if n == need {
			return true
		}
	}
	return false
}

// Timed reports whether it matters when the runner acts, and not only in which order: time passes
// in the script, or silence has a limit.
func (s *Script) Timed() bool { return timed(s.Steps) }

func timed(steps []Step) bool {
	return slices.ContainsFunc(steps, func(s Step) bool {
		return s.Verb == "wait" || strings.Contains(s.Text, "IDLE_MS=") || timed(s.Body)
	})
}

// grammar says how many words stand behind a verb, and who may use it.
type grammar struct {
	least, most int
	frames      int  // patterns: 1, or 2 for one or more
	only        Role // "" both
}

const many = 99

var verbs = map[string]grammar{
	"open":           {0, many, 0, ""},
	"send":           {1, many, 1, ""},
	"send_body":      {2, many, 0, ""},
	"sendhex":        {1, many, 0, ""},
	"chop":           {1, 1, 0, ""},
	"cork":           {0, 0, 0, ""},
	"uncork":         {0, 0, 0, ""},
	"expect":         {1, many, 1, ""},
	"expect_any":     {1, many, 2, ""},
	"expect_all":     {1, many, 2, ""},
	"expect_none":    {0, 0, 0, ""},
	"expect_close":   {0, 1, 0, ""},
	"expect_end":     {0, 0, 0, ""},
	"fence":          {0, 0, 0, ""},
	"await":          {3, 3, 0, ""},
	"require":        {3, 3, 0, ""},
	"check":          {3, 3, 0, ""},
	"set":            {2, 2, 0, ""},
	"manual":         {1, 1, 0, ""},
	"wait":           {1, 1, 0, ""},
	"repeat":         {1, 1, 0, ""},
	"stop_reading":   {0, 0, 0, ""},
	"resume_reading": {0, 0, 0, ""},
	"half_close":     {0, 0, 0, ""},
	"reset":          {0, 0, 0, ""},
	"close":          {0, 0, 0, ""},
	"connect":        {0, 0, 0, Server},
	"drain":          {0, 0, 0, Server},
	"accept":         {0, 0, 0, Client},
	"do":             {1, many, 0, Client},
	"outcome":        {1, many, 0, Client},
	"message":        {1, many, 0, Client},
	"finished":       {1, 1, 0, Client},
}

// Parse reads a file of scripts for subjects of one role.
func Parse(file string, role Role, text string) (all []Script, err error) {
	p := parser{file: file, role: role}
	for i, line := range strings.Split(text, "\n") {
		p.line = i + 1
		if err := p.take(line); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", file, i+1, err)
		}
	}
	if err := p.finish(); err != nil {
		return nil, fmt.Errorf("%s:%d: %w", file, p.line, err)
	}
	return p.all, nil
}

// parser builds scripts line by line. open is the stack of blocks that await their end.
type parser struct {
	file string
	role Role
	line int
	all  []Script
	open []Step
}

// take reads one line.
func (p *parser) take(line string) error {
	text := strings.TrimSpace(line)
	if text == "" || text[0] == '#' {
		return nil
	}
	words, err := split(text)
	if err != nil {
		return err
	}
	if words[0] == "script" {
		return p.begin(words)
	}
	if len(p.all) == 0 {
		return fmt.Errorf("a file begins with script")
	}
	s := &p.all[len(p.all)-1]
	switch words[0] {
	case "about":
		s.About = strings.TrimSpace(strings.TrimPrefix(text, "about"))
		return nil
	case "covers":
		s.Covers = append(s.Covers, words[1:]...)
		return nil
	case "needs":
		s.Needs = append(s.Needs, words[1:]...)
		return nil
	case "end":
		if len(p.open) == 0 {
			return fmt.Errorf("end without repeat")
		}
		block := p.open[len(p.open)-1]
		p.open = p.open[:len(p.open)-1]
		p.add(block)
		return nil
	}
	step, err := p.step(text, words)
	if err != nil {
		return err
	}
	if step.Verb == "repeat" {
		p.open = append(p.open, step)
	} else {
		p.add(step)
	}
	return nil
}

// add appends a step to the innermost block.
func (p *parser) add(s Step) {
	if n := len(p.open); n > 0 {
		p.open[n-1].Body = append(p.open[n-1].Body, s)
		return
	}
	script := &p.all[len(p.all)-1]
	script.Steps = append(script.Steps, s)
}

// begin starts the next script.
func (p *parser) begin(words []string) error {
	if err := p.finish(); err != nil {
		return err
	}
	if len(words) != 2 {
		return fmt.Errorf("script takes a name")
	}
	for i := range p.all {
		if p.all[i].Name == words[1] {
			return fmt.Errorf("%s stands twice", words[1])
		}
	}
	p.all = append(p.all, Script{Name: words[1], File: p.file, Line: p.line, Role: p.role})
	return nil
}

// finish checks the script that ends here.
func (p *parser) finish() error {
	if len(p.open) > 0 {
		return fmt.Errorf("repeat without end")
	}
	if len(p.all) == 0 {
		return nil
	}
	s := &p.all[len(p.all)-1]
	if s.About == "" || len(s.Covers) == 0 || len(s.Steps) == 0 {
		return fmt.Errorf("script %s needs about, covers and steps", s.Name)
	}
	return nil
}

// step checks one line against its grammar.
func (p *parser) step(text string, words []string) (Step, error) {
	s := Step{Line: p.line, Text: text, Verb: words[0], Args: words[1:]}
	g, ok := verbs[s.Verb]
	switch {
	case !ok:
		return s, fmt.Errorf("%q is no step", s.Verb)
	case g.only != "" && g.only != p.role:
		return s, fmt.Errorf("%s is for scripts of a %s", s.Verb, g.only)
	case len(s.Args) < g.least || len(s.Args) > g.most:
		return s, fmt.Errorf("%s has %d words behind it", s.Verb, len(s.Args))
	}
	if g.frames > 0 {
		return s, s.parseFrames(g.frames)
	}
	return s, s.tryOut()
}

// parseFrames reads the patterns behind a verb and tries each out.
func (s *Step) parseFrames(frames int) error {
	var words []string
	for i, word := range append(s.Args, ";") {
		if word != ";" {
			words = append(words, word)
			continue
		}
		if frames == 1 && i < len(s.Args) {
			return fmt.Errorf("%s takes one frame", s.Verb)
		}
		pattern, err := parsePattern(words)
		if err == nil {
			err = pattern.tryOut(s.Verb != "send")
		}
		if err != nil {
			return err
		}
		s.Frames = append(s.Frames, pattern)
		words = nil
	}
	s.Args = nil
	return nil
}
