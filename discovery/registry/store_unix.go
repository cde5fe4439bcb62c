//go:build unix

package registry

import (
	"errors"
	"os"
)

// syncDir makes a rename in a folder outlive a loss of power.
func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}
