package play

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/leverrpc/lever/conformance/script"
)

// Program is a command line that starts an implementation under test.
type Program []string

// unsupported is the exit code of a program that cannot do what it was asked.
const unsupported = 127

// unreadable is the event that stands for news that are no line of JSON as README.md has them.
const unreadable = "unreadable"

// patience is how long a program may take to end by itself.
const patience = 5 * time.Second

// command prepares the program. What it says on its standard error is for people.
func (p Program) command() (cmd *exec.Cmd, in io.WriteCloser, out io.ReadCloser, err error) {
	if len(p) == 0 {
		return nil, nil, nil, errors.New("the command is empty")
	}
	cmd = exec.Command(p[0], p[1:]...)
	cmd.Stderr = os.Stderr
	if in, err = cmd.StdinPipe(); err == nil {
		out, err = cmd.StdoutPipe()
	}
	if err == nil {
		err = cmd.Start()
	}
	return cmd, in, out, err
}

// finish waits for the end of a program whose input was closed.
func finish(cmd *exec.Cmd) {
	late := time.AfterFunc(patience, func() { cmd.Process.Kill() })
	defer late.Stop()
	cmd.Wait() // how it ended is in cmd.ProcessState
}

// Start implements Clients: the program reads commands and writes news, a line of JSON each.
func (p Program) Start(context.Context) (Client, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	cmd, in, out, err := p.command()
	if err != nil {
		listener.Close()
		return nil, err
	}
	c := &processClient{
		cmd: cmd, in: in, out: out, listener: listener.(*net.TCPListener),
		news: make(chan script.News, 64), gone: make(chan struct{}),
	}
	go c.read()
	return c, nil
}

// processClient is a client under test in a process of its own.
type processClient struct {
	cmd      *exec.Cmd
	in       io.WriteCloser
	out      io.ReadCloser
	listener *net.TCPListener
	news     chan script.News
	gone     chan struct{} // closed when nobody hears the news any more
}

// read takes the news until the program ends.
func (c *processClient) read() {
	defer close(c.news)
	dec := json.NewDecoder(bufio.NewReader(c.out))
	for {
		var n script.News
		err := dec.Decode(&n)
		if err == io.EOF {
			return
		}
		if err != nil {
			n = script.News{Event: unreadable, Text: err.Error()}
		}
		select {
		case c.news <- n:
		case <-c.gone:
		}
		if err != nil {
			return
		}
	}
}

// Do implements Client.
func (c *processClient) Do(cmd script.Command) error { return json.NewEncoder(c.in).Encode(cmd) }

// News implements Client.
func (c *processClient) News() <-chan script.News { return c.news }

// Addr implements Client.
func (c *processClient) Addr() string { return "tcp://" + c.listener.Addr().String() }

// Accept implements Client.
func (c *processClient) Accept(ctx context.Context) (Conn, error) {
	by, _ := ctx.Deadline()
	if err := c.listener.SetDeadline(by); err != nil {
		return nil, err
	}
	defer context.AfterFunc(ctx, func() { c.listener.SetDeadline(time.Unix(1, 0)) })()
	conn, err := c.listener.Accept()
	return netConnOrNil(conn, err)
}

// Close implements Client.
func (c *processClient) Close() (unable bool) {
	close(c.gone)
	c.in.Close()
	c.listener.Close()
	for range c.news { // until its output ends
	}
	finish(c.cmd)
	return c.cmd.ProcessState != nil && c.cmd.ProcessState.ExitCode() == unsupported
}

// WithOwn is a Server whose drain scripts each start one by a command. The command writes its
// address on the first line, drains when its standard input ends, and then ends.
type WithOwn struct {
	Server
	Command Program
}

// Own implements Drainable.
func (w WithOwn) Own(context.Context) (OwnServer, error) {
	cmd, in, out, err := w.Command.command()
	if err != nil {
		return nil, err
	}
	own := &ownProcess{cmd: cmd, in: in}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err == nil {
		own.Remote, err = At(strings.TrimSpace(line))
	}
	if err != nil {
		own.Close()
		return nil, fmt.Errorf("%s: its first line is to be its address: %w", w.Command[0], err)
	}
	go io.Copy(io.Discard, out)
	return own, nil
}

// ownProcess is a server in a process of its own.
type ownProcess struct {
	*Remote
	cmd *exec.Cmd
	in  io.WriteCloser
}

// Drain implements OwnServer.
func (o *ownProcess) Drain() { o.in.Close() }

// Close implements OwnServer.
func (o *ownProcess) Close() {
	o.in.Close()
	finish(o.cmd)
}
