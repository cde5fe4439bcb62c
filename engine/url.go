package engine

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// DefaultPort is the port of an environment whose URL names none.
const DefaultPort = 7400

// scheme is how every absolute Lever URL begins.
const scheme = "lever://"

// URL names a method of a service, and perhaps one resource of that service:
//
//	lever://env[:port]/service[/resource]/method
//
// The first '/' behind the authority ends the service and the last '/' starts the method. What is
// between them is the resource: it may hold slashes, may even be "a//b", and an empty one means no
// resource. Percent escapes are decoded after that split, so the fields hold decoded text, and
// "%2F" in a resource is a plain slash: "a%2Fb" and "a/b" are the same resource. Every byte but
// '%', '?' and '#' stands for itself, and dots have no meaning: ".." is an ordinary resource.
//
// A URL without a method is a target: it addresses a service or a resource, and everything behind
// the service is the resource. [ParseTarget] reads that form.
//
// Two URLs address the same method exactly if their String forms are equal. The fields of a parsed
// URL are in canonical form, so parsed URLs may be compared with ==.
type URL struct {
	// Env is the environment: a host name in lower case, an IPv4 address, or an IPv6 address
	// without brackets.
	Env string
	// Port is 1 to 65535. Zero means DefaultPort; a parsed URL always has its port filled in.
	Port int
	// Service is 3 to 255 letters, digits, '.', '_' and '-', and starts with neither '.' nor '-'.
	Service string
	// Resource is any UTF-8 text of at most 1,024 bytes without NUL. Empty means none.
	Resource string
	// Method is 1 to 255 letters, digits, '.', '_' and '-'. Empty in a target.
	Method string
}

// ParseURL reads an absolute URL of a method.
func ParseURL(s string) (URL, error) { return URL{}.Parse(s) }

// ParseTarget reads an absolute URL without a method: lever://env[:port]/service[/resource].
func ParseTarget(s string) (URL, error) { return URL{}.ParseTarget(s) }

// Parse reads the URL of a method. The relative form /service[/resource]/method takes environment
// and port from u, and is an error if u has no environment.
func (u URL) Parse(s string) (URL, error) {
	parsed, err := u.parse(s, true)
	if err != nil {
		return URL{}, fmt.Errorf("engine: URL %q: %w", clip(s), err)
	}
	return parsed, nil
}

// ParseTarget reads the URL of a service or resource. The relative form /service[/resource] takes
// environment and port from u, and is an error if u has no environment.
func (u URL) ParseTarget(s string) (URL, error) {
	parsed, err := u.parse(s, false)
	if err != nil {
		return URL{}, fmt.Errorf("engine: target %q: %w", clip(s), err)
	}
	return parsed, nil
}

// String gives the canonical form. A byte of the resource is written as %XX unless RFC 3986 allows
// it in a path as it is; the default port is left out; without an environment the form is relative.
func (u URL) String() string {
	b := make([]byte, 0, len(scheme)+len(u.Env)+len(u.Service)+len(u.Resource)+len(u.Method)+16)
	if u.Env != "" {
		b = append(b, scheme...)
		if strings.IndexByte(u.Env, ':') >= 0 {
			b = append(append(append(b, '['), u.Env...), ']')
		} else {
			b = append(b, u.Env...)
		}
		if u.Port != 0 && u.Port != DefaultPort {
			b = strconv.AppendInt(append(b, ':'), int64(u.Port), 10)
		}
	}
	b = append(append(b, '/'), u.Service...)
	if u.Resource != "" {
		b = appendEscaped(append(b, '/'), u.Resource)
	}
	if u.Method != "" {
		b = append(append(b, '/'), u.Method...)
	}
	return string(b)
}

// Check says which part of u is not well formed, or nil. Parsed URLs always pass.
func (u URL) Check() error {
	_, err := u.canonical(u.Method != "")
	if err != nil {
		return fmt.Errorf("engine: URL: %w", err)
	}
	return nil
}

// canonical checks every part and gives the URL in canonical spelling.
func (u URL) canonical(method bool) (URL, error) {
	env, err := canonicalEnv(u.Env)
	if err != nil {
		return URL{}, err
	}
	u.Env = env
	if u.Port == 0 {
		u.Port = DefaultPort
	}
	if u.Port < 1 || u.Port > 65535 {
		return URL{}, fmt.Errorf("port %d is not 1 to 65535", u.Port)
	}
	if err := checkService(u.Service); err != nil {
		return URL{}, err
	}
	if err := checkResource(u.Resource); err != nil {
		return URL{}, err
	}
	if method {
		return u, checkMethod(u.Method)
	}
	return u, nil
}

