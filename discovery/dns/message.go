package dns

import (
	"encoding/binary"
	"time"
)

// A message of DNS, as far as it matters here (RFC 1035, 4.1):
//
//	+----+-------+---------+---------+---------+---------+
//	| id | flags | QDCOUNT | ANCOUNT | NSCOUNT | ARCOUNT |  12 bytes, 2 each
//	+----+-------+---------+---------+---------+---------+
//	| QDCOUNT questions:  name, type (2), class (2)      |
//	| ANCOUNT answers:    name, type (2), class (2),     |
//	|                     TTL (4), length (2), data      |
//	| ...                                                |
//	+----------------------------------------------------+
//
// A name is labels, each a length below 64 and as many bytes, up to a label of length 0, or up to
// a pointer of two bytes, the first of which is 0xC0 or more.

const headerSize = 12

// isTruncated says whether the flag TC is set: there are more answers than fit. m has a header.
func isTruncated(m []byte) bool { return m[2]&2 != 0 }

// leastTTL gives the shortest TTL of the answers in a message, and a negative one if there are no
// answers. It is not ok if the message is malformed up to there.
func leastTTL(m []byte) (ttl time.Duration, ok bool) {
	if len(m) < headerSize {
		return 0, false
	}
	questions, answers := binary.BigEndian.Uint16(m[4:]), binary.BigEndian.Uint16(m[6:])
	rest := m[headerSize:]
	for range questions {
		if rest, ok = skipName(rest); !ok || len(rest) < 4 {
			return 0, false
		}
		rest = rest[4:]
	}
	ttl = -1
	for range answers {
		if rest, ok = skipName(rest); !ok || len(rest) < 10 {
			return 0, false
		}
		seconds := binary.BigEndian.Uint32(rest[4:])
		if seconds >= 1<<31 { // RFC 2181, 8: then it means zero
			seconds = 0
		}
		ttl = shorter(ttl, time.Duration(seconds)*time.Second)
		size := int(binary.BigEndian.Uint16(rest[8:]))
		if rest = rest[10:]; len(rest) < size {
			return 0, false
		}
		rest = rest[size:]
	}
	return ttl, true
}

// shorter gives the shorter of two TTLs, of which a negative one is none.
func shorter(a, b time.Duration) time.Duration {
	if a < 0 || b >= 0 && b < a {
		return b
	}
	return a
}

// skipName gives what follows the name at the beginning of b.
func skipName(b []byte) (rest []byte, ok bool) {
	for len(b) > 0 {
		switch n := int(b[0]); {
		case n == 0:
			return b[1:], true
		case n >= 0xC0 && len(b) >= 2:
			return b[2:], true
		case n < 0x40 && len(b) > n:
			b = b[1+n:]
		default:
			return nil, false
		}
	}
	return nil, false
}
