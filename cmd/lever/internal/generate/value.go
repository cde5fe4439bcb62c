package generate

// value writes one value, which is there as an expression that can be addressed. plan is the variable
// of what is left to a plan in it.
func (w *writer) value(s *shape, expr, plan string, depth int) {
	switch s.form {
	case left:
		w.byPlan(expr, plan, depth)
	case boolean:
		w.line("n = u.Bool(n, bool(%s))", expr)
	case signed, unsigned:
		w.integer(s, expr)
	case float:
		w.line("n = w.Float(n, float64(%s))", expr)
	case text:
		w.line("u, n = w.Text(n, string(%s), %d)", expr, w.room)
	case textMap:
		w.line("u, n = w.TextMap(n, %s, %d)", expr, w.room)
	case pointer:
		w.line("if p := %s; p == nil {\nn = u.Null(n)\n} else {", expr)
		if s.elem.form == record {
			w.record(s.elem.to, "p", depth)
		} else {
			w.value(s.elem, "*p", plan, depth)
		}
		w.line("}")
	case list:
		w.list(s, expr, plan, depth)
	case record:
		w.line("{\np := &%s", expr)
		w.record(s.to, "p", depth)
		w.line("}")
	}
}

// byPlan leaves a value to its plan, which opens containers by itself.
func (w *writer) byPlan(expr, plan string, depth int) {
	w.enter(depth)
	w.line("u, n = %s.Write(w, n, &%s, %d)", plan, expr, w.room)
	w.enter(-depth)
}

// enter tells how many containers are open to what counts them.
func (w *writer) enter(k int) {
	if k != 0 {
		w.line("w.Enter(%d)", k)
	}
}

func (w *writer) integer(s *shape, expr string) {
	if s.form == signed {
		w.line("switch x := uint64(int64(%s)); {", expr)
	} else {
		w.line("switch x := uint64(%s); {", expr)
	}
	w.line("case x < 64:\nn = u.Small(n, x)")
	if s.form == signed {
		w.line("case x < 1<<63:\nn = u.Wide(n, x)\ndefault:\nn = u.Negative(n, x)\n}")
	} else {
		w.line("default:\nn = u.Wide(n, x)\n}")
	}
}

// list writes a slice, back to front as well.
func (w *writer) list(s *shape, expr, plan string, depth int) {
	if s.elem.isNumber() {
		w.line("if len(%s) == 0 {\nn = u.NoItems(n, %s == nil)\n} else {", expr, expr)
		w.byPlan(expr, plan, depth)
		w.line("}")
		return
	}
	w.line("if s := %s; len(s) == 0 {\nn = u.NoItems(n, s == nil)\n} else {", expr)
	if isString(s.elem.typ) {
		w.line("u, n = w.Texts(n, s, %d)", w.room)
	} else {
		w.items(s.elem, plan, depth+1)
	}
	w.line("}")
}

func (w *writer) items(elem *shape, plan string, depth int) {
	called := elem.form == record && !elem.to.inPlace()
	if called {
		w.enter(depth)
	}
	w.line("end := n\nfor i := len(s) - 1; i >= 0; i-- {")
	switch {
	case called:
		w.line("n = s[i].WriteWire(w, n)")
	case elem.form == record:
		w.line("u = w.Room(n, %d)", w.room)
		w.line("p := &s[i]")
		w.record(elem.to, "p", depth)
	default:
		w.line("u = w.Room(n, %d)", w.room)
		w.value(elem, "s[i]", plan, depth)
	}
	w.line("}")
	if called {
		w.enter(-depth)
	}
	w.line("u, n = w.List(n, end, len(s), %d)", w.room)
}

// record writes a struct that p points to: by its method, or in place.
func (w *writer) record(s *structure, p string, depth int) {
	if !s.inPlace() {
		w.enter(depth)
		w.line("n = %s.WriteWire(w, n)", p)
		w.line("u = w.Room(n, %d)", w.room)
		w.enter(-depth)
		return
	}
	w.line("v := %s", p)
	w.members(s, depth+1)
}
