package script

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// Command is one line of JSON that tells a client under test what to do.
type Command struct {
	Do         string          `json:"do"`                   // connect call message finish cancel drain close quit
	Addr       string          `json:"addr,omitempty"`       // connect: where the runner listens
	Call       string          `json:"call,omitempty"`       // the name by which news of the call tell it
	Method     string          `json:"method,omitempty"`     // call: service/method
	Args       json.RawMessage `json:"args,omitempty"`       // call: the argument list
	Bytes      *string         `json:"bytes,omitempty"`      // call, message: raw bytes in hex instead
	Fill       int64           `json:"fill,omitempty"`       // call, message: that many bytes of the letter a
	Value      json.RawMessage `json:"value,omitempty"`      // message
	Stream     bool            `json:"stream,omitempty"`     // call
	Oneway     bool            `json:"oneway,omitempty"`     // call
	Idempotent bool            `json:"idempotent,omitempty"` // call
	Key        string          `json:"key,omitempty"`        // call: the idempotency key, hex
	Class      string          `json:"class,omitempty"`      // call: urgent or bulk
	TimeoutMS  int64           `json:"timeout_ms,omitempty"` // call: the deadline
	Resource   string          `json:"resource,omitempty"`   // call
	Config     string          `json:"config,omitempty"`     // connect: what the client announces: small
	Retries    int64           `json:"retries,omitempty"`    // connect: how often it may repeat a call by itself
}

// News is one line of JSON that a client under test answers with, when something has happened.
type News struct {
	Event   string          `json:"event"` // result message finished closed unsupported
	Call    string          `json:"call,omitempty"`
	Status  string          `json:"status,omitempty"`   // result: as in SPEC 15.1, or its digits
	Value   json.RawMessage `json:"value,omitempty"`    // result, message
	Bytes   *string         `json:"bytes,omitempty"`    // result, message: raw bytes in hex instead
	Effect  string          `json:"effect,omitempty"`   // result: not-sent not-executed maybe executed
	RetryMS int64           `json:"retry_ms,omitempty"` // result: the responder's advice
	Text    string          `json:"text,omitempty"`     // for people
}

var commands = map[string]bool{
	"connect": true, "call": true, "message": true, "finish": true, "cancel": true,
	"drain": true, "close": true,
}

// ParseCommand reads the words behind do.
func ParseCommand(words []string, env *Env) (Command, error) { return parseCommand(words, env) }

func parseCommand(words []string, env *Env) (c Command, err error) {
	c.Do = words[0]
	if !commands[c.Do] {
		return c, fmt.Errorf("a client cannot do %q", c.Do)
	}
	for i, word := range words[1:] {
		if call, ok := strings.CutPrefix(word, "#"); ok && i == 0 {
			c.Call = call
			continue
		}
		if err := c.set(word, env); err != nil {
			return c, err
		}
	}
	if c.Call == "" && (c.Do == "call" || c.Do == "message" || c.Do == "finish" || c.Do == "cancel") {
		return c, fmt.Errorf("do %s takes a call", c.Do)
	}
	return c, nil
}

// set reads one word of a command.
func (c *Command) set(word string, env *Env) (err error) {
	key, value, _ := strings.Cut(word, "=")
	switch key {
	case "args", "value":
		if !json.Valid([]byte(value)) {
			return fmt.Errorf("%s is no JSON", value)
		}
		if key == "args" {
			c.Args = json.RawMessage(value)
		} else {
			c.Value = json.RawMessage(value)
		}
	case "hex":
		b, err := Hex(value)
		if err != nil && value != "" {
			return err
		}
		text := hex.EncodeToString(b)
		c.Bytes = &text
	case "fill":
		c.Fill, err = env.Number(value)
	case "timeout":
		c.TimeoutMS, err = env.Number(value)
	case "retries":
		c.Retries, err = env.Number(value)
	case "resource":
		c.Resource = expand(value)
	case "class":
		c.Class = value
	case "key":
		c.Key, err = hexKey(value)
	case "config":
		c.Config = value
	case "stream":
		c.Stream = true
	case "oneway":
		c.Oneway = true
	case "idempotent":
		c.Idempotent = true
	default:
		if !strings.Contains(word, "/") || c.Method != "" {
			return fmt.Errorf("%q is nothing that a client can be told", word)
		}
		c.Method = expand(word)
	}
	return err
}

// hexKey reads an idempotency key.
func hexKey(text string) (string, error) {
	b, err := Hex(text)
	if err == nil && len(b) != 16 {
		err = fmt.Errorf("a key of %d bytes", len(b))
	}
	return hex.EncodeToString(b), err
}

// Wanted is what a client under test must tell of a call.
type Wanted struct {
	Event  string // result, message, finished
	Call   string
	Fields []Field
}

var newsFields = map[string]bool{
	"status": true, "value": true, "hex": true, "fill": true, "effect": true, "retry": true,
}

func parseNews(verb string, words []string) (w Wanted, err error) {
	w.Event = verb
	if verb == "outcome" {
		w.Event = "result"
	}
	call, ok := strings.CutPrefix(words[0], "#")
	if !ok {
		return w, fmt.Errorf("%s takes a call", verb)
	}
	w.Call = call
	for _, word := range words[1:] {
		key, value, _ := strings.Cut(word, "=")
		if !newsFields[key] {
			return w, fmt.Errorf("%q cannot be asked of news", key)
		}
		w.Fields = append(w.Fields, Field{key, value})
	}
	return w, nil
}

// ParseNews reads the words behind outcome, message and finished.
func ParseNews(verb string, words []string) (Wanted, error) { return parseNews(verb, words) }

// Match reports how news differ from what is wanted.
func (w Wanted) Match(env *Env, n News) error {
	if n.Event != w.Event {
		return fmt.Errorf("it is %s", n.Event)
	}
	for _, f := range w.Fields {
		if err := w.matchField(env, n, f); err != nil {
			return fmt.Errorf("%s: %w", f.Key, err)
		}
	}
	return nil
}

func (w Wanted) matchField(env *Env, n News, f Field) error {
	switch f.Key {
	case "status":
		return oneOf(n.Status, f.Value)
	case "effect":
		return oneOf(n.Effect, f.Value)
	case "retry":
		return oneOf(strconv.FormatInt(n.RetryMS, 10), f.Value)
	case "value":
		got, err := AppendValue(nil, string(n.Value))
		if err != nil {
			return err
		}
		return matchValue(got, f.Value)
	}
	if n.Bytes == nil {
		return fmt.Errorf("no raw bytes came, but %s", shorten(string(n.Value)))
	}
	got, err := hex.DecodeString(*n.Bytes)
	if err != nil {
		return err
	}
	return f.matchBody(env, got)
}

// oneOf compares a word with alternatives.
func oneOf(got, want string) error {
	for alternative := range strings.SplitSeq(want, "|") {
		if got == alternative {
			return nil
		}
	}
	return fmt.Errorf("it is %s, not %s", got, want)
}
