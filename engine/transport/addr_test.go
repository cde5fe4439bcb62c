package transport

import (
	"strings"
	"testing"
)

func TestAddressesAreCanonical(t *testing.T) {
	for _, tc := range []struct {
		name, in string
		want     Addr
		text     string
	}{
		{"a bare host and port means tcp", "example.com:7400",
			Addr{Scheme: TCP, Host: "example.com", Port: 7400}, "tcp://example.com:7400"},
		{"scheme and host are lowered", "TCP://Example.COM:1",
			Addr{Scheme: TCP, Host: "example.com", Port: 1}, "tcp://example.com:1"},
		{"an empty host is every address", "tcp://:0",
			Addr{Scheme: TCP}, "tcp://:0"},
		{"an IPv6 address is shortened", "tls://[2001:DB8:0:0:0:0:0:1]:443",
			Addr{Scheme: TLS, Host: "2001:db8::1", Port: 443}, "tls://[2001:db8::1]:443"},
		{"a zone stays", "[fe80::1%eth0]:9",
			Addr{Scheme: TCP, Host: "fe80::1%eth0", Port: 9}, "tcp://[fe80::1%eth0]:9"},
		{"zeros before a port go", "localhost:0080",
			Addr{Scheme: TCP, Host: "localhost", Port: 80}, "tcp://localhost:80"},
		{"a path is cleaned", "unix:///run//x/../lever.sock",
			Addr{Scheme: Unix, Path: "/run/lever.sock"}, "unix:///run/lever.sock"},
		{"a path may contain spaces", "unix:///tmp/a b",
			Addr{Scheme: Unix, Path: "/tmp/a b"}, "unix:///tmp/a b"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := ParseAddr(tc.in)
			if err != nil || got != tc.want {
				t.Fatalf("ParseAddr(%q) = %+v, %v; want %+v", tc.in, got, err, tc.want)
			}
			if got.String() != tc.text {
				t.Errorf("String() = %q, want %q", got, tc.text)
			}
			if again, err := ParseAddr(got.String()); err != nil || again != got {
				t.Errorf("String does not parse back: %+v, %v", again, err)
			}
		})
	}
}

func TestAddressErrorsNameThePart(t *testing.T) {
	for _, tc := range []struct{ name, in, want string }{
		{"nothing", "", "missing port"},
		{"an unknown scheme", "http://x:1", `scheme "http"`},
		{"no scheme before the slashes", "://x:1", `scheme ""`},
		{"no port", "tcp://host", "missing port"},
		{"an empty port", "host:", `port ""`},
		{"a port with a name", "host:http", `port "http"`},
		{"a port that is too large", "host:65536", `port "65536"`},
		{"a negative port", "host:-1", `port "-1"`},
		{"a port with a sign", "host:+1", `port "+1"`},
		{"an IPv6 address without brackets", "tcp://::1:80", "too many colons"},
		{"brackets around a name that is no address", "[::g]:80", `host "::g"`},
		{"a host with a strange character", "ho*st:1", `'*'`},
		{"a host that is too long", strings.Repeat("a", 254) + ":1", "254 bytes"},
		{"a path behind the port", "tcp://h:1/x", `"/x"`},
		{"a user before the host", "tcp://me@h:1", `"@h:1"`},
		{"a relative path", "unix://run/x", "not absolute"},
		{"a path that is a directory", "unix:///run/", "directory"},
		{"a path of the root", "unix:///.", "directory"},
		{"a path that ends above", "unix:///run/x/..", "directory"},
		{"a path with a zero byte", "unix:///a\x00b", "zero byte"},
		{"a path that is too long", "unix:///" + strings.Repeat("x", 107), "108 bytes"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := ParseAddr(tc.in)
			if err == nil {
				t.Fatalf("ParseAddr(%q) = %+v, want an error", tc.in, got)
			}
			if !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %q does not say %q", err, tc.want)
			}
			if got != (Addr{}) {
				t.Errorf("an error came with %+v", got)
			}
		})
	}
}

func FuzzParseAddr(f *testing.F) {
	for _, s := range []string{"a:1", "tls://[::1]:2", "unix:///x", "tcp://:0", "[fe80::1%x]:1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		a, err := ParseAddr(s)
		if err != nil {
			return
		}
		b, err := ParseAddr(a.String())
		if err != nil || a != b {
			t.Fatalf("%q gives %+v, whose text %q gives %+v, %v", s, a, a.String(), b, err)
		}
	})
}
