package engine

import (
	"crypto/tls"
	"fmt"
	"net"
	"strings"
)

// caller is who calls over a connection, as far as that is known.
type caller struct {
	// name is who is proved, or else says, to be calling. A key is the caller's own by it, and it
	// is the same again on the caller's next connection.
	name string

	// account is whose share of the server's memory the caller uses up. Who proves nothing has
	// that of the host, as there may be any number of announced names.
	account string
}

// caller finds out once for a connection who calls.
func (c *serverConn) caller() *caller {
	if c.who == nil {
		c.who = c.identify()
	}
	return c.who
}

func (c *serverConn) identify() *caller {
	if name := admitted(c.identity); name != "" {
		return &caller{name, name}
	}
	if name := certified(c.conn.TLS()); name != "" {
		return &caller{name, name}
	}
	const announced, host = "announced\x00", "host\x00"
	who := &caller{name: announced + c.env + "\x00" + c.peer, account: host}
	if addr := c.conn.RemoteAddr(); addr != nil {
		text, _, err := net.SplitHostPort(addr.String())
		if err != nil { // a unix socket
			text = addr.String()
		}
		who.account += text
	}
	return who
}

// admitted gives the name of what Admit made of the caller, or nothing if that has none.
func admitted(identity any) string {
	const prefix = "admitted\x00"
	switch identity := identity.(type) {
	case string:
		return prefix + identity
	case fmt.Stringer:
		return prefix + identity.String()
	}
	return ""
}

// certified gives the names in the peer's verified certificate, or nothing. It is the names that
// count and not the certificate, which may be renewed between two connections.
func certified(state *tls.ConnectionState) string {
	if state == nil || len(state.VerifiedChains) == 0 {
		return ""
	}
	leaf := state.VerifiedChains[0][0]
	names := []string{"certified", string(leaf.RawIssuer), string(leaf.RawSubject)}
	names = append(append(names, leaf.DNSNames...), leaf.EmailAddresses...)
	for _, u := range leaf.URIs {
		names = append(names, u.String())
	}
	for _, ip := range leaf.IPAddresses {
		names = append(names, ip.String())
	}
	return strings.Join(names, "\x00")
}
