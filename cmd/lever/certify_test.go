package main

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"path/filepath"
	"testing"
)

func TestCertify(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "here")
	if err := certify(dir, []string{"localhost", "127.0.0.1", ""}); err != nil {
		t.Fatal(err)
	}
	authorities := x509.NewCertPool()
	ca := readFile(t, dir, "ca.pem")
	if !authorities.AppendCertsFromPEM(ca) {
		t.Fatal("ca.pem holds no certificate")
	}
	for _, name := range []string{"server", "client"} {
		base := filepath.Join(dir, name)
		pair, err := tls.LoadX509KeyPair(base+".pem", base+".key")
		if err != nil {
			t.Fatal(err)
		}
		for _, host := range []string{"localhost", "127.0.0.1"} {
			if err := verify(pair.Leaf, authorities, host); err != nil {
				t.Errorf("%s for %s: %v", name, host, err)
			}
		}
		if verify(pair.Leaf, authorities, "other") == nil {
			t.Errorf("%s is good for any host", name)
		}
		info, err := os.Stat(base + ".key")
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s.key: got mode %v (%v), want 0600", name, info.Mode(), err)
		}
	}
	if err := certify(dir, nil); err != nil {
		t.Fatal(err)
	}
	if again := readFile(t, dir, "ca.pem"); string(again) != string(ca) {
		t.Error("the second call made another authority")
	}
}

// verify checks a certificate for a host.
func verify(cert *x509.Certificate, authorities *x509.CertPool, host string) error {
	_, err := cert.Verify(x509.VerifyOptions{
		Roots:     authorities,
		DNSName:   host,
		KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
	})
	return err
}

// readFile gives a file's content.
func readFile(t *testing.T, path ...string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(path...))
	if err != nil {
		t.Fatal(err)
	}
	return b
}
