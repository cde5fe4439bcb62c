package campaign

import (
	"errors"
	"io"
	"os"
	"runtime/pprof"
)

// profile is a profile of this process, or the lack of one: of its processor time while it is on,
// and at its end of everything that was allocated since the process began.
type profile struct {
	path string // begin of the files' names
	cpu  *os.File
}

// begin starts to write.
func (p *profile) begin(path string) error {
	file, err := os.Create(path + ".cpu")
	if err != nil {
		return err
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		return errors.Join(err, file.Close())
	}
	p.path, p.cpu = path, file
	return nil
}

// end finishes the profile, if there is one.
func (p *profile) end() error {
	if p.cpu == nil {
		return nil
	}
	pprof.StopCPUProfile()
	err := p.cpu.Close()
	p.cpu = nil
	return errors.Join(err, toFile(p.path+".allocs", func(w io.Writer) error {
		return pprof.Lookup("allocs").WriteTo(w, 0)
	}))
}
