package main

import (
	"bufio"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/leverrpc/lever/engine"
)

// process is an instance of the fleet, as the demo sees it.
type process struct {
	id    string
	state atomic.Value // what the table says of it
	cmd   *exec.Cmd
	stdin io.Closer
	ready chan struct{} // closed when it is registered
	ended chan struct{} // closed when it was waited for, and all that it has said was read
	err   error         // how it ended; set before that
}

// start starts an instance, and waits until callers can find it. told is given the key of each call
// that begins there.
func start(ctx context.Context, id, registry string, told func(id string, key engine.Key)) (
	*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	p := &process{id: id, ready: make(chan struct{}), ended: make(chan struct{})}
	p.state.Store("starting")
	p.cmd = exec.Command(self, "demo", "--as", id, "--registry", registry)
	var complaints strings.Builder
	p.cmd.Stderr = &complaints
	stdin, err := p.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	p.stdin = stdin
	go func() { // ends with the process
		p.listen(stdout, told)
		if p.err = p.cmd.Wait(); p.err != nil {
			p.err = fmt.Errorf("instance %s: %w %s", id, p.err, complaints.String())
		}
		close(p.ended)
	}()
	select {
	case <-p.ready:
		p.state.Store("serves")
		return p, nil
	case <-p.ended:
		return nil, errors.Join(fmt.Errorf("instance %s did not come to serve", id), p.err)
	case <-ctx.Done():
		p.kill()
		return nil, context.Cause(ctx)
	}
}

// listen takes what the instance says, until it has ended.
func (p *process) listen(stdout io.Reader, told func(id string, key engine.Key)) {
	isReady := sync.OnceFunc(func() { close(p.ready) })
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		line := lines.Text()
		if strings.HasPrefix(line, saysRegistered) {
			isReady()
		}
		text, ok := strings.CutPrefix(line, saysRuns)
		if b, err := hex.DecodeString(text); ok && err == nil && len(b) == len(engine.Key{}) {
			told(p.id, engine.Key(b))
		}
	}
}

// runs reports whether the process has not ended.
func (p *process) runs() bool {
	select {
	case <-p.ended:
		return false
	default:
		return true
	}
}

// kill ends the process as kill -9 does.
func (p *process) kill() {
	p.state.Store("killed")
	_ = p.cmd.Process.Kill() // it fails if the process has ended
	<-p.ended
}

// leave asks the instance to end in good order, and kills it if it does not.
func (p *process) leave() error {
	p.state.Store("leaves")
	_ = p.stdin.Close() // it fails if the process has ended
	select {
	case <-p.ended:
		p.state.Store("has left")
		return p.err
	case <-time.After(2 * fleetGrace):
		p.kill()
		return fmt.Errorf("instance %s did not end within %v", p.id, 2*fleetGrace)
	}
}
