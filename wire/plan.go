package wire

import (
	"encoding"
	"math/big"
	"reflect"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"
)

// op is what to do with the memory of one Go type.
type op uint8

const (
	opBool op = iota + 1
	opInt8
	opInt16
	opInt32
	opInt64
	opUint8
	opUint16
	opUint32
	opUint64
	opFloat32
	opFloat64
	opString
	opPointer
	opSlice
	opTest      // of a step only: the next field is left out if a word is zero
	opFar       // of a step only: a field with a long key, or one that has to be looked for
	opEnd       // of a step only: no field is left
	opBytes     // []byte
	opByteArray // [n]byte
	opRaw
	opNumber
	opAny
	opInterface // with methods: encoded by what it holds, never decoded into
	opArray
	opMap
	opStruct
	opTime
	opText // encoding.TextMarshaler and TextUnmarshaler
	opBigInt
	opQuoted // a number or bool inside a string, by the tag option "string"
)

// plan is how one Go type is encoded and decoded. It is made once per type, immutable after that,
// and safe for concurrent use.
type plan struct {
	op     op
	typ    reflect.Type
	size   uintptr
	slot   uint32       // of a pointer or slice: place in the arenas of a decoder
	length int          // of an array
	list   reflect.Type // a slice of the pointer's target, which an arena is made of
	elem   *plan        // of a pointer, slice, array, map, quoted value
	key    *plan        // of a map
	object *objectPlan  // of a struct
	reads  bool         // text of its own: has UnmarshalText
	embeds bool         // pointers or interfaces, whose methods it may have though they are nil
	walks  sync.Pool    // of a map: *walk
}

// objectPlan is the members of a struct, in the order of the Go fields.
type objectPlan struct {
	fields []field
	steps  []step            // how they are written, the last one first
	room   int               // what all keys and numbers and the header take
	index  map[string]uint16 // by encoded key
	own    Generated         // a nil pointer to the struct, if it has methods of its own
}

// plans caches the plan of each type that was ever used: reflect.Type to *plan. The set is bounded
// by the types of the program.
var plans sync.Map

// known has of plans those that came first to the place that the address of their type names. Few
// types share one, and to look there takes a quarter of the time.
var known [1 << knownBits]atomic.Pointer[plan]

const knownBits = 8

// slots numbers the plans of pointers and slices. Those met together have neighbouring numbers, and
// so different places in the arenas.
var slots atomic.Uint32

// planOf returns the plan of t, or an error that names what in it has no wire form.
func planOf(t reflect.Type) (*plan, error) {
	address := uint64(uintptr((*iface)(unsafe.Pointer(&t)).data))
	place := &known[address*0x9E3779B97F4A7C15>>(64-knownBits)]
	if p := place.Load(); p != nil && p.typ == t {
		return p, nil
	}
	if p, ok := plans.Load(t); ok {
		place.CompareAndSwap(nil, p.(*plan))
		return p.(*plan), nil
	}
	b := builder{made: map[reflect.Type]*plan{}}
	p, err := b.plan(t)
	if err == nil {
		err = b.adopt()
	}
	if err != nil {
		return nil, err.finish()
	}
	for typ, made := range b.made {
		plans.LoadOrStore(typ, made)
	}
	return p, nil
}

// builder makes the plans of one type and of all that it leads to. A type that contains itself
// finds its own unfinished plan in made.
type builder struct {
	made  map[reflect.Type]*plan
	coded []coded // structs that seem to have generated methods
}

var (
	timeType            = reflect.TypeFor[time.Time]()
	bigIntType          = reflect.TypeFor[big.Int]()
	rawType             = reflect.TypeFor[Raw]()
	numberType          = reflect.TypeFor[Number]()
	anyType             = reflect.TypeFor[any]()
	textAppenderType    = reflect.TypeFor[encoding.TextAppender]()
	textMarshalerType   = reflect.TypeFor[encoding.TextMarshaler]()
	textUnmarshalerType = reflect.TypeFor[encoding.TextUnmarshaler]()
)

func (b *builder) plan(t reflect.Type) (*plan, *Error) {
	if p, ok := b.made[t]; ok {
		return p, nil
	}
	if p, ok := plans.Load(t); ok {
		return p.(*plan), nil
	}
	p := &plan{typ: t, size: t.Size()}
	if k := t.Kind(); k == reflect.Slice || k == reflect.Pointer {
		p.slot = slots.Add(1)
	}
	b.made[t] = p
	if err := b.fill(p); err != nil {
		return nil, err
	}
	return p, nil
}

