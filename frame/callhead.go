package frame

import "encoding/binary"

// sizePrefix is the u16 in front of a name or an extension block.
const sizePrefix = 2

// CallHead is what precedes the arguments in the first frame of a call. Both slices are lent.
type CallHead struct {
	Name []byte // service/method, nil if the header's code is a bound number
	Ext  []byte // extension block, nil without the flag Ext
}

// AppendCallHead writes the head of a CALL payload: the name if code is 0, and the extension block
// if it is not empty, in which case the header must have the flag Ext. name must satisfy CheckName
// and ext CheckExtensions.
func AppendCallHead(dst []byte, code uint16, name string, ext []byte) []byte {
	if code == 0 {
		dst = binary.LittleEndian.AppendUint16(dst, uint16(len(name)))
		dst = append(dst, name...)
	}
	return AppendResultHead(dst, ext)
}

// AppendResultHead writes the head of a RESULT payload: the extension block if it is not empty, in
// which case the header must have the flag Ext.
func AppendResultHead(dst, ext []byte) []byte {
	if len(ext) == 0 {
		return dst
	}
	dst = binary.LittleEndian.AppendUint16(dst, uint16(len(ext)))
	return append(dst, ext...)
}

// ConsumeCallHead reads the head from the payload of a CALL; the arguments begin at n. The head
// lies whole in the first frame. An error is a *Malformed, and fails the call alone. The name's
// length is checked but not its bytes: a name that is not in the table of methods is wrong in
// either case, and CheckName then says which.
func ConsumeCallHead(h Header, p []byte) (head CallHead, n int, err error) {
	if h.Code == 0 {
		if len(p) < sizePrefix {
			return CallHead{}, 0, malformed(0, "call head has %d bytes, expected a name's size (2)",
				len(p))
		}
		size := int(binary.LittleEndian.Uint16(p))
		if size < MinName || size > MaxName {
			return CallHead{}, 0, malformed(0, "call head has a name of %d bytes, expected %d to %d",
				size, MinName, MaxName)
		}
		if size > len(p)-sizePrefix {
			return CallHead{}, 0, malformed(0, "call head has a name of %d bytes, %d are left",
				size, len(p)-sizePrefix)
		}
		n = sizePrefix + size
		head.Name = p[sizePrefix:n:n]
	}
	head.Ext, n, err = consumeExtBlock(h.Flags, p, n)
	if err != nil {
		return CallHead{}, 0, err
	}
	return head, n, nil
}

// ConsumeResultHead reads the head from the payload of a RESULT; the value begins at n. An error is
// a *Malformed, and ends the call alone.
func ConsumeResultHead(h Header, p []byte) (ext []byte, n int, err error) {
	return consumeExtBlock(h.Flags, p, 0)
}

// consumeExtBlock reads the extension block that begins at offset n of p if the flags tell of one.
func consumeExtBlock(f Flags, p []byte, n int) (ext []byte, end int, err error) {
	if f&Ext == 0 {
		return nil, n, nil
	}
	rest := p[n:]
	if len(rest) < sizePrefix {
		return nil, 0, malformed(n, "head has %d bytes, expected an extension block's size (2)",
			len(rest))
	}
	size := int(binary.LittleEndian.Uint16(rest))
	if size > MaxExtBlock {
		return nil, 0, malformed(n, "head has an extension block of %d bytes, at most %d",
			size, MaxExtBlock)
	}
	if size > len(rest)-sizePrefix {
		return nil, 0, malformed(n, "head has an extension block of %d bytes, %d are left",
			size, len(rest)-sizePrefix)
	}
	end = n + sizePrefix + size
	return p[n+sizePrefix : end : end], end, nil
}
