package campaign

import (
	"errors"

	"github.com/leverrpc/lever/bench/load/meter"
)

// marks looks at both processes when a turn begins to count and when it ends.
type marks struct {
	server         *process
	profile        string // begin of the names of the profiles; empty: none
	own            profile
	client, served [2]meter.Usage
}

// mark is called at both moments. The profiles lie within the measured time; what they cost is
// part of the figures.
func (m *marks) mark(end bool) error {
	if !end {
		if err := m.profiles("profile "+m.profile+"-server", m.own.begin); err != nil {
			return err
		}
		return m.look(0)
	}
	return errors.Join(m.look(1), m.profiles("profile", func(string) error { return m.own.end() }))
}

// look notes what both processes have used.
func (m *marks) look(i int) (err error) {
	if m.server.cmd != nil {
		m.served[i], err = m.server.ask("usage")
	}
	m.client[i] = meter.ReadUsage()
	return err
}

// profiles begins or ends the profiles of both sides, if they are wanted.
func (m *marks) profiles(line string, own func(path string) error) (err error) {
	if m.profile == "" {
		return nil
	}
	if m.server.cmd != nil {
		_, err = m.server.ask(line)
	}
	return errors.Join(err, own(m.profile+"-client"))
}
