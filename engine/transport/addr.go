package transport

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"path"
	"strconv"
	"strings"
)

// The schemes of an Addr.
const (
	TCP  = "tcp"
	TLS  = "tls"
	Unix = "unix"
)

// Addr is where a server listens. Two equal Addr are the same address, spelled canonically.
type Addr struct {
	// Scheme is TCP, TLS or Unix.
	Scheme string

	// Host is a name in lower case, or an IP address in its shortest form, without brackets.
	// Empty: every address of this machine, for a listener. Not for Unix.
	Host string

	// Port is zero to let the system choose, for a listener. Not for Unix.
	Port uint16

	// Path is the absolute, clean path of the socket. Only for Unix.
	Path string
}

// ParseAddr reads "tcp://host:port", "tls://host:port", "unix:///path", or "host:port", which
// means tcp. Its errors name the part that is wrong.
func ParseAddr(s string) (Addr, error) {
	scheme, rest, found := strings.Cut(s, "://")
	if !found {
		scheme, rest = TCP, s
	}
	a := Addr{Scheme: strings.ToLower(scheme)}
	var err error
	switch a.Scheme {
	case TCP, TLS:
		a.Host, a.Port, err = parseHostPort(rest)
	case Unix:
		a.Path, err = parsePath(rest)
	default:
		err = fmt.Errorf("scheme %q is not tcp, tls or unix", scheme)
	}
	if err != nil {
		return Addr{}, fmt.Errorf("transport: address %q: %w", s, err)
	}
	return a, nil
}

// String returns the canonical form, which ParseAddr reads back.
func (a Addr) String() string {
	if a.Scheme == Unix {
		return Unix + "://" + a.Path
	}
	return a.Scheme + "://" + a.hostPort()
}

// network and dialText are what package net calls the address.
func (a Addr) network() string {
	if a.Scheme == Unix {
		return "unix"
	}
	return "tcp"
}

func (a Addr) dialText() string {
	if a.Scheme == Unix {
		return a.Path
	}
	return a.hostPort()
}

func (a Addr) hostPort() string {
	return net.JoinHostPort(a.Host, strconv.Itoa(int(a.Port)))
}

// parseHostPort reads "host:port", "[ipv6]:port" or ":port".
func parseHostPort(s string) (host string, port uint16, err error) {
	if i := strings.IndexAny(s, "/?#@ "); i >= 0 {
		return "", 0, fmt.Errorf("%q after host:port is not allowed", s[i:])
	}
	host, digits, err := net.SplitHostPort(s)
	if err != nil {
		var ae *net.AddrError
		if errors.As(err, &ae) {
			return "", 0, fmt.Errorf("host and port %q: %s", s, ae.Err)
		}
		return "", 0, err
	}
	if port, err = parsePort(digits); err != nil {
		return "", 0, err
	}
	if host, err = parseHost(host); err != nil {
		return "", 0, err
	}
	return host, port, nil
}

func parsePort(s string) (uint16, error) {
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil || s[0] == '+' {
		return 0, fmt.Errorf("port %q is not a number from 0 to 65535", s)
	}
	return uint16(n), nil
}

// parseHost makes a host canonical.
func parseHost(s string) (string, error) {
	if s == "" {
		return "", nil
	}
	if ip, err := netip.ParseAddr(s); err == nil {
		return ip.String(), nil
	}
	if strings.Contains(s, ":") {
		return "", fmt.Errorf("host %q is not an IP address", s)
	}
	if len(s) > 253 {
		return "", fmt.Errorf("host has %d bytes, at most 253", len(s))
	}
	s = strings.ToLower(s)
	for _, c := range []byte(s) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '.' && c != '-' && c != '_' {
			return "", fmt.Errorf("host %q contains %q", s, c)
		}
	}
	return s, nil
}

// mostPath is what fits in a socket address, with the NUL behind it.
const mostPath = 107

// parsePath checks the path of a unix socket.
func parsePath(s string) (string, error) {
	switch {
	case !strings.HasPrefix(s, "/"):
		return "", fmt.Errorf("path %q is not absolute: write unix:///path", s)
	case strings.ContainsRune(s, 0):
		return "", fmt.Errorf("path %q contains a zero byte", s)
	}
	switch s[strings.LastIndexByte(s, '/')+1:] {
	case "", ".", "..":
		return "", fmt.Errorf("path %q names a directory", s)
	}
	clean := path.Clean(s)
	if len(clean) > mostPath {
		return "", fmt.Errorf("path has %d bytes, at most %d", len(clean), mostPath)
	}
	return clean, nil
}

// addrText is an address for a message; a connection may have none.
func addrText(a net.Addr) string {
	if a == nil {
		return "unknown address"
	}
	if s := a.String(); s != "" {
		return a.Network() + "://" + s
	}
	return a.Network() + " socket"
}
