package subject

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	numbers "math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/leverrpc/lever/conformance/play"
	"github.com/leverrpc/lever/conformance/script"
	"github.com/leverrpc/lever/engine"
	"github.com/leverrpc/lever/engine/transport"
)

// selfSigned makes a certificate for 127.0.0.1 that vouches for itself, in two files.
func selfSigned(t *testing.T) (certificate, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: numbers.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true,
	}
	public, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, kind string, b []byte) string {
		path := filepath.Join(t.TempDir(), name)
		b = pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: b})
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	return write("certificate.pem", "CERTIFICATE", public), write("key.pem", "PRIVATE KEY", secret)
}

// serveTLS starts the server under test at a tls address, until the end of the test.
func serveTLS(t *testing.T, certificate, key string) (addr string) {
	t.Helper()
	pair, err := tls.LoadX509KeyPair(certificate, key)
	if err != nil {
		t.Fatal(err)
	}
	config := quiet
	config.TLS = &tls.Config{Certificates: []tls.Certificate{pair}}
	srv, err := NewServer(config)
	if err == nil {
		err = srv.Listen("tls://127.0.0.1:0")
	}
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return srv.Addrs()[0]
}

func TestServerScriptsOverTLS(t *testing.T) {
	certificate, key := selfSigned(t)
	remote, err := play.At(serveTLS(t, certificate, key))
	if err != nil {
		t.Fatal(err)
	}
	suite := suiteOf(t, script.Server, true)
	suite.Fast = true
	report(t, script.Server, suite.Run(play.OfServer(context.Background(), remote, play.Options{})))
}

func TestClientScriptsOverTLS(t *testing.T) {
	certificate, key := selfSigned(t)
	pair, err := tls.LoadX509KeyPair(certificate, key)
	if err != nil {
		t.Fatal(err)
	}
	config := quiet
	config.TLS = &tls.Config{RootCAs: trusting(t, certificate)}
	clients := Clients{Config: config, RunnerTLS: &tls.Config{Certificates: []tls.Certificate{pair}}}
	suite := suiteOf(t, script.Client, true)
	report(t, script.Client, suite.Run(play.OfClients(context.Background(), clients, play.Options{})))
}

// trusting gives the certificates of a file to trust.
func trusting(t *testing.T, certificate string) *x509.CertPool {
	t.Helper()
	vouch, err := os.ReadFile(certificate)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(vouch)
	return roots
}

func TestPythonCallsGoOverTLS(t *testing.T) {
	certificate, key := selfSigned(t)
	runPython(t, pythonProgram(t, "example.py", serveTLS(t, certificate, key), certificate))
}

func TestGoCallsPythonOverTLS(t *testing.T) {
	certificate, key := selfSigned(t)
	addr, _ := servePython(t, "tls://127.0.0.1:0", certificate, key)
	client, err := engine.NewClient(engine.ClientConfig{
		Addrs: []string{addr}, Transport: transport.Config{TLS: &tls.Config{RootCAs: trusting(t, certificate)}},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	got, err := engine.Call[string](t.Context(), client.Service("lever://127.0.0.1/conformance").Method("echo"), "over TLS")
	if err != nil || got != "over TLS" {
		t.Errorf("got %q, %v", got, err)
	}
}
