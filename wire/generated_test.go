package wire

import (
	"bytes"
	"math"
	"reflect"
	"strings"
	"testing"
)

// order is a struct with methods as lever generate writes them.
type order struct {
	ID    int64    `json:"id"`
	Note  string   `json:"note,omitempty"`
	Price float64  `json:"price"`
	Lines []order  `json:"lines"`
	Extra any      `json:"extra"`
	Tags  []string `json:"tags"`
}

var orderExtra = ByPlan[any]{}

const orderMembers = "ID int64 id\nNote string note,omitempty\nPrice float64 price\n" +
	"Lines []order{} lines\nExtra plan extra\nTags []string tags"

func (*order) WireStruct() (owner any, members string) { return (*order)(nil), orderMembers }

func (v *order) WriteWire(w *BackWriter, n int) int {
	u, ok := w.Open(n, 2, 100)
	if !ok {
		return n
	}
	end, count := n, 6
	if len(v.Tags) == 0 {
		n = u.NoItems(n, v.Tags == nil)
	} else {
		u, n = w.Texts(n, v.Tags, 100)
	}
	n = u.KeyText(n, "\x04tags")
	u, n = orderExtra.Write(w, n, &v.Extra, 100)
	n = u.Key8(n, 6, 0x6172747865050000)
	if s := v.Lines; len(s) == 0 {
		n = u.NoItems(n, s == nil)
	} else {
		w.Enter(1)
		end := n
		for i := len(s) - 1; i >= 0; i-- {
			n = s[i].WriteWire(w, n)
		}
		w.Enter(-1)
		u, n = w.List(n, end, len(s), 100)
	}
	n = u.KeyText(n, "\x05lines")
	n = w.Float(n, v.Price)
	n = u.KeyText(n, "\x05price")
	if v.Note != "" {
		u, n = w.Text(n, v.Note, 100)
		n = u.KeyText(n, "\x04note")
	} else {
		count--
	}
	n = u.Negative(n, uint64(v.ID))
	n = u.KeyText(n, "\x02id")
	n = u.Head(n, end, count)
	w.Close()
	return n
}

// plainOrder is an order without methods.
type plainOrder struct {
	ID    int64        `json:"id"`
	Note  string       `json:"note,omitempty"`
	Price float64      `json:"price"`
	Lines []plainOrder `json:"lines"`
	Extra any          `json:"extra"`
	Tags  []string     `json:"tags"`
}

// plain copies an order, and all orders in it.
func (v order) plain() plainOrder {
	p := plainOrder{ID: v.ID, Note: v.Note, Price: v.Price, Extra: v.Extra, Tags: v.Tags}
	if v.Lines != nil {
		p.Lines = make([]plainOrder, len(v.Lines))
	}
	for i := range v.Lines {
		p.Lines[i] = v.Lines[i].plain()
	}
	if o, ok := v.Extra.(order); ok {
		p.Extra = o.plain()
	}
	return p
}

// nestedOrder puts an order so many times into another that 2*levels+1 containers are open.
func nestedOrder(levels int) order {
	v := order{ID: 1}
	for range levels {
		v = order{Lines: []order{{ID: 7}, v}}
	}
	return v
}

func orders() map[string]order {
	long := strings.Repeat("long, ", 100)
	return map[string]order{
		"zero":                      {},
		"all members":               {5, "note", 0.5, []order{{ID: -9}, {Note: long}}, true, []string{"a", long}},
		"empty lists":               {Lines: []order{}, Tags: []string{}},
		"text that is not ASCII":    {Note: "schön", Tags: []string{"日本語"}},
		"an order in an interface":  {Extra: order{ID: 1 << 40, Extra: []any{order{}.plain()}}},
		"as deep as may be":         nestedOrder(63),
		"one list too deep":         {Extra: nestedOrder(63)},
		"a note that is no text":    {Lines: []order{{}, {Note: "\xff"}}},
		"a long note that is none":  {Lines: []order{{}, {Note: long + "\xff"}}},
		"a tag that is no text":     {Tags: []string{"a", "\xc0\x80"}},
		"a price that is no number": {Extra: order{Price: math.NaN()}},
		"something without form":    {ID: 1, Extra: []any{1, make(chan int)}},
	}
}

func TestGeneratedCodeWritesWhatThePlanWrites(t *testing.T) {
	for name, v := range orders() {
		want, wantErr := Append(nil, v.plain())
		for place, encode := range map[string]func() ([]byte, error){
			"in an interface": func() ([]byte, error) { return Append(nil, &v) },
			"by a codec": func() ([]byte, error) {
				c, err := CodecFor[order]()
				if err != nil {
					t.Fatal(err)
				}
				return c.Append(nil, &v)
			},
			"in a list": func() ([]byte, error) {
				b, err := AppendList(nil, v)
				return bytes.TrimPrefix(b, listHead(len(want))), err
			},
		} {
			got, err := encode()
			if place == "in a list" && (wantErr != nil || strings.Contains(name, "deep")) {
				continue // the path has one step more, and the value one level
			}
			if !bytes.Equal(got, want) || !reflect.DeepEqual(err, wantErr) {
				t.Errorf("%s, %s: got %.80x, %v, want %.80x, %v", name, place, got, err, want, wantErr)
			}
		}
	}
}

