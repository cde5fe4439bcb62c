package frame

import "encoding/binary"

// The extensions of version 1. Ids below 0x80 are critical: a receiver that does not know one fails
// the call. Ids from 0x80 on are ignorable. SPEC 15.5.
const (
	ExtResource       = 0x01 // the resource, decoded UTF-8
	ExtView           = 0x02 // u64 epoch and u64 digest of the sender's view of the instances
	ExtCompression    = 0x03 // reserved; refused
	ExtTrace          = 0x81 // W3C trace context
	ExtMetadata       = 0x82 // pairs {u8 size, key, u16 size, value}
	ExtIdempotencyKey = 0x83 // 16 bytes
	ExtAttempt        = 0x84 // u8: which attempt, the first retry is 1
	ExtOwner          = 0x85 // the id of the instance that owns the resource
)

// Limits of an extension block.
const (
	MaxExtBlock   = 4096 // bytes, both as sent and as counted with ExtOverhead
	MaxExtEntries = 64
	ExtOverhead   = 32 // added to each value's size when a block is counted

	extHead          = 3
	firstIgnorableID = 0x80
)

// Extension is one entry of an extension block. Value is lent.
type Extension struct {
	ID    uint8
	Value []byte
}

// AppendExtension writes one entry to the end of a block. Value holds at most 4,064 bytes, and
// whoever builds a block sees to the limits that CheckExtensions checks.
func AppendExtension(dst []byte, id uint8, value []byte) []byte {
	dst = append(dst, id, byte(len(value)), byte(len(value)>>8))
	return append(dst, value...)
}

// ConsumeExtension reads the first entry of b. n is its size, 0 at the end of the block, and
// negative if b is cut short.
func ConsumeExtension(b []byte) (e Extension, n int) {
	if len(b) == 0 {
		return Extension{}, 0
	}
	if len(b) < extHead {
		return Extension{}, -1
	}
	end := extHead + int(binary.LittleEndian.Uint16(b[1:]))
	if end > len(b) {
		return Extension{}, -1
	}
	return Extension{ID: b[0], Value: b[extHead:end:end]}, end
}

// FindExtension gives the value of the first entry with this id. A block that CheckExtensions
// accepted has at most one.
func FindExtension(block []byte, id uint8) (value []byte, ok bool) {
	for {
		e, n := ConsumeExtension(block)
		if n <= 0 {
			return nil, false
		}
		if e.ID == id {
			return e.Value, true
		}
		block = block[n:]
	}
}

// CheckExtensions applies all rules of a block: its size, the number of entries, their size counted
// with overhead, no id twice, and no critical id that is unknown. An error is a *Malformed and
// fails the call alone.
func CheckExtensions(block []byte) error {
	if len(block) > MaxExtBlock {
		return malformed(0, "extension block has %d bytes, at most %d", len(block), MaxExtBlock)
	}
	var seen [256 / 64]uint64
	entries, counted := 0, 0
	for offset := 0; ; {
		e, n := ConsumeExtension(block[offset:])
		if n == 0 {
			return nil
		}
		if n < 0 {
			return malformed(offset, "extension is cut short, %d bytes are left", len(block)-offset)
		}
		entries++
		counted += len(e.Value) + ExtOverhead
		if err := checkExtension(e, offset, entries, counted); err != nil {
			return err
		}
		if seen[e.ID/64]&(1<<(e.ID%64)) != 0 {
			return malformed(offset, "extension 0x%02x comes twice", e.ID)
		}
		seen[e.ID/64] |= 1 << (e.ID % 64)
		offset += n
	}
}

// checkExtension applies the rules that concern one entry and the sums so far.
func checkExtension(e Extension, offset, entries, counted int) error {
	switch {
	case entries > MaxExtEntries:
		return malformed(offset, "extension block has more than %d entries", MaxExtEntries)
	case counted > MaxExtBlock:
		return malformed(offset, "extension block counts %d with %d for each entry, at most %d",
			counted, ExtOverhead, MaxExtBlock)
	case e.ID == ExtCompression:
		return malformed(offset, "extension 0x03 (COMPRESSION) is reserved and not supported")
	case e.ID < firstIgnorableID && e.ID != ExtResource && e.ID != ExtView:
		return malformed(offset, "extension 0x%02x is critical and not known", e.ID)
	}
	return nil
}
