package wire

// BackWriter is what the methods of [Generated] write to, back to front: what stands last is written
// first. It remembers that something could not be written, and goes on; nothing that was written is
// used then. It belongs to one encoding, on one goroutine.
//
// Methods take n, where what is written begins so far, write in front of it and return the new n;
// 0 is the end of the message, and n is never positive. They make the room that they need, and so
// many bytes in front of it as the argument room says, for [Unchecked], which has no way to make
// any. What they return is the only one to go on with.
type BackWriter encoder

// Open opens a struct in which containers stand inside each other down to the given levels, itself
// included, without being opened in turn. If it is false the struct is not to be written.
func (w *BackWriter) Open(n, levels, room int) (u Unchecked, ok bool) {
	if w.depth+levels > MaxDepth {
		(*encoder)(w).abandon()
		return Unchecked{w.top}, false
	}
	w.depth++
	return w.Room(n, room), true
}

// Close ends the struct that was opened last. Its header is written with [Unchecked].
func (w *BackWriter) Close() { w.depth-- }

// Enter says that k containers more are open. Those that Open has counted need it only where others
// are opened in them.
func (w *BackWriter) Enter(k int) { w.depth += k }

// Room makes room for size bytes in front of n.
func (w *BackWriter) Room(n, size int) Unchecked {
	if n-size < w.floor {
		(*encoder)(w).grow(n, size)
	}
	return Unchecked{w.top}
}

// List writes the header of an array of count elements, more than 0, from n to end.
func (w *BackWriter) List(n, end, count, room int) (Unchecked, int) {
	if size := end - n; size < varintTwo && count <= shortCountMax && n-2-room >= w.floor {
		put16(w.top, n-2, tagArray|uint16(count)|uint16(size)<<8)
		return Unchecked{w.top}, n - 2
	}
	if count > MaxSize {
		(*encoder)(w).abandon()
		return w.Room(n, room), n
	}
	w.Room(n, headRoom+room)
	return Unchecked{w.top}, backHead(w.top, n, end, tagArray, count)
}

// Float writes a number. There is room for it.
func (w *BackWriter) Float(n int, v float64) int {
	if v-v != 0 {
		(*encoder)(w).abandon()
		return n
	}
	return backFloat(w.top, n, v)
}

// Texts writes a list of strings that has some.
func (w *BackWriter) Texts(n int, list []string, room int) (Unchecked, int) {
	end := n
	for i := len(list) - 1; i >= 0; i-- {
		_, n = w.Text(n, list[i], 0)
	}
	return w.List(n, end, len(list), room)
}

// TextMap writes a map of strings.
func (w *BackWriter) TextMap(n int, m map[string]string, room int) (Unchecked, int) {
	e := (*encoder)(w)
	end := n
	switch {
	case m == nil:
		n = e.tag(n, tagNull)
	case len(m) == 0:
		n = e.tag(n, tagObject)
	default:
		if n = e.texts(n, m); n == fault {
			e.abandon()
			return w.Room(end, room), end
		}
		w.Room(n, headRoom)
		n = backHead(w.top, n, end, tagObject, len(m))
	}
	return w.Room(n, room), n
}

// Text writes a string.
func (w *BackWriter) Text(n int, s string, room int) (Unchecked, int) {
	size := len(s)
	if size >= varintTwo || n-size-textRoom-room < w.floor {
		return w.longText(n, s, room)
	}
	// This is copyText, which would cost a call.
	p, src, high := w.top, data(s), uint64(0)
	switch {
	case size > 32:
		for i := 0; i < size-32; i += 32 {
			high |= copy16(p, n-size+i, src, i) | copy16(p, n-size+i+16, src, i+16)
		}
		high |= copy16(p, n-32, src, size-32) | copy16(p, n-16, src, size-16)
	case size > 16:
		high = copy16(p, n-size, src, 0) | copy16(p, n-16, src, size-16)
	case size >= 8:
		high = copyTwice(p, n, src, size)
	case size >= 4:
		high = fewBytes(src, size)
		put64(p, n-8, high)
	case size > 0:
		high = threeBytes(src, size)
		put64(p, n-8, high)
	}
	if high&highBits != 0 {
		return w.longText(n, s, room)
	}
	if size <= shortTextMax {
		n -= size + 1
		put8(p, n, tagText|byte(size))
		return Unchecked{p}, n
	}
	n -= size + 2
	put16(p, n, tagLongText|uint16(size)<<8)
	return Unchecked{p}, n
}

func (w *BackWriter) longText(n int, s string, room int) (Unchecked, int) {
	e := (*encoder)(w)
	if at := e.string(n, s); at != fault {
		n = at
	} else {
		e.abandon()
	}
	return w.Room(n, room), n
}