// fill chooses the op of p and makes the plans that p leads to.
func (b *builder) fill(p *plan) *Error {
	if special(p) {
		return nil
	}
	t := p.typ
	if t == reflect.TypeFor[Value]() {
		return unplanned(t, "is a view of lent bytes, use wire.Raw")
	}
	switch k := t.Kind(); k {
	case reflect.Bool, reflect.String, reflect.Float32, reflect.Float64,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64,
		reflect.Uintptr:
		p.op = scalarOp(t)
		return nil
	case reflect.Interface:
		p.op = opInterface
		if t.NumMethod() == 0 {
			p.op = opAny
		}
		return nil
	case reflect.Pointer:
		return b.pointer(p)
	case reflect.Slice:
		p.op = opSlice
		if t.PkgPath() == "encoding/json" && t.Name() == "RawMessage" {
			return unplanned(t, "holds JSON text, use wire.Raw")
		}
		if isByte(t.Elem()) {
			p.op = opBytes
			return nil
		}
		return b.element(p, "[]")
	case reflect.Array:
		p.op, p.length = opArray, t.Len()
		if isByte(t.Elem()) {
			p.op = opByteArray
			return nil
		}
		return b.element(p, "[]")
	case reflect.Map:
		return b.dictionary(p)
	case reflect.Struct:
		return b.structure(p)
	}
	return unplanned(t, "has no wire form")
}

func unplanned(t reflect.Type, why string) *Error {
	return &Error{Offset: -1, Text: "Go type " + t.String() + " " + why}
}

// special recognizes the types that are not what their kind says.
func special(p *plan) bool {
	t := p.typ
	switch t {
	case timeType:
		p.op = opTime
		return true
	case bigIntType:
		p.op = opBigInt
		return true
	case rawType:
		p.op = opRaw
		return true
	case numberType:
		p.op = opNumber
		return true
	}
	if t.PkgPath() == "encoding/json" && t.Name() == "Number" {
		p.op = opNumber
		return true
	}
	ptr := reflect.PointerTo(t)
	p.reads, p.embeds = ptr.Implements(textUnmarshalerType), embeds(t)
	if k := t.Kind(); k == reflect.Pointer || k == reflect.Interface {
		return false // the methods belong to what is pointed to
	}
	if p.reads || ptr.Implements(textAppenderType) || ptr.Implements(textMarshalerType) {
		p.op = opText
		return true
	}
	return false
}

func scalarOp(t reflect.Type) op {
	switch t.Kind() {
	case reflect.Bool:
		return opBool
	case reflect.String:
		return opString
	case reflect.Float32:
		return opFloat32
	case reflect.Float64:
		return opFloat64
	}
	base := opInt8
	if k := t.Kind(); k >= reflect.Uint && k <= reflect.Uintptr {
		base = opUint8
	}
	switch t.Size() {
	case 2:
		return base + 1
	case 4:
		return base + 2
	case 8:
		return base + 3
	}
	return base
}

func isByte(t reflect.Type) bool {
	return t.Kind() == reflect.Uint8 && !reflect.PointerTo(t).Implements(textMarshalerType)
}

func (b *builder) element(p *plan, step string) *Error {
	elem, err := b.plan(p.typ.Elem())
	if err != nil {
		err.within(step)
		return err
	}
	p.elem = elem
	return nil
}

func (b *builder) pointer(p *plan) *Error {
	p.op = opPointer
	seen := map[reflect.Type]bool{}
	for t := p.typ; t.Kind() == reflect.Pointer; t = t.Elem() {
		if seen[t] {
			return unplanned(t, "points only to itself")
		}
		seen[t] = true
	}
	p.list = reflect.SliceOf(p.typ.Elem())
	return b.element(p, "")
}

func (b *builder) dictionary(p *plan) *Error {
	p.op = opMap
	key := p.typ.Key()
	switch k := key.Kind(); {
	case k == reflect.String, k >= reflect.Int && k <= reflect.Uintptr,
		key.Implements(textMarshalerType) && reflect.PointerTo(key).Implements(textUnmarshalerType):
	default:
		return unplanned(p.typ, "has keys that are neither strings nor integers nor text")
	}
	kp, err := b.plan(key)
	if err != nil {
		return err
	}
	p.key = kp
	return b.element(p, "[]")
}
