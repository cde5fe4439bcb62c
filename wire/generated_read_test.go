package wire

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

func (v *order) ReadWire(r *MemberReader, p *StructPlan, in Words, i, limit int) int {
	left, at, end := r.OpenSome(in, i, limit)
	if at < 0 {
		return r.Left(v, p, in, i, limit)
	}
	var seen uint64
	if left == 0 || in.At(at)<<40 != 0x646902<<40 {
		return r.RestOf(v, p, 0, in, i, at, limit, left, seen)
	}
	left--
	seen |= 1 << 0
	at += 3
	if w := in.At(at); byte(w) < 64 {
		v.ID = int64(byte(w))
		at++
	} else if x, n := in.Wide(w); n > 0 {
		v.ID = int64(x)
		at += n
	} else if at = r.Value(v, p, 0, in, i, at, limit); at < 0 {
		return -1
	}
	if left > 0 && in.At(at)<<24 == 0x65746f6e04<<24 {
		left--
		seen |= 1 << 1
		at += 5
		if to := r.Text(in, at, &v.Note); to > 0 {
			at = to
		} else if at = r.Value(v, p, 1, in, i, at, limit); at < 0 {
			return -1
		}
	}
	if left == 0 || in.At(at)<<16 != 0x656369727005<<16 {
		return r.RestOf(v, p, 2, in, i, at, limit, left, seen)
	}
	left--
	seen |= 1 << 2
	at += 6
	if to := r.Float(in, at, &v.Price); to > 0 {
		at = to
	} else if at = r.Value(v, p, 2, in, i, at, limit); at < 0 {
		return -1
	}
	if left == 0 || in.At(at)<<16 != 0x73656e696c05<<16 {
		return r.RestOf(v, p, 3, in, i, at, limit, left, seen)
	}
	left--
	seen |= 1 << 3
	at += 6
	if from, to := r.List(v, p, 3, in, at, end); from > 0 {
		q := p.In(3)
		at = from
		for k := range v.Lines {
			if at = v.Lines[k].ReadWire(r, q, in, at, to); at < 0 {
				return r.FaultAt(p, 3, k)
			}
		}
		if r.Close(); at != to {
			return r.Again(v, p, in, i, limit)
		}
	} else if at = r.Value(v, p, 3, in, i, at, limit); at < 0 {
		return -1
	}
	return v.readTail(r, p, in, i, at, end, limit, left, seen)
}

// readTail reads the members that no method looks into, and those with one for the whole list.
func (v *order) readTail(r *MemberReader, p *StructPlan, in Words, i, at, end, limit, left int,
	seen uint64) int {
	if left == 0 || in.At(at)<<16 != 0x617274786505<<16 {
		return r.RestOf(v, p, 4, in, i, at, limit, left, seen)
	}
	left--
	seen |= 1 << 4
	if at = r.Value(v, p, 4, in, i, at+6, limit); at < 0 {
		return -1
	}
	if left == 0 || in.At(at)<<24 != 0x7367617404<<24 {
		return r.RestOf(v, p, 5, in, i, at, limit, left, seen)
	}
	left--
	seen |= 1 << 5
	at += 5
	if to := r.Texts(v, p, 5, in, at, end); to > 0 {
		at = to
	} else if at = r.Value(v, p, 5, in, i, at, limit); at < 0 {
		return -1
	}
	if left > 0 {
		return r.RestOf(v, p, 6, in, i, at, limit, left, seen)
	}
	if at != end {
		return r.Again(v, p, in, i, limit)
	}
	r.Close()
	return at
}

// readOrders reads b as an order and as one without methods.
func readOrders(t *testing.T, name string, b []byte) {
	t.Helper()
	var got order
	var want plainOrder
	gotErr, wantErr := errorText(Unmarshal(b, &got)), errorText(Unmarshal(b, &want))
	wantErr = strings.ReplaceAll(wantErr, "plainOrder", "order")
	if gotErr != wantErr || wantErr == "" && !reflect.DeepEqual(got.plain(), want) {
		t.Errorf("%s: got %+v, %s, want %+v, %s, of\n%s", name, got, gotErr, want, wantErr, Explain(b, 0))
	}
}

