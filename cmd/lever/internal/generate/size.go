package generate

// room is what the method of s writes without asking for room: all keys, numbers and headers of
// structs, those that stand in place included.
func (s *structure) room() int {
	n := headRoom
	for i := range s.fields {
		m := &s.fields[i]
		n += len(encodedKey(m.name)) + numberRoom
		if to := m.shape.innermost().to; to != nil && to.inPlace() {
			n += to.room()
		}
	}
	return n
}

// levels is how many containers stand inside each other in s that its method does not open by
// themselves, s included.
func (s *structure) levels() int {
	deepest := 0
	for i := range s.fields {
		deepest = max(deepest, s.fields[i].shape.levels())
	}
	return 1 + deepest
}

func (s *shape) levels() int {
	switch {
	case s.form == pointer:
		return s.elem.levels()
	case s.form == list:
		return 1 + s.elem.levels()
	case s.form == textMap:
		return 1
	case s.form == record && s.to.inPlace():
		return s.to.levels()
	}
	return 0
}

// innermost is what pointers and lists lead to.
func (s *shape) innermost() *shape {
	for s.form == pointer || s.form == list {
		s = s.elem
	}
	return s
}
