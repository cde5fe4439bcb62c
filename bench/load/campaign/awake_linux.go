package campaign

import (
	"syscall"
	"unsafe"
)

// lowestPriority lets this thread run only where no other wants to.
func lowestPriority() error {
	const schedIdle = 5
	var param struct{ priority int32 }
	_, _, errno := syscall.RawSyscall(syscall.SYS_SCHED_SETSCHEDULER, 0, schedIdle,
		uintptr(unsafe.Pointer(&param)))
	if errno != 0 {
		return errno
	}
	return nil
}
