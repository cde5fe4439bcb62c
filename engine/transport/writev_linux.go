package transport

import (
	"syscall"
	"unsafe"
)

// mostVec is how many slices one system call takes: the kernel's limit.
const mostVec = 1024

// tryWritev is tryWrite of several slices.
func (w *rawWrite) tryWritev(vec [][]byte) (int, error) {
	w.vec = w.vec[:0]
	for _, p := range vec[:min(len(vec), mostVec)] {
		if len(p) > 0 {
			v := syscall.Iovec{Base: unsafe.SliceData(p)}
			v.SetLen(len(p))
			w.vec = append(w.vec, v)
		}
	}
	if w.doVec == nil {
		w.doVec = w.attemptVec
	}
	w.n, w.err = 0, nil
	err := w.raw.Write(w.doVec)
	clear(w.vec)
	if err == nil {
		err = w.err
	}
	return w.n, err
}

// attemptVec makes one attempt. What that leaves is not worth another: the kernel's buffer is full.
func (w *rawWrite) attemptVec(fd uintptr) bool {
	w.n, _, w.err = once(w.writev, fd, nil)
	return true
}

func (w *rawWrite) writev(fd int, _ []byte) (int, error) {
	n, _, errno := syscall.Syscall(syscall.SYS_WRITEV, uintptr(fd),
		uintptr(unsafe.Pointer(unsafe.SliceData(w.vec))), uintptr(len(w.vec)))
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}

// vector is what tryWritev needs.
type vector struct {
	vec   []syscall.Iovec
	doVec func(fd uintptr) bool
}
