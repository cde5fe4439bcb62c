package main

import (
	"crypto/tls"
	"crypto/x509"
	"flag"
	"fmt"
	"os"
)

// clientSecurity is what a caller says about TLS.
type clientSecurity struct {
	prefix        string // of the flags' names
	ca, cert, key string
	insecure      bool
}

// declare adds the flags. Those of the command's main business have no prefix.
func (s *clientSecurity) declare(fs *flag.FlagSet, prefix string) {
	s.prefix = prefix
	fs.StringVar(&s.ca, prefix+"ca", "",
		"trust the certificates in `FILE`, not those of the system (tls)")
	fs.StringVar(&s.cert, prefix+"cert", "", "show the certificate in `FILE` (tls)")
	fs.StringVar(&s.key, prefix+"key", "", "the private `FILE` of --"+prefix+"cert (tls)")
	fs.BoolVar(&s.insecure, prefix+"insecure", false, "trust any server (tls)")
}

// of gives what dials addresses; nil: none of them wants TLS. dialled names their flag.
func (s *clientSecurity) of(w *world, addrs addresses, dialled string) (*tls.Config, error) {
	if addrs.encrypted() {
		if s.insecure {
			w.note("lever: --%sinsecure: whoever answers is trusted", s.prefix)
		}
		return s.config()
	}
	if *s != (clientSecurity{prefix: s.prefix}) {
		return nil, misuse("--%[1]sca, --%[1]scert, --%[1]skey and --%[1]sinsecure need %s tls://HOST:PORT",
			s.prefix, dialled)
	}
	return nil, nil
}

// config reads the files.
func (s *clientSecurity) config() (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS13, InsecureSkipVerify: s.insecure}
	cert, key, ca := "--"+s.prefix+"cert", "--"+s.prefix+"key", "--"+s.prefix+"ca"
	var err error
	if config.Certificates, err = loadPair(cert, s.cert, key, s.key); err != nil {
		return nil, err
	}
	if config.RootCAs, err = loadAuthorities(ca, s.ca); err != nil {
		return nil, err
	}
	return config, nil
}

// serverSecurity is what a server says about TLS.
type serverSecurity struct {
	cert, key, clientCA, selfSigned string
}

// declare adds the flags.
func (s *serverSecurity) declare(fs *flag.FlagSet) {
	fs.StringVar(&s.cert, "tls-cert", "", "the server's certificate in `FILE`")
	fs.StringVar(&s.key, "tls-key", "", "the private `FILE` of --tls-cert")
	fs.StringVar(&s.clientCA, "tls-client-ca", "",
		"demand client certificates of the authorities in `FILE`")
	fs.StringVar(&s.selfSigned, "tls-self-signed", "",
		"for tries: keep ca, server and client certificates in `DIR`, made at need")
}

// of gives what serves addresses; nil: none of them wants TLS.
func (s *serverSecurity) of(listen addresses) (*tls.Config, error) {
	if listen.encrypted() {
		return s.config(listen.hosts())
	}
	if *s != (serverSecurity{}) {
		return nil, misuse("the --tls flags need an address to --listen on that begins with tls://")
	}
	return nil, nil
}

// config reads the files, and makes them first if they are to be self-signed for the hosts.
func (s *serverSecurity) config(hosts []string) (*tls.Config, error) {
	if s.selfSigned != "" {
		if s.cert != "" || s.key != "" {
			return nil, misuse("--tls-self-signed and --tls-cert exclude each other")
		}
		if err := certify(s.selfSigned, hosts); err != nil {
			return nil, err
		}
		s.cert, s.key = s.selfSigned+"/server.pem", s.selfSigned+"/server.key"
	}
	if s.cert == "" && s.key == "" {
		return nil, misuse("a tls address needs --tls-cert and --tls-key, " +
			"or --tls-self-signed DIR for tries")
	}
	pair, err := loadPair("--tls-cert", s.cert, "--tls-key", s.key)
	if err != nil {
		return nil, err
	}
	config := &tls.Config{MinVersion: tls.VersionTLS13, Certificates: pair}
	if config.ClientCAs, err = loadAuthorities("--tls-client-ca", s.clientCA); err != nil {
		return nil, err
	}
	if config.ClientCAs != nil {
		config.ClientAuth = tls.RequireAndVerifyClientCert
	}
	return config, nil
}

// loadPair reads a certificate and its key: both files or neither.
func loadPair(certFlag, cert, keyFlag, key string) ([]tls.Certificate, error) {
	switch {
	case cert == "" && key == "":
		return nil, nil
	case key == "":
		return nil, misuse("%s needs %s", certFlag, keyFlag)
	case cert == "":
		return nil, misuse("%s needs %s", keyFlag, certFlag)
	}
	pair, err := tls.LoadX509KeyPair(cert, key)
	if err != nil {
		return nil, fmt.Errorf("%s %s, %s %s: %w", certFlag, cert, keyFlag, key, err)
	}
	return []tls.Certificate{pair}, nil
}

// loadAuthorities reads certificates to trust; nil without a file.
func loadAuthorities(name, file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s: %s holds no certificate", name, file)
	}
	return pool, nil
}
