package engine

import (
	"fmt"
	"strings"
)

const upperHex = "0123456789ABCDEF"

// unescape decodes the percent escapes of one part of a URL.
func unescape(s string) (string, error) {
	i := strings.IndexByte(s, '%')
	if i < 0 {
		return s, nil
	}
	b := make([]byte, 0, len(s))
	for i >= 0 {
		if i+2 >= len(s) || unhex(s[i+1]) < 0 || unhex(s[i+2]) < 0 {
			return "", fmt.Errorf("%q is not a percent escape", s[i:min(i+3, len(s))])
		}
		b = append(b, s[:i]...)
		b = append(b, byte(unhex(s[i+1])<<4|unhex(s[i+2])))
		s = s[i+3:]
		i = strings.IndexByte(s, '%')
	}
	return string(append(b, s...)), nil
}

// appendEscaped writes a resource so that unescape gives it back, with as few escapes as RFC 3986
// allows: unreserved, sub-delims, ':', '@' and '/' stand for themselves.
func appendEscaped(dst []byte, s string) []byte {
	for i := range len(s) {
		if c := s[i]; isAlnum(c) || strings.IndexByte("-._~!$&'()*+,;=:@/", c) >= 0 {
			dst = append(dst, c)
		} else {
			dst = append(dst, '%', upperHex[c>>4], upperHex[c&15])
		}
	}
	return dst
}

// unhex gives the value of a hex digit, or -1.
func unhex(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
