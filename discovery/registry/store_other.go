//go:build !unix

package registry

// syncDir does nothing: elsewhere folders cannot be synced.
func syncDir(string) error { return nil }
