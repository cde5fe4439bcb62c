package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/leverrpc/lever/engine"
)

// Exit statuses.
const (
	statusDone   = 0
	statusFailed = 1
	statusMisuse = 2
)

// misuseError is an error of the command line itself: its reader needs the help text.
type misuseError struct{ text string }

func (e *misuseError) Error() string { return e.text }

// misuse makes a misuseError.
func misuse(format string, args ...any) error {
	return &misuseError{fmt.Sprintf(format, args...)}
}

// within says in which input an error was found, once: the names of packages mean nothing to people
// who use a command.
func within(name string, err error) error {
	text := err.Error()
	for _, prefix := range []string{"wirejson: ", "wire: "} {
		text = strings.TrimPrefix(text, prefix)
	}
	return fmt.Errorf("%s: %s", name, text)
}

// callFailure says what failed, by the URL that was typed, with which code, what the other side
// said about it, and whether the call may have had an effect.
func callFailure(url string, err error) error {
	e, ok := errors.AsType[*engine.Error](err)
	if !ok {
		return fmt.Errorf("%s: %w", url, err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s: code %d", url, e.Code)
	if e.Code < engine.FirstOwn {
		fmt.Fprintf(&b, " (%s)", e.Code.Error())
	}
	if e.Message != "" {
		fmt.Fprintf(&b, ": %s", printable(e.Message))
	}
	if detail := detailText(e); detail != "" {
		fmt.Fprintf(&b, "\n  detail: %s", printable(detail))
	}
	fmt.Fprintf(&b, "\n  effect: %s", effectText(e.Effect))
	if e.RetryAfter > 0 {
		fmt.Fprintf(&b, "\n  retry after: %s", e.RetryAfter)
	}
	return errors.New(b.String())
}

// printable escapes what a terminal would act on, line ends among it: the other side has written the
// text, and must not be able to write what this command says.
func printable(text string) string {
	if strings.IndexFunc(text, func(r rune) bool { return !strconv.IsPrint(r) }) < 0 {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if strconv.IsPrint(r) {
			b.WriteRune(r)
		} else {
			b.WriteString(strings.Trim(strconv.QuoteRune(r), "'"))
		}
	}
	return b.String()
}

// detailText gives an error's value, unless the message says it all.
func detailText(e *engine.Error) string {
	if e.Detail.IsZero() {
		return ""
	}
	if e.Detail.IsBytes() {
		return fmt.Sprintf("%x", e.Detail.Bytes())
	}
	var text string
	if e.Detail.Decode(&text) == nil && text == e.Message {
		return ""
	}
	value, err := appendJSON(nil, e.Detail.Raw(), false)
	if err != nil {
		return err.Error()
	}
	return string(value)
}

// effectText tells people what an effect means.
func effectText(effect engine.Effect) string {
	switch effect {
	case engine.NotSent:
		return "none, it was not sent"
	case engine.NotExecuted:
		return "none, it was not executed"
	case engine.Executed:
		return "it was executed"
	case engine.MaybeExecuted:
	}
	return "unknown, it may have been executed"
}
