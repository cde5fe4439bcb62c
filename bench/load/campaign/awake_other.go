//go:build !linux

package campaign

func lowestPriority() error { return errNoPriority }