func TestGeneratedCodeReadsWhatThePlanReads(t *testing.T) {
	for name, v := range orders() {
		b, err := Append(nil, v.plain())
		if err != nil {
			continue
		}
		readOrders(t, name, b)
		for i := range min(len(b), 100) {
			readOrders(t, fmt.Sprintf("%s, %d bytes of it", name, i), b[:i])
			for bit := range 8 {
				b[i] ^= 1 << bit
				readOrders(t, fmt.Sprintf("%s, byte %d with bit %d turned", name, i, bit), b)
				b[i] ^= 1 << bit
			}
		}
	}
}

func TestGeneratedCodeHandsOverToThePlan(t *testing.T) {
	member := func(key string, value ...byte) []byte {
		return append(appendVarint(nil, len(key)), key+string(value)...)
	}
	id, note, price := member("id", 7), member("note", tagText|1, 'n'), member("price", 1)
	lines, extra, tags := member("lines", tagNull), member("extra", 2), member("tags", tagArray)
	stranger := member("stranger", tagArray)
	for name, members := range map[string][][]byte{
		"none":                         {},
		"all":                          {id, note, price, lines, extra, tags},
		"the one that may be left out": {note},
		"all but one":                  {id, note, price, extra, tags},
		"two in another order":         {id, price, note, lines, extra, tags},
		"the other way round":          {tags, extra, lines, price, note, id},
		"one left out and then behind": {id, price, lines, extra, tags, note},
		"one twice":                    {id, note, price, lines, extra, tags, note},
		"one twice at once":            {id, id, note},
		"one left out and then twice":  {id, price, note, lines, note},
		"one that is not known":        {stranger, id, note, price, lines, extra, tags},
		"that behind all others":       {id, note, price, lines, extra, tags, stranger},
		"that twice":                   {id, stranger, note, stranger},
		"an order in the lines":        {id, price, member("lines", tagArray|1, 2, tagObject, 0)},
		"a null there":                 {id, price, member("lines", tagArray|1, 1, tagNull), extra, tags},
	} {
		var body []byte
		for _, m := range members {
			body = append(body, m...)
		}
		b := []byte{tagObject}
		if len(members) > 0 {
			b = append(appendVarint([]byte{tagObject | byte(len(members))}, len(body)), body...)
		}
		readOrders(t, name, b)
		// What is behind the object belongs to somebody else.
		list := append(appendVarint([]byte{tagArray | 2}, len(b)+len(stranger)), b...)
		inside := append(append([]byte{}, member("lines", list...)...), stranger...)
		readOrders(t, name+", in the lines",
			append(appendVarint([]byte{tagObject | 1}, len(inside)), inside...))
	}
}

// The size of an object ends in one of its values, and what follows is the next member, or none.
func TestGeneratedCodeMayReadBehindAnObject(t *testing.T) {
	price := append([]byte("\x02id\x07\x05price"), AppendFloat64(nil, 0.1)...)
	for _, next := range []string{"\x05lines\xd0\x05extra\x02\x04tags\x80", "\x05other\xd0", "\xff"} {
		for cut := range len(price) {
			for count := byte(1); count < 6; count++ {
				inner := append([]byte{tagObject | count, byte(len(price) - cut)}, price...)
				list := append([]byte{tagArray | 1, byte(len(inner) + len(next))}, inner...)
				list = append(list, next...)
				members := append([]byte("\x02id\x07\x05price\x01\x05lines"), list...)
				b := append([]byte{tagObject | 5, byte(len(members))}, members...)
				readOrders(t, fmt.Sprintf("%d bytes cut, %d members, %q next", cut, count, next), b)
			}
		}
	}
}

func TestGeneratedCodeAllocatesAsThePlanDoes(t *testing.T) {
	b, err := Append(nil, orders()["all members"].plain())
	if err != nil {
		t.Fatal(err)
	}
	var v order
	var p plainOrder
	got := testing.AllocsPerRun(100, func() { v = order{}; _ = Unmarshal(b, &v) })
	want := testing.AllocsPerRun(100, func() { p = plainOrder{}; _ = Unmarshal(b, &p) })
	if got > want+allocsAllowed {
		t.Errorf("got %v allocations, want %v", got, want)
	}
}
