package spectest

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/leverrpc/lever/frame"
)

// url is chapter 14 once more, written plainly: what the table of URLs is compared with.
type url struct{ env, port, service, resource, method string }

func parseURL(s string) (u url, err error) {
	if strings.ContainsAny(s, "?#\x7f") || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' }) {
		return u, errors.New("a byte that must be escaped")
	}
	path := s
	if !strings.HasPrefix(s, "/") {
		scheme, rest, ok := strings.Cut(s, "://")
		if !ok || !strings.EqualFold(scheme, "lever") {
			return u, errors.New("scheme")
		}
		authority, rest, ok := strings.Cut(rest, "/")
		if !ok {
			return u, errors.New("no path")
		}
		path = "/" + rest
		if u.env, u.port, err = parseEnv(authority); err != nil {
			return u, err
		}
	}
	path = path[1:]
	first, last := strings.Index(path, "/"), strings.LastIndex(path, "/")
	if first < 0 {
		return u, errors.New("no method")
	}
	parts := []string{path[:first], "", path[last+1:]}
	if first < last {
		parts[1] = path[first+1 : last]
	}
	for i := range parts {
		if parts[i], err = unescape(parts[i]); err != nil {
			return u, err
		}
	}
	u.service, u.resource, u.method = parts[0], parts[1], parts[2]
	if strings.Contains(u.service+u.method, "/") || !utf8.ValidString(u.resource) || len(u.resource) > 4064 {
		return u, errors.New("service, method or resource")
	}
	return u, frame.CheckName([]byte(u.service + "/" + u.method))
}

func parseEnv(authority string) (env, port string, err error) {
	env, port, hasPort := strings.Cut(strings.ToLower(authority), ":")
	if !hasPort {
		port = "7400"
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 || strconv.Itoa(n) != port {
		return "", "", errors.New("port")
	}
	if len(env) < 3 || len(env) > 253 {
		return "", "", errors.New("environment")
	}
	for label := range strings.SplitSeq(env, ".") {
		bad := strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != ""
		if bad || label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return "", "", errors.New("label")
		}
	}
	return env, port, nil
}

func unescape(s string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '%' {
			b.WriteByte(s[i])
			continue
		}
		if i+3 > len(s) {
			return "", errors.New("escape")
		}
		n, err := strconv.ParseUint(s[i+1:i+3], 16, 8)
		if err != nil {
			return "", err
		}
		b.WriteByte(byte(n))
		i += 2
	}
	return b.String(), nil
}

func (u url) String() string {
	s := ""
	if u.env != "" {
		s = "lever://" + u.env
		if u.port != "7400" {
			s += ":" + u.port
		}
	}
	s += "/" + u.service + "/"
	if u.resource != "" {
		for _, c := range []byte(u.resource) {
			if c < 0x80 && strings.ContainsRune("/-._~!$&'()*+,;=abcdefghijklmnopqrstuvwxyz"+
				"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", rune(c)) {
				s += string(rune(c))
			} else {
				s += fmt.Sprintf("%%%02X", c)
			}
		}
		s += "/"
	}
	return s + u.method
}

func TestURLsAreWhatTheRulesSay(t *testing.T) {
	for _, row := range table(t, "14", "URL", "env", "port", "service", "resource", "method", "canonical") {
		text, canonical := strings.Trim(row[0], "`"), strings.Trim(row[6], "`")
		if canonical == "same" {
			canonical = text
		}
		u, err := parseURL(text)
		if want := (url{row[1], row[2], row[3], row[4], row[5]}); err != nil || u != want {
			t.Errorf("%s: got %q, %v, the table says %q", text, u, err, want)
		}
		if u.String() != canonical {
			t.Errorf("%s: canonical form %s, the table says %s", text, u, canonical)
		}
		if again, err := parseURL(canonical); err != nil || again != u {
			t.Errorf("%s: read again it is %q, %v", canonical, again, err)
		}
	}
	for _, row := range table(t, "14", "refused", "why") {
		if u, err := parseURL(strings.Trim(row[0], "`")); err == nil {
			t.Errorf("%s is taken as %q, the table refuses it: %s", row[0], u, row[1])
		}
	}
}
