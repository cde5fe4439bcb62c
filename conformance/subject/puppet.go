package subject

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/leverrpc/lever/conformance/script"
	"github.com/leverrpc/lever/engine"
	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/wire"
)

// Puppet is a client of package engine that does what commands say and tells what comes of it.
// Its methods are called by one goroutine; news are told by many.
type Puppet struct {
	config transport.Config
	tell   func(script.News)
	client *engine.Client
	calls  map[string]*puppetCall
	all    sync.WaitGroup
}

// NewPuppet makes a client that does nothing yet. tell must be safe for concurrent use.
func NewPuppet(config transport.Config, tell func(script.News)) *Puppet {
	return &Puppet{config: config, tell: tell, calls: make(map[string]*puppetCall)}
}

// puppetCall is a call in flight, or a stream, whose messages go out in the order of commands.
type puppetCall struct {
	cancel context.CancelFunc
	out    chan func(*engine.Chan[engine.Payload, engine.Payload]) // nil: no stream
}

// unable is a command that package engine has no words for.
type unable string

func (u unable) Error() string { return string(u) }

// Do obeys one command. What cannot be done is told.
func (p *Puppet) Do(c script.Command) error {
	err := p.obey(c)
	var u unable
	if errors.As(err, &u) {
		p.tell(script.News{Event: "unsupported", Call: c.Call, Text: string(u)})
		return nil
	}
	return err
}

func (p *Puppet) obey(c script.Command) error {
	if c.Do == "connect" {
		return p.connect(c)
	}
	if p.client == nil {
		return errors.New("the first command is connect")
	}
	call := p.calls[c.Call]
	switch c.Do {
	case "call":
		return p.begin(c)
	case "close":
		return p.client.Close()
	case "message", "finish", "cancel":
		if call == nil || c.Do != "cancel" && call.out == nil {
			return fmt.Errorf("%s: nothing is called %s", c.Do, c.Call)
		}
	default:
		return unable(c.Do)
	}
	switch c.Do {
	case "message":
		payload, err := payloadOf(c)
		if err != nil {
			return err
		}
		call.out <- func(ch *engine.Chan[engine.Payload, engine.Payload]) { ch.Send(payload) }
	case "finish":
		call.out <- func(ch *engine.Chan[engine.Payload, engine.Payload]) { ch.CloseSend() }
	case "cancel":
		call.cancel()
	}
	return nil
}

func (p *Puppet) connect(c script.Command) (err error) {
	attempts := int(c.Retries) + 1
	if attempts == 1 {
		attempts = -1
	}
	p.client, err = engine.NewClient(engine.ClientConfig{
		Addrs: []string{c.Addr}, Attempts: attempts, Transport: p.config,
	})
	return err
}

// begin starts a call, or a stream.
func (p *Puppet) begin(c script.Command) error {
	args, err := payloadOf(c)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	if c.TimeoutMS > 0 {
		ctx, cancel = context.WithTimeout(ctx, time.Duration(c.TimeoutMS)*time.Millisecond)
	}
	service, name, _ := strings.Cut(c.Method, "/")
	method := p.client.Service("lever://conformance/" + service).Resource(c.Resource).Method(name)
	if c.Idempotent {
		method = method.Idempotent()
	}
	if key, err := hex.DecodeString(c.Key); err == nil && len(key) == len(engine.Key{}) {
		method = method.Keyed(engine.Key(key))
	}
	switch c.Class {
	case "urgent":
		method = method.Urgent()
	case "bulk":
		method = method.Bulk()
	}
	call := &puppetCall{cancel: cancel}
	p.calls[c.Call] = call
	if c.Stream {
		call.out = make(chan func(*engine.Chan[engine.Payload, engine.Payload]), 256)
		p.all.Go(func() { p.stream(ctx, c.Call, call, method, engine.Args{Payload: args}) })
		return nil
	}
	if c.Oneway {
		p.all.Go(func() {
			err := engine.Notify(ctx, method, engine.Args{Payload: args})
			p.tell(newsOf(c.Call, "result", engine.Payload{}, err))
		})
		return nil
	}
	p.all.Go(func() {
		result, err := engine.Call[engine.Payload](ctx, method, engine.Args{Payload: args})
		p.tell(newsOf(c.Call, "result", result, err))
	})
	return nil
}

// stream carries one stream until its end.
func (p *Puppet) stream(ctx context.Context, name string, call *puppetCall, m engine.Method, args engine.Args) {
	ch, err := engine.Open[engine.Payload, engine.Payload](ctx, m, args)
	if err != nil {
		p.tell(newsOf(name, "result", engine.Payload{}, err))
		return
	}
	p.all.Go(func() {
		for {
			select {
			case send := <-call.out:
				send(ch)
			case <-ch.Context().Done():
				return
			}
		}
	})
	for {
		message, err := ch.Recv()
		if err == nil {
			p.tell(newsOf(name, "message", message, nil))
			continue
		}
		<-ch.Context().Done() // no more messages is not yet the end
		if err = context.Cause(ch.Context()); errors.Is(err, io.EOF) {
			err = nil
		}
		p.tell(newsOf(name, "result", engine.Payload{}, err))
		return
	}
}

// payloadOf makes the arguments or the message of a command.
func payloadOf(c script.Command) (engine.Payload, error) {
	switch {
	case c.Fill > 0:
		return engine.PayloadOf([]byte(strings.Repeat("a", int(c.Fill))))
	case c.Bytes != nil:
		b, err := hex.DecodeString(*c.Bytes)
		if err != nil {
			return engine.Payload{}, err
		}
		return engine.PayloadOf(b)
	}
	text := c.Args
	if c.Do == "message" {
		text = c.Value
	}
	if text == nil {
		text = json.RawMessage("[]")
	}
	b, err := script.AppendValue(nil, string(text))
	if err != nil {
		return engine.Payload{}, err
	}
	return engine.PayloadOf(wire.Raw(b))
}

var effects = map[engine.Effect]string{
	engine.NotSent: "not-sent", engine.NotExecuted: "not-executed",
	engine.MaybeExecuted: "maybe", engine.Executed: "executed",
}

// newsOf tells a payload or an error.
func newsOf(call, event string, payload engine.Payload, err error) script.News {
	n := script.News{Event: event, Call: call}
	if event == "result" {
		n.Status = engine.CodeOf(err).String()
		n.Effect = effects[engine.EffectOf(err)]
		if err == nil {
			n.Status = "OK"
		}
		var failed *engine.Error
		if errors.As(err, &failed) {
			payload = failed.Detail
			n.Status = script.StatusName(uint16(failed.Code))
			n.RetryMS = failed.RetryAfter.Milliseconds()
			n.Text = failed.Error()
		}
	}
	if payload.IsBytes() {
		text := hex.EncodeToString(payload.Bytes())
		n.Bytes = &text
		return n
	}
	if raw := payload.Raw(); len(raw) > 0 {
		text, err := script.Text(raw)
		if err != nil {
			n.Text = err.Error()
			return n
		}
		n.Value = json.RawMessage(text)
	}
	return n
}

// Close ends the client and waits for what it has begun.
func (p *Puppet) Close() error {
	var err error
	if p.client != nil {
		err = p.client.Close()
	}
	for _, c := range p.calls {
		c.cancel()
	}
	p.all.Wait()
	return err
}
