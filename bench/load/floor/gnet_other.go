//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package floor

import "errors"

func serveGnet() (string, error) {
	return "", errors.New("floor: no gnet on this system")
}
