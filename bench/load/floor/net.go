package floor

import "net"

// serveNet accepts on a port of the system's choice and gives each connection a goroutine.
func serveNet() (addr string, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return // the process ends
			}
			go echo(c)
		}
	}()
	return l.Addr().String(), nil
}

// echo sends all whole messages of a read back in one write.
func echo(c net.Conn) {
	defer c.Close()
	var h holder
	p := make([]byte, 64<<10)
	for {
		room := h.room(p)
		n, err := c.Read(room)
		if err != nil {
			return
		}
		whole, err := h.take(room[:n])
		if len(whole) > 0 {
			if _, err := c.Write(whole); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}
