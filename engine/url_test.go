package engine

import (
	"strings"
	"testing"
)

func TestParseURL(t *testing.T) {
	long := strings.Repeat("r", maxResource)
	for _, c := range []struct {
		name, in string
		want     URL
		text     string // canonical; empty: same as in
	}{
		{"service and method", "lever://prod/bank/get",
			URL{"prod", 7400, "bank", "", "get"}, ""},
		{"a port of its own", "lever://prod:81/bank/get",
			URL{"prod", 81, "bank", "", "get"}, ""},
		{"the default port is left out", "lever://prod:7400/bank/get",
			URL{"prod", 7400, "bank", "", "get"}, "lever://prod/bank/get"},
		{"a resource", "lever://prod/bank/acct-42/get",
			URL{"prod", 7400, "bank", "acct-42", "get"}, ""},
		{"a resource with slashes", "lever://prod/bank/a/b/c/get",
			URL{"prod", 7400, "bank", "a/b/c", "get"}, ""},
		{"a resource with an empty part", "lever://prod/bank/a//b/get",
			URL{"prod", 7400, "bank", "a//b", "get"}, ""},
		{"an empty resource is none", "lever://prod/bank//get",
			URL{"prod", 7400, "bank", "", "get"}, "lever://prod/bank/get"},
		{"a resource that is a slash", "lever://prod/bank///get",
			URL{"prod", 7400, "bank", "/", "get"}, ""},
		{"a resource that ends in a slash", "lever://prod/bank/a//get",
			URL{"prod", 7400, "bank", "a/", "get"}, ""},
		{"an escaped slash is a slash", "lever://prod/bank/a%2fb/get",
			URL{"prod", 7400, "bank", "a/b", "get"}, "lever://prod/bank/a/b/get"},
		{"escapes are decoded once", "lever://prod/bank/100%2525/get",
			URL{"prod", 7400, "bank", "100%25", "get"}, ""},
		{"blanks and umlauts", "lever://prod/bank/a b/ü/get",
			URL{"prod", 7400, "bank", "a b/ü", "get"}, "lever://prod/bank/a%20b/%C3%BC/get"},
		{"question mark and number sign are escaped", "lever://prod/bank/%3f%23/get",
			URL{"prod", 7400, "bank", "?#", "get"}, "lever://prod/bank/%3F%23/get"},
		{"sub-delims stay", "lever://prod/bank/!$&'()*+,;=:@-._~/get",
			URL{"prod", 7400, "bank", "!$&'()*+,;=:@-._~", "get"}, ""},
		{"dots have no meaning", "lever://prod/bank/../get",
			URL{"prod", 7400, "bank", "..", "get"}, ""},
		{"an escaped letter in names", "lever://prod/b%61nk/g%65t",
			URL{"prod", 7400, "bank", "", "get"}, "lever://prod/bank/get"},
		{"the environment is in lower case", "lever://Prod.Example.COM/bank/get",
			URL{"prod.example.com", 7400, "bank", "", "get"}, "lever://prod.example.com/bank/get"},
		{"the scheme in capitals", "LEVER://prod/bank/get",
			URL{"prod", 7400, "bank", "", "get"}, "lever://prod/bank/get"},
		{"names keep their case", "lever://prod/Bank/Get",
			URL{"prod", 7400, "Bank", "", "Get"}, ""},
		{"an IPv4 address", "lever://127.0.0.1:1/bank/get",
			URL{"127.0.0.1", 1, "bank", "", "get"}, ""},
		{"an IPv6 address", "lever://[::1]:65535/bank/get",
			URL{"::1", 65535, "bank", "", "get"}, ""},
		{"a long form of an IPv6 address", "lever://[0:0::0001]/bank/get",
			URL{"::1", 7400, "bank", "", "get"}, "lever://[::1]/bank/get"},
		{"a private method", "lever://prod/bank/_init",
			URL{"prod", 7400, "bank", "", "_init"}, ""},
		{"the longest resource", "lever://prod/bank/" + long + "/get",
			URL{"prod", 7400, "bank", long, "get"}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ParseURL(c.in)
			if err != nil || got != c.want {
				t.Fatalf("ParseURL(%q)\n got %#v, %v\nwant %#v", c.in, got, err, c.want)
			}
			if c.text == "" {
				c.text = c.in
			}
			if got.String() != c.text {
				t.Errorf("String() = %q, want %q", got.String(), c.text)
			}
			if err := got.Check(); err != nil {
				t.Errorf("Check() = %v", err)
			}
		})
	}
}

