package campaign

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"github.com/leverrpc/lever/bench/load/meter"
)

// process is a running server process. Owned by one goroutine.
type process struct {
	addr    string
	cmd     *exec.Cmd
	in      io.WriteCloser
	answers chan answer // closed when the process says no more
}

// answerMax is how long a server process may take to answer, or to go.
const answerMax = 20 * time.Second

// start starts this program again as the server of a target, and waits until it listens.
func start(t *Target) (*process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self, "-role", "server", "-compare", t.Name)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{cmd: cmd, in: in, answers: make(chan answer, 1)}
	go p.listen(out)
	a, err := p.answer()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("server of %s: %w", t.Name, err), p.stop())
	}
	p.addr = a.Addr
	return p, nil
}

// listen takes what the process says, until its output ends.
func (p *process) listen(out io.Reader) {
	defer close(p.answers)
	for lines := bufio.NewScanner(out); lines.Scan(); {
		var a answer
		if err := json.Unmarshal(lines.Bytes(), &a); err != nil {
			a.Error = fmt.Sprintf("it said %q", lines.Text())
		}
		p.answers <- a
	}
}

// answer waits for the next line.
func (p *process) answer() (answer, error) {
	select {
	case a, ok := <-p.answers:
		if !ok {
			return a, errors.New("the process has ended")
		}
		if a.Error != "" {
			return a, errors.New(a.Error)
		}
		return a, nil
	case <-time.After(answerMax):
		return answer{}, fmt.Errorf("no answer in %v", answerMax)
	}
}

// ask has a line carried out and gives what the process has used.
func (p *process) ask(line string) (meter.Usage, error) {
	if _, err := io.WriteString(p.in, line+"\n"); err != nil {
		return meter.Usage{}, err
	}
	a, err := p.answer()
	if err == nil && a.Usage == nil {
		err = errors.New("the answer tells no usage")
	}
	if err != nil {
		return meter.Usage{}, fmt.Errorf("server process: %s: %w", line, err)
	}
	return *a.Usage, nil
}

// stop ends the process: it is asked first and killed then.
func (p *process) stop() error {
	p.in.Close() // it may have gone already
	killer := time.AfterFunc(answerMax, func() { p.cmd.Process.Kill() })
	defer killer.Stop()
	for range p.answers {
	}
	return p.cmd.Wait()
}
