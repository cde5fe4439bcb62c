package engine

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

// Limits of the names, in bytes. They are part of the protocol: both sides refuse what is longer.
const (
	minService  = 3
	maxService  = 255
	maxMethod   = 255
	minEnv      = 3
	maxEnv      = 253 // of a host name, as DNS has it
	maxLabel    = 63
	maxResource = 1024 // decoded; fits the extension block of a call with room for the others
)

// IsStreaming reports whether a method of this name opens a stream: it is called "chan", or its
// name ends in "Chan" or "_chan". Case matters: "tailchan" is a regular method.
func IsStreaming(method string) bool {
	return method == "chan" ||
		strings.HasSuffix(method, "Chan") || strings.HasSuffix(method, "_chan")
}

// isPrivate reports whether a method is kept for the service itself.
func isPrivate(method string) bool { return strings.HasPrefix(method, "_") }

// checkService says what is wrong with the name of a service, or nil.
func checkService(s string) error {
	switch {
	case s == "":
		return errors.New("service is missing")
	case len(s) < minService:
		return fmt.Errorf("service %q is shorter than %d bytes", s, minService)
	case len(s) > maxService:
		return fmt.Errorf("service of %d bytes is longer than %d", len(s), maxService)
	case s[0] == '.' || s[0] == '-':
		return fmt.Errorf("service %q starts with %q", s, s[0])
	}
	return checkLetters("service", s)
}

// checkMethod says what is wrong with the name of a method, or nil. A private name is well formed.
func checkMethod(s string) error {
	switch {
	case s == "":
		return errors.New("method is missing")
	case len(s) > maxMethod:
		return fmt.Errorf("method of %d bytes is longer than %d", len(s), maxMethod)
	}
	return checkLetters("method", s)
}

// checkLetters refuses the first byte of s that no service or method name may hold.
func checkLetters(part, s string) error {
	for i := range len(s) {
		if c := s[i]; !isAlnum(c) && c != '.' && c != '_' && c != '-' {
			return fmt.Errorf("%s %q holds %q: letters, digits, '.', '_' and '-' only", part, s, c)
		}
	}
	return nil
}

// checkResource says what is wrong with a decoded resource, or nil. An empty one means none.
func checkResource(s string) error {
	switch {
	case len(s) > maxResource:
		return fmt.Errorf("resource of %d bytes is longer than %d", len(s), maxResource)
	case strings.IndexByte(s, 0) >= 0:
		return errors.New("resource holds a NUL byte")
	case strings.ToValidUTF8(s, "") != s:
		return errors.New("resource is not UTF-8")
	}
	return nil
}

// canonicalEnv gives the one spelling of an environment: a host name in lower case, an IPv4
// address, or an IPv6 address without its brackets.
func canonicalEnv(s string) (string, error) {
	if strings.IndexByte(s, ':') >= 0 {
		ip, err := netip.ParseAddr(s)
		if err != nil || ip.Zone() != "" {
			return "", fmt.Errorf("environment %q is not an IPv6 address", s)
		}
		return ip.String(), nil
	}
	switch {
	case s == "":
		return "", errors.New("environment is missing")
	case len(s) < minEnv:
		return "", fmt.Errorf("environment %q is shorter than %d bytes", s, minEnv)
	case len(s) > maxEnv:
		return "", fmt.Errorf("environment of %d bytes is longer than %d", len(s), maxEnv)
	}
	s = strings.ToLower(s)
	last := ""
	for label := range strings.SplitSeq(s, ".") {
		if err := checkLabel(s, label); err != nil {
			return "", err
		}
		last = label
	}
	// A name whose last label is a number is an address or a mistake; DNS has no such domain.
	if strings.Trim(last, "0123456789") == "" {
		if _, err := netip.ParseAddr(s); err != nil {
			return "", fmt.Errorf("environment %q is not an IPv4 address", s)
		}
	}
	return s, nil
}

// checkLabel checks one part of a host name between dots.
func checkLabel(env, label string) error {
	switch {
	case label == "":
		return fmt.Errorf("environment %q has an empty label", env)
	case len(label) > maxLabel:
		return fmt.Errorf("environment has a label of %d bytes, longer than %d",
			len(label), maxLabel)
	case label[0] == '-' || label[len(label)-1] == '-':
		return fmt.Errorf("environment %q has a label that starts or ends with '-'", env)
	}
	for i := range len(label) {
		if c := label[i]; !isAlnum(c) && c != '-' {
			return fmt.Errorf("environment %q holds %q: letters, digits, '.' and '-' only", env, c)
		}
	}
	return nil
}

func isAlnum(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9'
}
