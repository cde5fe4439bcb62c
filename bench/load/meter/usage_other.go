//go:build !unix

package meter

// readSystem knows nothing on this system.
func (u *Usage) readSystem() {}
