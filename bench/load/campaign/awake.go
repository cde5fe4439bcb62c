package campaign

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"time"
)

// One caller on one connection leaves a processor idle most of the time, and a processor that
// sleeps takes its time to wake up: then the figures are those of the power management. Work of
// the lowest priority keeps it awake, and gives way to everything else at once.

// keepAwake starts a process that burns time on all processors until rest is called.
func keepAwake() (rest func(), err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(self, "-role", roleBurn)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("keep awake: %w", err)
	}
	return func() {
		in.Close()
		cmd.Process.Kill() // it holds nothing
		cmd.Wait()
	}, nil
}

// burn is that process. It ends when in does.
func burn(in io.Reader) error {
	time.AfterFunc(serveMax, func() { os.Exit(1) })
	failed := make(chan error, runtime.NumCPU())
	for range runtime.NumCPU() {
		go func() {
			runtime.LockOSThread()
			if err := lowestPriority(); err != nil {
				failed <- err
				return
			}
			for {
			}
		}()
	}
	ended := make(chan struct{})
	go func() { io.Copy(io.Discard, in); close(ended) }()
	select {
	case err := <-failed:
		return fmt.Errorf("keep awake: %w", err)
	case <-ended:
		return nil
	}
}

var errNoPriority = errors.New("this system has no idle priority that is known here")
