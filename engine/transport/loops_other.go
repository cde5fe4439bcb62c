//go:build !darwin && !dragonfly && !freebsd && !linux && !netbsd && !openbsd

package transport

import (
	"errors"
	"net"
)

// haveGnet reports whether this system has the gnet driver.
const haveGnet = false

// loops do not exist here.
type loops struct{}

var errNoGnet = errors.New("the gnet driver is not available on this system")

func startLoops(*Config) (*loops, error)       { return nil, errNoGnet }
func (*loops) attach(*Conn, net.Conn, *Config) {}
func (*loops) adopt(*Conn, net.Conn) error     { return errNoGnet }
func (*loops) stop()                           {}