func TestParseURLRefuses(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"nothing", "", "neither"},
		{"no slash in front", "bank/get", "neither"},
		{"another scheme", "http://prod/bank/get", `scheme "http"`},
		{"a scheme without slashes", "lever:prod/bank/get", `scheme "lever"`},
		{"a relative form", "/bank/get", "default environment"},
		{"user information", "lever://me:pw@prod/bank/get", "user information"},
		{"a query", "lever://prod/bank/get?x=1", "query"},
		{"a query without a path", "lever://prod?x", "query"},
		{"a fragment", "lever://prod/bank/get#x", "fragment"},
		{"no environment", "lever:///bank/get", "environment is missing"},
		{"a short environment", "lever://ab/bank/get", "shorter than 3"},
		{"an underscore in the environment", "lever://a_b/bank/get", `'_'`},
		{"an escape in the environment", "lever://pr%6fd/bank/get", "percent escape"},
		{"an empty label", "lever://a..b/bank/get", "empty label"},
		{"a label that starts with a hyphen", "lever://a.-b.c/bank/get", "'-'"},
		{"a long label", "lever://" + strings.Repeat("a", 64) + "/bank/get", "longer than 63"},
		{"a long environment", "lever://" + strings.Repeat("a.", 130) + "b/bank/get",
			"longer than 253"},
		{"almost an IPv4 address", "lever://1.2.3.456/bank/get", "IPv4"},
		{"IPv6 without brackets", "lever://::1/bank/get", "port"},
		{"a name in brackets", "lever://[prod]/bank/get", "IPv6"},
		{"a bracket that stays open", "lever://[::1/bank/get", "IPv6"},
		{"text behind the bracket", "lever://[::1]x/bank/get", `"x" follows`},
		{"an IPv6 zone", "lever://[fe80::1%25eth0]/bank/get", "percent escape"},
		{"an empty port", "lever://prod:/bank/get", "port"},
		{"port zero", "lever://prod:0/bank/get", "port"},
		{"a large port", "lever://prod:65536/bank/get", "port"},
		{"a port with a sign", "lever://prod:+80/bank/get", "port"},
		{"a port with a zero in front", "lever://prod:080/bank/get", "port"},
		{"no path", "lever://prod", "method is missing"},
		{"no method", "lever://prod/bank", "method is missing"},
		{"an empty method", "lever://prod/bank/", "method is missing"},
		{"no service", "lever://prod//get", "service is missing"},
		{"a short service", "lever://prod/ab/get", "shorter than 3"},
		{"a long service", "lever://prod/" + strings.Repeat("s", 256) + "/get", "longer than 255"},
		{"a service that starts with a dot", "lever://prod/.bank/get", "starts with"},
		{"a service with a slash by escape", "lever://prod/ba%2Fnk/get", "'/'"},
		{"a blank in a method", "lever://prod/bank/get it", "' '"},
		{"a long method", "lever://prod/bank/" + strings.Repeat("m", 256), "longer than 255"},
		{"an escape cut short", "lever://prod/bank/a%2/get", `"%2" is not`},
		{"an escape of no hex", "lever://prod/bank/a%zz/get", `"%zz" is not`},
		{"a percent sign at the end", "lever://prod/bank/get%", `"%" is not`},
		{"NUL in a resource", "lever://prod/bank/a%00/get", "NUL"},
		{"a resource that is not UTF-8", "lever://prod/bank/%ff/get", "UTF-8"},
		{"an over-long slash", "lever://prod/bank/%c0%af/get", "UTF-8"},
		{"a long resource", "lever://prod/bank/" + strings.Repeat("r", 1025) + "/get",
			"longer than 1024"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ParseURL(c.in)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("ParseURL(%q) = %v, %v; want an error with %q", c.in, got, err, c.want)
			}
			if got != (URL{}) {
				t.Errorf("ParseURL(%q) gives %v beside its error", c.in, got)
			}
		})
	}
}

func TestRelativeURLTakesTheEnvironmentOfItsBase(t *testing.T) {
	base := URL{Env: "prod", Port: 81}
	got, err := base.Parse("/bank/a/get")
	if want := (URL{"prod", 81, "bank", "a", "get"}); err != nil || got != want {
		t.Errorf("Parse = %v, %v, want %v", got, err, want)
	}
	got, err = base.Parse("lever://test/bank/get")
	if want := (URL{"test", 7400, "bank", "", "get"}); err != nil || got != want {
		t.Errorf("Parse of an absolute form = %v, %v, want %v", got, err, want)
	}
	if got := (URL{Service: "bank", Resource: "a b", Method: "get"}).String(); got != "/bank/a%20b/get" {
		t.Errorf("String without environment = %q", got)
	}
}

func TestParseTarget(t *testing.T) {
	for _, c := range []struct {
		name, in string
		want     URL
		text     string
	}{
		{"a service", "lever://prod/bank", URL{Env: "prod", Port: 7400, Service: "bank"},
			"lever://prod/bank"},
		{"a slash at the end", "lever://prod/bank/",
			URL{Env: "prod", Port: 7400, Service: "bank"}, "lever://prod/bank"},
		{"a resource", "lever://prod/bank/a/b",
			URL{Env: "prod", Port: 7400, Service: "bank",
				Resource: "a/b"}, "lever://prod/bank/a/b"},
		{"a resource that ends in a slash", "lever://prod/bank/a/",
			URL{Env: "prod", Port: 7400, Service: "bank", Resource: "a/"}, "lever://prod/bank/a/"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := ParseTarget(c.in)
			if err != nil || got != c.want || got.String() != c.text {
				t.Errorf("ParseTarget(%q) = %#v, %v", c.in, got, err)
			}
		})
	}
	if _, err := ParseTarget("lever://prod"); err == nil {
		t.Error("a target without a service is accepted")
	}
	if _, err := ParseTarget("/bank"); err == nil {
		t.Error("a relative target without a base is accepted")
	}
}

// FuzzURL states the laws: what parses has one canonical form, which parses to the same URL.
func FuzzURL(f *testing.F) {
	for _, s := range []string{
		"lever://prod:81/bank/a//b/get", "lever://[::1]/bank/%C3%BC%2F/tailChan", "/bank/get",
		"lever://PROD/bank//get", "lever://prod/bank/%3f%23%25/get", "lever://1.2.3.4/bank/get",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		base := URL{Env: "base"}
		for name, parse := range map[string]func(string) (URL, error){
			"Parse": base.Parse, "ParseTarget": base.ParseTarget,
		} {
			u, err := parse(s)
			if err != nil {
				continue
			}
			if err := u.Check(); err != nil {
				t.Fatalf("%s(%q) gives %#v: %v", name, s, u, err)
			}
			text := u.String()
			again, err := parse(text)
			if err != nil || again != u {
				t.Fatalf("%s(%q) = %#v, but %q gives %#v, %v", name, s, u, text, again, err)
			}
			if again.String() != text {
				t.Fatalf("%q is not canonical: %q", text, again.String())
			}
		}
	})
}
