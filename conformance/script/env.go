package script

import (
	"fmt"
	"strconv"
	"strings"
)

// Env is what the words of a script stand for in one run. It belongs to that run.
type Env struct {
	// Vars are numbers by name: those of repeat, and what the peer's HELLO announced.
	Vars map[string]int64

	// Labels are the call ids that names like #a stand for.
	Labels map[string]uint32

	// Live answers for variables that change with every frame, such as $left; ok is false for
	// others. It may be nil.
	Live func(name string) (v int64, ok bool)

	// Run replaces the word $run in values: no other run has the same, so that calls that count
	// begin at nought.
	Run string

	// Lenient makes unknown names stand for 0: it is how Parse tries a script out.
	Lenient bool
}

// NewEnv is the beginning of a run.
func NewEnv() *Env {
	return &Env{Vars: make(map[string]int64), Labels: make(map[string]uint32)}
}

// value gives JSON text with $run replaced.
func (e *Env) value(text string) string { return strings.ReplaceAll(text, "$run", e.Run) }

// Number evaluates digits, 0x digits and $names, joined by + - * and /. The last two bind tighter.
func (e *Env) Number(text string) (int64, error) {
	sum, sign, rest := int64(0), int64(1), text
	for {
		i := strings.IndexAny(rest, "+-")
		part := rest
		if i >= 0 {
			part = rest[:i]
		}
		p, err := e.product(part)
		if err != nil {
			return 0, fmt.Errorf("%q: %w", text, err)
		}
		sum += sign * p
		if i < 0 {
			return sum, nil
		}
		sign = 1
		if rest[i] == '-' {
			sign = -1
		}
		rest = rest[i+1:]
	}
}

// product evaluates factors joined by * and /, from the left.
func (e *Env) product(text string) (int64, error) {
	p, divide := int64(1), false
	for {
		i := strings.IndexAny(text, "*/")
		word := text
		if i >= 0 {
			word = text[:i]
		}
		f, err := e.factor(word)
		switch {
		case err != nil:
			return 0, err
		case !divide:
			p *= f
		case f != 0:
			p /= f
		case !e.Lenient:
			return 0, fmt.Errorf("%s is 0", word)
		}
		if i < 0 {
			return p, nil
		}
		divide, text = text[i] == '/', text[i+1:]
	}
}

func (e *Env) factor(text string) (int64, error) {
	name, isName := strings.CutPrefix(text, "$")
	if !isName {
		return strconv.ParseInt(text, 0, 64)
	}
	if v, ok := e.Vars[name]; ok {
		return v, nil
	}
	if e.Live != nil {
		if v, ok := e.Live(name); ok {
			return v, nil
		}
	}
	if e.Lenient && name != "" {
		return 0, nil
	}
	return 0, fmt.Errorf("nothing is called $%s", name)
}

// number32 is Number for a header's field.
func (e *Env) number32(text string) (uint32, error) {
	n, err := e.Number(text)
	if err == nil && (n < 0 || n > 1<<32-1) && !e.Lenient {
		err = fmt.Errorf("%q is %d, which 32 bits do not hold", text, n)
	}
	return uint32(n), err
}

// spanned reports whether n is one of what text allows: alternatives joined by |, each a number,
// a range a..b, or a name of the register.
func (e *Env) spanned(text string, n int64, names register) (bool, error) {
	for alternative := range strings.SplitSeq(text, "|") {
		if v, ok := names[alternative]; ok {
			if int64(v) == n {
				return true, nil
			}
			continue
		}
		low, high, isRange := strings.Cut(alternative, "..")
		a, err := e.Number(low)
		if err != nil {
			return false, err
		}
		b := a
		if isRange {
			if b, err = e.Number(high); err != nil {
				return false, err
			}
		}
		if a <= n && n <= b {
			return true, nil
		}
	}
	return false, nil
}

// ID gives the call id behind a #: digits, an expression, or a label.
func (e *Env) ID(text string) (uint32, error) {
	if isLabel(text) {
		id, ok := e.Labels[text]
		if !ok && !e.Lenient {
			return 0, fmt.Errorf("no call is called #%s yet", text)
		}
		return id, nil
	}
	return e.number32(text)
}

// isLabel tells #a from #1 and #$i.
func isLabel(text string) bool {
	return text != "" && (text[0] >= 'a' && text[0] <= 'z')
}
