package transport

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"syscall"
	"time"
)

// unixListener is a listener on a unix socket that removes its file when it closes, and only if
// the file is still its own.
type unixListener struct {
	net.Listener
	path string
	file fs.FileInfo
}

// listenUnix binds path. A file that a dead process left there is replaced; one on which
// somebody answers is not.
func listenUnix(path string) (net.Listener, error) {
	ln, err := net.Listen("unix", path)
	if errors.Is(err, syscall.EADDRINUSE) {
		if err := removeStale(path); err != nil {
			return nil, err
		}
		ln, err = net.Listen("unix", path)
	}
	if err != nil {
		return nil, bare(err)
	}
	ln.(*net.UnixListener).SetUnlinkOnClose(false)
	file, err := os.Lstat(path)
	if err != nil {
		ln.Close()
		return nil, err
	}
	return &unixListener{Listener: ln, path: path, file: file}, nil
}

// removeStale removes a socket's file on which nobody answers.
func removeStale(path string) error {
	before, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if before.Mode()&fs.ModeSocket == 0 {
		return errors.New("the file exists and is not a socket")
	}
	nc, err := net.DialTimeout("unix", path, time.Second)
	if err == nil {
		nc.Close()
		return syscall.EADDRINUSE
	}
	if !errors.Is(err, syscall.ECONNREFUSED) {
		return fmt.Errorf("%w, and asking who has it: %w", syscall.EADDRINUSE, bare(err))
	}
	// Between the question and the removal somebody may have put a living socket there.
	after, err := os.Lstat(path)
	if err != nil || !os.SameFile(before, after) {
		return syscall.EADDRINUSE
	}
	return os.Remove(path)
}

// Close stops listening and removes the file.
func (l *unixListener) Close() error {
	err := l.Listener.Close()
	if err != nil {
		return err
	}
	if now, err := os.Lstat(l.path); err == nil && os.SameFile(l.file, now) {
		return os.Remove(l.path)
	}
	return nil
}

// bare strips what a message says already: the operation and the address.
func bare(err error) error {
	var op *net.OpError
	if errors.As(err, &op) && op.Err != nil {
		return op.Err
	}
	return err
}
