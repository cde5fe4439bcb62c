//go:build unix

package abuse

import (
	"errors"
	"net"
	"strings"
	"syscall"
	"testing"
)

// limitFiles bounds the open files of this process.
func limitFiles(n int) error {
	limit := syscall.Rlimit{Cur: uint64(n), Max: uint64(n)}
	return syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit)
}

// dialNarrow connects with a small buffer for what arrives.
func dialNarrow(t *testing.T, addr string) *peer {
	t.Helper()
	d := net.Dialer{Control: func(_, _ string, raw syscall.RawConn) (err error) {
		control := raw.Control(func(fd uintptr) {
			err = syscall.SetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_RCVBUF, 128<<10)
		})
		return errors.Join(control, err)
	}}
	nc, err := d.Dial("tcp", strings.TrimPrefix(addr, "tcp://"))
	if err != nil {
		t.Fatal(err)
	}
	return newPeer(t, nc)
}
