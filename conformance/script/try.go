package script

import (
	"fmt"
	"strings"
)

// Relations are the signs that may stand between the numbers of await, check and require.
var Relations = map[string]func(a, b int64) bool{
	"=":  func(a, b int64) bool { return a == b },
	"<":  func(a, b int64) bool { return a < b },
	"<=": func(a, b int64) bool { return a <= b },
	">":  func(a, b int64) bool { return a > b },
	">=": func(a, b int64) bool { return a >= b },
}

// fieldsOfExpect are those that only a frame that has arrived can be compared with.
var fieldsOfExpect = map[string]bool{
	"parts": true, "size": true, "with": true, "without": true, "kind": true,
}

// fieldsOfSend are those that only make a frame.
var fieldsOfSend = map[string]bool{"length": true, "param": true, "upto": true, "versions": true}

// tryOut evaluates a pattern with nothing known, so that a word that can never mean anything is
// found when the script is read.
func (p Pattern) tryOut(expected bool) error {
	env := &Env{Lenient: true}
	for _, f := range p.Fields {
		if !expected && fieldsOfExpect[f.Key] || expected && fieldsOfSend[f.Key] && f.Key != "versions" {
			return fmt.Errorf("%s: the field %s does not fit this step", p.Type, f.Key)
		}
	}
	if p.Call != "" && p.Call != "*" && !isLabel(p.Call) {
		if _, err := env.number32(p.Call); err != nil {
			return err
		}
	}
	if !expected {
		_, err := p.Build(env)
		return err
	}
	typ, err := p.typ(env)
	if err != nil {
		return err
	}
	for _, f := range p.Fields {
		if err := f.tryMatch(env, typ); err != nil {
			return fmt.Errorf("%s: field %s: %w", p.Type, f.Key, err)
		}
	}
	return nil
}

// tryMatch finds fields that Match would not know, or could not read.
func (f Field) tryMatch(env *Env, typ uint8) error {
	names := map[string]register{"status": statusNames, "reason": reasonNames}[f.Key]
	switch f.Key {
	case "reason":
		if typ == Cancel {
			names = cancelNames
		}
		fallthrough
	case "type", "code", "version", "method", "calls", "status", "id", "aux", "deadline",
		"grant", "token", "last", "took", "retry", "parts", "size":
		_, err := env.spanned(f.Value, -1, names)
		return err
	case "flags", "with", "without":
		_, err := parseFlags(typ, f.Value, env)
		return err
	case "ask", "answer", "name", "text", "kind":
		return nil
	case "ext":
		_, err := env.ext(f.Value)
		return err
	case "args", "value":
		_, err := AppendValue(nil, f.Value)
		return err
	case "hex":
		_, err := Hex(f.Value)
		return err
	case "fill":
		_, err := env.Number(f.Value)
		return err
	case "versions":
		return nil
	}
	if _, ok := Params[f.Key]; ok && typ == Hello {
		return nil
	}
	return fmt.Errorf("no frame has this field")
}

// tryOut checks the words of a step without frames.
func (s *Step) tryOut() error {
	env := &Env{Lenient: true}
	number := func(i int) error {
		_, err := env.Number(s.Args[i])
		return err
	}
	switch s.Verb {
	case "await", "check", "require":
		if Relations[s.Args[1]] == nil {
			return fmt.Errorf("%q is no relation", s.Args[1])
		}
		if err := number(0); err != nil {
			return err
		}
		return number(2)
	case "chop", "repeat", "wait":
		return number(0)
	case "set":
		return number(1)
	case "manual":
		if w := s.Args[0]; w != "ping" && w != "credit" && w != "all" {
			return fmt.Errorf("manual takes ping, credit or all")
		}
	case "sendhex":
		_, err := Hex(strings.Join(s.Args, " "))
		return err
	case "expect_close":
		if len(s.Args) > 0 {
			_, err := env.spanned(s.Args[0], -1, reasonNames)
			return err
		}
	case "open":
		p := Pattern{Type: "HELLO"}
		for _, word := range s.Args {
			key, value, _ := strings.Cut(word, "=")
			p.Fields = append(p.Fields, Field{key, value})
		}
		s.Frames = []Pattern{p}
		return p.tryOut(false)
	case "send_body":
		p, err := parsePattern(s.Args[1:])
		if err != nil {
			return err
		}
		s.Frames = []Pattern{p}
		if err := number(0); err != nil {
			return err
		}
		return p.tryOut(false)
	case "do":
		_, err := parseCommand(s.Args, env)
		return err
	case "outcome", "message", "finished":
		_, err := parseNews(s.Verb, s.Args)
		return err
	}
	return nil
}

// Reasons reports whether the reason of a GOAWAY is one of those that text allows.
func (e *Env) Reasons(text string, reason uint16) (bool, error) {
	return e.spanned(text, int64(reason), reasonNames)
}

// split cuts a line into words at spaces outside of double quotes.
func split(text string) (words []string, err error) {
	word, quoted, escaped := []byte(nil), false, false
	for i := range len(text) {
		c := text[i]
		switch {
		case escaped:
			escaped = false
		case quoted && c == '\\':
			escaped = true
		case c == '"':
			quoted = !quoted
		case (c == ' ' || c == '\t') && !quoted:
			if len(word) > 0 {
				words = append(words, string(word))
			}
			word = nil
			continue
		}
		word = append(word, c)
	}
	if quoted {
		return nil, fmt.Errorf("a quote has no end")
	}
	if len(word) > 0 {
		words = append(words, string(word))
	}
	return words, nil
}
