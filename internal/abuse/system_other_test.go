//go:build !unix

package abuse

import (
	"errors"
	"testing"
)

// limitFiles bounds the open files of this process, where the system can.
func limitFiles(int) error { return errors.New("this system has no limit of open files") }

// dialNarrow connects with a small buffer for what arrives, where the system can.
func dialNarrow(t *testing.T, addr string) *peer { return dialPeer(t, addr) }
