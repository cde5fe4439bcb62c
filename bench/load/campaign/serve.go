package campaign

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/leverrpc/lever/bench/load/meter"
)

// answer is a line that the server process says: first its address, then one for each line it
// is told.
//
//	usage          what the process has used
//	collect        the same, after everything that can be freed was
//	profile FILE   begin to profile into files whose names begin with FILE
//	profile        end that
type answer struct {
	Addr  string       `json:",omitempty"`
	Error string       `json:",omitempty"`
	Usage *meter.Usage `json:",omitempty"`
}

// serveMax is when a server process gives up, whatever became of the one that started it.
const serveMax = 30 * time.Minute

// serve is the server process of a target. It ends when in does.
func serve(t *Target, in io.Reader, out io.Writer) error {
	time.AfterFunc(serveMax, func() { os.Exit(1) })
	say := json.NewEncoder(out)
	addr, err := t.Serve()
	if err != nil {
		return say.Encode(answer{Error: err.Error()})
	}
	if err := say.Encode(answer{Addr: addr}); err != nil {
		return err
	}
	var p profile
	for lines := bufio.NewScanner(in); lines.Scan(); {
		if err := say.Encode(obey(lines.Text(), &p)); err != nil {
			return err
		}
	}
	return p.end()
}

// obey carries a line out.
func obey(line string, p *profile) (a answer) {
	word, rest, _ := strings.Cut(line, " ")
	var err error
	switch {
	case word == "usage":
	case word == "collect":
		debug.FreeOSMemory()
	case word == "profile" && rest != "":
		err = p.begin(rest)
	case word == "profile":
		err = p.end()
	default:
		err = fmt.Errorf("no command %q", line)
	}
	if err != nil {
		a.Error = err.Error()
		return a
	}
	u := meter.ReadUsage()
	a.Usage = &u
	return a
}
