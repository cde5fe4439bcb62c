package engine

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net/url"
	"testing"

	"github.com/leverrpc/lever/frame"
)

func TestCallersAreKnownByTheirCertificates(t *testing.T) {
	state := func(c x509.Certificate) *tls.ConnectionState {
		return &tls.ConnectionState{VerifiedChains: [][]*x509.Certificate{{&c}}}
	}
	names := map[string]string{}
	for name, s := range map[string]*tls.ConnectionState{
		"a subject":   state(x509.Certificate{RawSubject: []byte("ann")}),
		"another":     state(x509.Certificate{RawSubject: []byte("bob")}),
		"of another":  state(x509.Certificate{RawSubject: []byte("ann"), RawIssuer: []byte("x")}),
		"a host name": state(x509.Certificate{DNSNames: []string{"ann"}}),
		"a URI":       state(x509.Certificate{URIs: []*url.URL{{Scheme: "spiffe", Host: "ann"}}}),
	} {
		key := certified(s)
		if other, known := names[key]; known || key == "" {
			t.Errorf("%s is the caller %q, as %s is", name, key, other)
		}
		names[key] = name
	}
	renewed := state(x509.Certificate{RawSubject: []byte("ann"), Raw: []byte("new")})
	if got := names[certified(renewed)]; got != "a subject" {
		t.Errorf("a renewed certificate is that of %q", got)
	}
	if certified(nil) != "" || certified(&tls.ConnectionState{}) != "" {
		t.Error("a caller without a certificate has one")
	}
}

// named is an identity with a name.
type named struct{ name string }

func (n *named) String() string { return n.name }

func TestCallersAreKnownByTheirIdentity(t *testing.T) {
	admit := func(_ context.Context, c Caller) (any, error) {
		switch c.Peer {
		case "ann at home", "ann at work":
			return &named{"ann"}, nil
		case "bob":
			return "bob", nil
		}
		return struct{ anybody int }{}, nil
	}
	onceTest(t, ServerConfig{Admit: admit}, func(t *testing.T, c *counter) {
		for _, x := range []struct {
			peer string
			runs int64 // in all, after its call
		}{
			{"ann at home", 1}, {"ann at work", 1}, {"bob", 2}, {"carl", 3}, {"carl", 3}, {"dora", 4},
		} {
			call := keyedCall("blob", "k")
			call.Flags = frame.Bytes
			c.dial(t, x.peer).call(t, call, []byte("x"))
			if n := c.runs.Load(); n != x.runs {
				t.Errorf("after the call of %s: %d runs, want %d", x.peer, n, x.runs)
			}
		}
	})
}
