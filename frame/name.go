package frame

import "bytes"

// Sizes of a method's whole name, "service/method".
const (
	MinService = 3
	MaxService = 255
	MaxMethod  = 255
	MinName    = MinService + 1 + 1
	MaxName    = MaxService + 1 + MaxMethod
)

// CheckName reports what is wrong with a method's whole name, or nil. SPEC 9.1: a service of 3 to
// 255 bytes of [A-Za-z0-9._-] that does not begin with '.' or '-', one '/', a method of 1 to 255
// bytes of [A-Za-z0-9_.-]. Names are compared byte by byte.
func CheckName(name []byte) error {
	slash := bytes.IndexByte(name, '/')
	if slash < 0 {
		return malformed(len(name), "name has no '/', expected service/method")
	}
	if slash < MinService || slash > MaxService {
		return malformed(0, "name has a service of %d bytes, expected %d to %d",
			slash, MinService, MaxService)
	}
	if name[0] == '.' || name[0] == '-' {
		return malformed(0, "name begins with %q, expected a letter, a digit or '_'", name[0])
	}
	if method := len(name) - slash - 1; method < 1 || method > MaxMethod {
		return malformed(slash+1, "name has a method of %d bytes, expected 1 to %d",
			method, MaxMethod)
	}
	for i, c := range name {
		if i != slash && !nameByte[c] {
			return malformed(i, "name has the byte 0x%02x, expected A-Z a-z 0-9 . _ -", c)
		}
	}
	return nil
}

// nameByte is true for the bytes of services and methods.
var nameByte = func() (t [256]bool) {
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") {
		t[c] = true
	}
	return t
}()
