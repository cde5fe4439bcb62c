package transport

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"sync"
	"testing"
	"time"
)

// keys are one authority and certificates that it signed for a server and a client.
type keys struct {
	roots          *x509.CertPool
	server, client tls.Certificate
}

var makeKeys = sync.OnceValues(func() (k keys, err error) {
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return k, err
	}
	ca := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, ca, ca, &caKey.PublicKey, caKey)
	if err != nil {
		return k, err
	}
	root, err := x509.ParseCertificate(der)
	if err != nil {
		return k, err
	}
	k.roots = x509.NewCertPool()
	k.roots.AddCert(root)
	if k.server, err = sign("server", 2, root, caKey); err != nil {
		return k, err
	}
	k.client, err = sign("client", 3, root, caKey)
	return k, err
})

func sign(name string, serial int64, ca *x509.Certificate, caKey *ecdsa.PrivateKey) (
	tls.Certificate, error) {

	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(serial), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}, ca, &key.PublicKey, caKey)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}

// testKeys makes the keys once for all tests.
func testKeys(t *testing.T) keys {
	t.Helper()
	k, err := makeKeys()
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// serverTLS and clientTLS are the configurations of the two sides; mutual asks for the client's
// certificate, and shows it.
func serverTLS(t *testing.T, mutual bool) *tls.Config {
	k := testKeys(t)
	cfg := &tls.Config{Certificates: []tls.Certificate{k.server}}
	if mutual {
		cfg.ClientCAs, cfg.ClientAuth = k.roots, tls.RequireAndVerifyClientCert
	}
	return cfg
}

func clientTLS(t *testing.T, mutual bool) *tls.Config {
	k := testKeys(t)
	cfg := &tls.Config{RootCAs: k.roots}
	if mutual {
		cfg.Certificates = []tls.Certificate{k.client}
	}
	return cfg
}