// listHead is the header of an array with one value of a size.
func listHead(size int) []byte { return appendVarint([]byte{tagArray | 1}, size) }

func TestGeneratedCodeMakesItsRoom(t *testing.T) {
	for name, v := range orders() {
		want, err := Append(nil, v.plain())
		if err != nil {
			continue
		}
		for size := range min(len(want)+200, 700) {
			dst, behind := room("head", size)
			got, err := Append(dst, &v)
			if err != nil || string(got) != "head"+string(want) || !isPoisoned(behind) {
				t.Fatalf("%s, %d bytes: got %x, %v, want %x", name, size, got, err, want)
			}
		}
	}
}

// Generated code goes on after a fault, so that there must be room for what it writes next.
func TestFaultsLeaveTheRoomThatWasAskedFor(t *testing.T) {
	const bad = "\xff"
	plan := ByPlan[float64]{}
	nan := math.NaN()
	for name, write := range map[string]func(w *BackWriter, room int) (Unchecked, int){
		"a text": func(w *BackWriter, room int) (Unchecked, int) { return w.Text(0, bad, room) },
		"a list": func(w *BackWriter, room int) (Unchecked, int) {
			return w.Texts(0, []string{bad}, room)
		},
		"too long a list": func(w *BackWriter, room int) (Unchecked, int) {
			return w.List(0, 0, math.MaxInt, room)
		},
		"a map": func(w *BackWriter, room int) (Unchecked, int) {
			return w.TextMap(0, map[string]string{"a": bad}, room)
		},
		"a plan": func(w *BackWriter, room int) (Unchecked, int) { return plan.Write(w, 0, &nan, room) },
	} {
		if name == "too long a list" && math.MaxInt == MaxSize {
			continue // there is none
		}
		var e encoder
		e.begin(make([]byte, 4, 60))
		const room = 500
		if _, n := write((*BackWriter)(&e), room); n-room < e.floor || e.depth < abandoned/2 {
			t.Errorf("%s: got n %d with floor %d and depth %d, want %d bytes of room, and no more depth",
				name, n, e.floor, e.depth, room)
		}
	}
}

func TestGeneratedCodeAllocatesNothing(t *testing.T) {
	v := orders()["all members"]
	c, err := CodecFor[order]()
	if err != nil {
		t.Fatal(err)
	}
	var buf []byte
	if n := testing.AllocsPerRun(100, func() { buf, _ = c.Append(buf[:0], &v) }); n > allocsAllowed {
		t.Errorf("got %v allocations, want none", n)
	}
}

// Structs that have an order's methods, but not for themselves, or no longer.
type (
	embedsOrder struct {
		order
		More int `json:"more"`
	}
	embedsAny struct {
		Generated `json:"-"`
		More      int `json:"more"`
	}
	changedOrder struct {
		noMethods
		ID   int32  `json:"id"`
		Note string `json:"note"`
	}
	longerOrder struct {
		noMethods
		ID   int64 `json:"id"`
		More bool  `json:"more"`
	}
	shorterOrder struct {
		noMethods
		ID int64 `json:"id"`
	}
	looseOrder struct {
		noMethods
		ID []any `json:"id"`
	}
)

func (*changedOrder) WireStruct() (any, string) {
	return (*changedOrder)(nil), "ID int64 id\nNote string note"
}
func (*longerOrder) WireStruct() (any, string) { return (*longerOrder)(nil), "ID int64 id" }
func (*shorterOrder) WireStruct() (any, string) {
	return (*shorterOrder)(nil), "ID int64 id\nMore bool more"
}
func (*looseOrder) WireStruct() (any, string) { return (*looseOrder)(nil), "ID plan id" }

// noMethods are those of structs that nothing is written or read of.
type noMethods struct{}

func (noMethods) WriteWire(_ *BackWriter, n int) int { return n }
func (noMethods) ReadWire(_ *MemberReader, _ *StructPlan, _ Words, i, _ int) int {
	return i
}

func TestGeneratedCodeForAnotherStructIsRefused(t *testing.T) {
	const again = ": run lever generate again"
	tests := []struct {
		name string
		v    any
		want string // empty: none
	}{
		{"the methods of an embedded struct do not count", embedsOrder{More: 3}, ""},
		{"those of an embedded interface do not either", embedsAny{More: 3}, ""},
		{"a member left to the plan may become anything", looseOrder{}, ""},
		{"a member of another kind", changedOrder{}, "wire: Go type wire.changedOrder has generated " +
			"code for another struct, which had (ID int64 id) where this one has (ID int32 id)" + again},
		{"a new member", []longerOrder{}, "wire: Go type wire.longerOrder has generated code for " +
			"another struct, which had no member where this one has (More bool more)" + again},
		{"a member less", shorterOrder{}, "wire: Go type wire.shorterOrder has generated code for " +
			"another struct, which had (More bool more) where this one has no member" + again},
	}
	for _, tt := range tests {
		b, err := Append(nil, tt.v)
		if got := errorText(err); got != tt.want {
			t.Errorf("%s: got %x, %s, want error %q", tt.name, b, got, tt.want)
		}
	}
	b, _ := Append(nil, embedsOrder{More: 3})
	if got := Parse(b); got.Len() != 6 || string(got.Get("more").Raw()) != "\x03" {
		t.Errorf("got\n%swant six members, more among them", Explain(b, 0))
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
