package file

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/leverrpc/lever/discovery"
)

// Write puts a directory into the file at path, in one step: whoever reads it sees all of the old
// document or all of the new one, also if the machine loses power meanwhile. A directory that does
// not pass its Check is refused. The file has the mode of the one that it replaces, or 0644.
func Write(path string, d discovery.Directory) error {
	text, err := d.Append(nil)
	if err == nil {
		err = replace(path, text)
	}
	if err != nil {
		return fmt.Errorf("discovery/file: write: %w", err)
	}
	return nil
}

// replace renames a new file over path, which must be in the same folder for that to be one step.
// A link is followed, so as not to cut it.
func replace(path string, text []byte) (err error) {
	if to, err := filepath.EvalSymlinks(path); err == nil {
		path = to
	}
	mode := os.FileMode(0o644)
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	_, err = f.Write(text)
	if err == nil {
		err = f.Chmod(mode)
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	syncFolder(filepath.Dir(path))
	return nil
}

// syncFolder makes the rename last, where the system has a way to: some refuse to sync a folder,
// and then they need not be asked.
func syncFolder(path string) {
	if f, err := os.Open(path); err == nil {
		_ = f.Sync()
		_ = f.Close()
	}
}
