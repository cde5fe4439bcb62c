package registry

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/leverrpc/lever/wire"
)

// store keeps records in a file that is only ever appended to:
//
//	"LEVER REGISTRY 1\n" │ record │ record │ …
//
//	record = u32 size, u32 CRC-32C of what follows, a value of size bytes
//
// The last record of a service counts; one without members only says that epochs have come so far.
// A record that is cut short at the end was being written
// when the process died, and nobody has been told what it says. The file is written anew, beside
// itself, when most of it is out of date. Owned by one goroutine.
type store struct {
	path  string
	lock  *os.File          // keeps other registries away; nil: the system has no such locks
	file  *os.File          // nil: it has to be made anew
	size  int64             // of the file; what is behind it is from a write that failed
	live  map[string][]byte // by target: the last record, as it is in the file
	used  int64             // bytes of live
	floor uint64            // the highest epoch of a service without members
}

const (
	storeMagic = "LEVER REGISTRY 1\n"
	recordHead = 8

	// storeSlack is how much out of date the file may be before it is written anew, besides as much
	// as is not.
	storeSlack = 1 << 20
	// storeMost bounds what is read: more than this is no state.
	storeMost = 1 << 30
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// openStore opens the state at path, and gives what it has: nil if there is none yet. It is an error
// if another registry has it open.
func openStore(path string) (*store, []record, error) {
	s := &store{path: path, live: map[string][]byte{}}
	known, err := s.open()
	if err != nil {
		return nil, nil, fmt.Errorf("registry: state %s: %w", path, errors.Join(err, s.close()))
	}
	return s, known, nil
}

// open takes the state for this registry, and makes the file anew.
func (s *store) open() (known []record, err error) {
	if s.lock, err = lockState(s.path); err != nil {
		return nil, err
	}
	if known, err = s.load(); err != nil {
		return nil, err
	}
	return known, s.rewrite()
}

// save writes records down. They are on the disk when it returns without an error; after one they
// may be there too.
func (s *store) save(records []record) error {
	var all []byte
	for _, r := range records {
		entry, err := appendRecord(nil, r)
		if err != nil {
			return fmt.Errorf("registry: state %s: %s: %w", s.path, r.Target, err)
		}
		all = append(all, entry...)
		s.note(r, entry)
	}
	var err error
	if s.file == nil || s.size+int64(len(all)) > 2*s.used+storeSlack {
		err = s.rewrite()
	} else {
		err = s.write(all)
	}
	if err != nil {
		return fmt.Errorf("registry: state %s: %w", s.path, err)
	}
	return nil
}

// write appends to the file.
func (s *store) write(b []byte) error {
	if _, err := s.file.WriteAt(b, s.size); err != nil {
		return err
	}
	if err := s.file.Sync(); err != nil {
		return err
	}
	s.size += int64(len(b))
	return nil
}

// close lets the state go.
func (s *store) close() (err error) {
	if s.file != nil {
		err = s.file.Close()
	}
	if s.lock != nil {
		err = errors.Join(err, s.lock.Close())
	}
	return err
}

// note makes entry the last record of its service.
func (s *store) note(r record, entry []byte) {
	s.used -= int64(len(s.live[r.Target]))
	delete(s.live, r.Target)
	if len(r.Members) == 0 {
		s.floor = max(s.floor, r.Epoch)
		return
	}
	s.live[r.Target] = entry
	s.used += int64(len(entry))
}

// load reads the file. known is nil if there is none.
func (s *store) load() (known []record, err error) {
	f, err := os.Open(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, storeMost+1))
	if err != nil {
		return nil, err
	}
	records, err := s.parse(b)
	return append(slices.Collect(maps.Values(records)), record{Epoch: s.floor}), err
}

// parse gives the last record of each service that has members.
func (s *store) parse(b []byte) (map[string]record, error) {
	rest, ok := bytes.CutPrefix(b, []byte(storeMagic))
	if !ok || len(b) > storeMost {
		return nil, fmt.Errorf("this is no state of a registry: it begins with %.17q", b)
	}
	records := map[string]record{}
	for len(rest) > 0 {
		at := len(b) - len(rest)
		r, n, err := consumeRecord(rest)
		if err != nil {
			return nil, fmt.Errorf("offset %d: %w", at, err)
		}
		if n == 0 {
			break // cut short
		}
		s.note(r, bytes.Clone(rest[:n]))
		if records[r.Target] = r; len(r.Members) == 0 {
			delete(records, r.Target)
		}
		rest = rest[n:]
	}
	return records, nil
}

// rewrite makes the file anew, of live records only.
func (s *store) rewrite() error {
	all, err := appendRecord([]byte(storeMagic), record{Epoch: s.floor})
	if err != nil {
		return err
	}
	for _, entry := range s.live {
		all = append(all, entry...)
	}
	draft, err := writeBeside(s.path, all)
	if err != nil {
		return err
	}
	if s.file != nil { // some systems rename nothing onto a file that is open
		_ = s.file.Close() // all that it has is in the draft
		s.file = nil
	}
	if err := os.Rename(draft, s.path); err != nil {
		return errors.Join(err, os.Remove(draft))
	}
	if err := syncDir(filepath.Dir(s.path)); err != nil {
		return err
	}
	s.file, err = os.OpenFile(s.path, os.O_RDWR, 0)
	s.size = int64(len(all))
	return err
}

// writeBeside writes a new file in the folder of path, and gives its name.
func writeBeside(path string, b []byte) (string, error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return "", err
	}
	_, err = f.Write(b)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return f.Name(), nil
}

// appendRecord writes a record to the end of dst.
func appendRecord(dst []byte, r record) ([]byte, error) {
	value, err := wire.Append(nil, r)
	if err != nil {
		return dst, err
	}
	dst = binary.LittleEndian.AppendUint32(dst, uint32(len(value)))
	dst = binary.LittleEndian.AppendUint32(dst, crc32.Checksum(value, castagnoli))
	return append(dst, value...), nil
}

// consumeRecord reads a record from the beginning of b. n = 0: it is cut short.
func consumeRecord(b []byte) (r record, n int, err error) {
	if len(b) < recordHead {
		return r, 0, nil
	}
	size := uint64(binary.LittleEndian.Uint32(b))
	if size > uint64(len(b)-recordHead) || size == 0 && len(bytes.Trim(b, "\x00")) == 0 {
		return r, 0, nil // after a loss of power a file may end with zeros
	}
	n = recordHead + int(size)
	value := b[recordHead:n]
	if crc32.Checksum(value, castagnoli) != binary.LittleEndian.Uint32(b[4:]) {
		if n == len(b) {
			return r, 0, nil // the last one: its end may not have come to the disk
		}
		return r, 0, errors.New("a record is damaged")
	}
	if err := wire.Unmarshal(value, &r); err != nil {
		return r, 0, err
	}
	return r, n, nil
}