// parse splits s, decodes the parts, and checks them. u fills in what a relative form leaves out.
func (u URL) parse(s string, method bool) (URL, error) {
	u = URL{Env: u.Env, Port: u.Port}
	path := s
	switch {
	case len(s) >= len(scheme) && strings.EqualFold(s[:len(scheme)], scheme):
		authority := s[len(scheme):]
		path = ""
		if i := strings.IndexByte(authority, '/'); i >= 0 {
			authority, path = authority[:i], authority[i:]
		}
		if err := u.parseAuthority(authority); err != nil {
			return URL{}, err
		}
	case !strings.HasPrefix(s, "/"):
		return URL{}, wrongScheme(s)
	case u.Env == "":
		return URL{}, errors.New("a relative form needs a default environment, and there is none")
	}
	if i := strings.IndexAny(path, "?#"); i >= 0 {
		if path[i] == '?' {
			return URL{}, errors.New("a query is not allowed; write '?' as %3F")
		}
		return URL{}, errors.New("a fragment is not allowed; write '#' as %23")
	}
	if err := u.parsePath(strings.TrimPrefix(path, "/"), method); err != nil {
		return URL{}, err
	}
	return u.canonical(method)
}

// parseAuthority reads env[:port], where env may be an IPv6 address in brackets.
func (u *URL) parseAuthority(s string) error {
	if i := strings.IndexAny(s, "@%?#"); i >= 0 {
		switch s[i] {
		case '@':
			return errors.New("user information is not allowed")
		case '%':
			return errors.New("environment holds a percent escape")
		case '?':
			return errors.New("a query is not allowed")
		default:
			return errors.New("a fragment is not allowed")
		}
	}
	u.Env, u.Port = s, DefaultPort
	rest := ""
	if strings.HasPrefix(s, "[") {
		i := strings.IndexByte(s, ']')
		if i < 0 || strings.IndexByte(s[1:i], ':') < 0 {
			return fmt.Errorf("environment %q is not an IPv6 address in brackets", s)
		}
		u.Env, rest = s[1:i], s[i+1:]
		if rest != "" && rest[0] != ':' {
			return fmt.Errorf("%q follows the IPv6 address", rest)
		}
	} else if i := strings.IndexByte(s, ':'); i >= 0 {
		u.Env, rest = s[:i], s[i:]
	}
	if rest == "" {
		return nil
	}
	port, err := parsePort(rest[1:])
	u.Port = port
	return err
}

// parsePort reads a decimal port strictly: digits only, no sign, no leading zero.
func parsePort(s string) (int, error) {
	n, err := strconv.ParseUint(s, 10, 16)
	if err != nil || n == 0 || s[0] == '0' {
		return 0, fmt.Errorf("port %q is not 1 to 65535", s)
	}
	return int(n), nil
}

// parsePath splits service[/resource][/method] and decodes each part.
func (u *URL) parsePath(path string, method bool) error {
	service, rest, found := strings.Cut(path, "/")
	resource, name := rest, ""
	if method {
		if !found {
			return errors.New("method is missing")
		}
		i := strings.LastIndexByte(rest, '/')
		name, resource = rest[i+1:], rest[:max(i, 0)]
	}
	for _, part := range []struct {
		name string
		text string
		to   *string
	}{
		{"service", service, &u.Service},
		{"resource", resource, &u.Resource},
		{"method", name, &u.Method},
	} {
		decoded, err := unescape(part.text)
		if err != nil {
			return fmt.Errorf("%s: %w", part.name, err)
		}
		*part.to = decoded
	}
	return nil
}

// wrongScheme explains a text that starts neither with "lever://" nor with "/".
func wrongScheme(s string) error {
	if i := strings.Index(s, ":"); i >= 0 && !strings.ContainsAny(s[:i], "/?#") {
		return fmt.Errorf("scheme %q is not lever://", clip(s[:i]))
	}
	return errors.New(`neither "lever://" nor "/" starts it`)
}

// clip keeps what strangers wrote short enough for a message.
func clip(s string) string {
	const most = 120
	if len(s) <= most {
		return s
	}
	return s[:most] + "…"
}
