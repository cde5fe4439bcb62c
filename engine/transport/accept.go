package transport

import (
	"errors"
	"net"
	"time"
)

const (
	firstPause = 5 * time.Millisecond
	mostPause  = time.Second
)

// acceptLoop takes connections until ln is closed. No other error ends it, be it of Accept or of
// take: a process that is out of descriptors or memory has them again later, and a peer that was
// gone before it was accepted is no reason at all. It pauses, longer each time, while errors
// last, and reports the first of them. stop cuts a pause short.
func acceptLoop(ln net.Listener, stop <-chan struct{}, take func(net.Conn) error,
	failed func(error)) {

	var pause time.Duration
	for {
		nc, err := ln.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err == nil {
			err = take(nc)
		}
		if err == nil {
			pause = 0
			continue
		}
		if pause == 0 {
			failed(err)
		}
		pause = min(max(2*pause, firstPause), mostPause)
		select {
		case <-time.After(pause):
		case <-stop:
			return
		}
	}
}
