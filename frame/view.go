package frame

import "encoding/binary"

// View is the value of the extension VIEW: by which view of a service's instances its sender knows
// who owns what. SPEC 9.7.
type View struct {
	Epoch  uint64 // orders the views of a source; 0: it has no order
	Digest uint64 // of the instances among which the resources are shared out
}

// viewSize is the size of VIEW. It may grow: what follows is not read.
const viewSize = 16

// AppendView writes VIEW to the end of an extension block.
func AppendView(dst []byte, v View) []byte {
	dst = append(dst, ExtView, viewSize, 0)
	dst = binary.LittleEndian.AppendUint64(dst, v.Epoch)
	return binary.LittleEndian.AppendUint64(dst, v.Digest)
}

// FindView gives the VIEW of a block, the zero View if it has none. It is not ok if the value is
// too short.
func FindView(block []byte) (v View, ok bool) {
	value, found := FindExtension(block, ExtView)
	if !found {
		return View{}, true
	}
	if len(value) < viewSize {
		return View{}, false
	}
	return View{binary.LittleEndian.Uint64(value), binary.LittleEndian.Uint64(value[8:])}, true
}
