package wire_test

import (
	"fmt"
	"math"
	"math/big"
	"net/netip"
	"time"

	"github.com/leverrpc/lever/wire"
	"github.com/leverrpc/lever/wire/wirejson"
)

// show prints what a Go value is on the wire, as JSON text.
func show(v any) {
	b, err := wire.Append(nil, v)
	if err != nil {
		fmt.Println(err)
		return
	}
	text, err := wirejson.AppendJSON(nil, b, wirejson.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(string(text))
}

// read decodes the encoding of v into dst and says what went wrong.
func read(v, dst any) error {
	b, err := wire.Append(nil, v)
	if err != nil {
		return err
	}
	return wire.Unmarshal(b, dst)
}

// A field is a member under its own name, or that of its tag. Fields that are not exported, and
// those of the tag "-", are none.
func Example_names() {
	show(struct {
		Plain  int
		Tagged int `json:"tagged"`
		Hidden int `json:"-"`
		Dash   int `json:"-,"`
		hidden int
	}{1, 2, 3, 4, 5})
	// Output: {"Plain":1,"tagged":2,"-":4}
}

// Names are compared byte by byte. Package encoding/json takes another case too.
func Example_caseSensitive() {
	var v struct {
		Name string `json:"name"`
	}
	err := read(map[string]any{"Name": "ann"}, &v)
	fmt.Printf("%q %v\n", v.Name, err)
	// Output: "" <nil>
}

// The option omitempty leaves out false, 0, "", nil, and what has no elements; never a struct.
func Example_omitempty() {
	show(struct {
		Count int       `json:"count,omitempty"`
		Tags  []string  `json:"tags,omitempty"`
		At    time.Time `json:"at,omitempty"`
	}{Tags: []string{}})
	// Output: {"at":"0001-01-01T00:00:00Z"}
}

// The option omitzero leaves out the zero value, or that of which the method IsZero says so.
func Example_omitzero() {
	show(struct {
		At    time.Time `json:"at,omitzero"`
		Tags  []string  `json:"tags,omitzero"`
		Point [2]int    `json:"point,omitzero"`
	}{Tags: []string{}})
	// Output: {"tags":[]}
}

// Entity and Audit are embedded in the struct of an example.
type (
	Entity struct {
		ID   int    `json:"id"`
		Name string `json:"name"`
	}
	Audit struct {
		By string `json:"by"`
	}
)

// The members of an embedded struct stand in the outer object, unless it has a tag with a name. A
// name that is nearer hides one that is deeper. A nil pointer to a struct has none.
func Example_embedded() {
	type user struct {
		Entity
		*Audit
		Old  Entity `json:"old"`
		Name string `json:"name"`
	}
	show(user{Entity: Entity{7, "hidden"}, Name: "ann"})
	show(user{Audit: &Audit{"bob"}})
	// Output:
	// {"id":7,"old":{"id":0,"name":""},"name":"ann"}
	// {"id":0,"by":"bob","old":{"id":0,"name":""},"name":""}
}

// The option string puts a number or bool into a string.
func Example_string() {
	type account struct {
		Cents int64 `json:"cents,string"`
	}
	show(account{129950})
	var v account
	fmt.Println(read(map[string]any{"cents": "12"}, &v), v.Cents)
	// Output:
	// {"cents":"129950"}
	// <nil> 12
}

// A time is the text of RFC 3339, with as many digits of a second as it needs.
func Example_time() {
	show(time.Date(2026, 3, 2, 11, 45, 12, 500, time.UTC))
	// Output: "2026-03-02T11:45:12.0000005Z"
}

// A type with TextAppender or TextMarshaler is a string, and is read by TextUnmarshaler. The
// methods MarshalJSON and UnmarshalJSON are not used: the encoding has no JSON text in it.
func Example_text() {
	show(map[string]any{"peer": netip.MustParseAddr("10.0.0.1")})
	var v netip.Addr
	fmt.Println(read("::1", &v), v)
	// Output:
	// {"peer":"10.0.0.1"}
	// <nil> ::1
}

// Integers keep 64 bits. What no integer and no float64 holds is kept as text, and is read into
// big.Int, Number or json.Number; any other type refuses it.
func Example_bigNumbers() {
	n, _ := new(big.Int).SetString("123456789012345678901234567890", 10)
	show([]any{uint64(math.MaxUint64), n, wire.Number("1e999")})
	var back big.Int
	var small int64
	fmt.Println(read(n, &back), back.Cmp(n))
	fmt.Println(read(n, &small) != nil)
	// Output:
	// [18446744073709551615,123456789012345678901234567890,1e999]
	// <nil> 0
	// true
}

// Keys of maps are strings, integers as their decimal text, or types that are made from text. A
// nil map is null, as a nil slice is.
func Example_maps() {
	show(map[int]string{-1: "a"})
	show(map[netip.Addr]bool{netip.IPv4Unspecified(): true})
	show(map[string]int(nil))
	// Output:
	// {"-1":"a"}
	// {"0.0.0.0":true}
	// null
}

// An array takes exactly as many items as it has, a slice any number. Slices of numbers travel
// packed, which means the same as the array of those numbers.
func Example_arrays() {
	show([3]float64{0.5, 1, 2})
	var two [2]int
	fmt.Println(read([]int{1, 2, 3}, &two))
	// Output:
	// [0.5,1,2]
	// wire: offset 0: found an array of 3, want an array for Go [2]int
}

// A nil pointer is null. Decoding makes what a pointer points to, and null sets it to nil. Values
// that contain themselves are refused.
func Example_pointers() {
	type node struct {
		Next *node `json:"next"`
	}
	show(node{&node{}})
	loop := &node{}
	loop.Next = loop
	_, err := wire.Append(nil, loop)
	fmt.Println(err != nil)
	// Output:
	// {"next":{"next":null}}
	// true
}

// An interface without methods takes nil, bool, int64, uint64 above its range, float64, Number,
// string, []byte, []any and map[string]any.
func Example_any() {
	var v any
	err := read([]any{nil, true, 7, uint64(math.MaxUint64), 0.5, "x", []byte{1}}, &v)
	for _, item := range v.([]any) {
		fmt.Printf("%T ", item)
	}
	fmt.Println(err)
	// Output: <nil> bool int64 uint64 float64 string []uint8 <nil>
}

// Byte slices and arrays are raw bytes, which JSON text has no form for: wirejson writes an object.
func Example_bytes() {
	show([]byte("raw"))
	show([2]byte{1, 2})
	// Output:
	// {"$bytes":"cmF3"}
	// {"$bytes":"AQI="}
}

// A Raw is one encoded value, passed on as it is. Both directions check it.
func Example_raw() {
	inner, err := wire.Append(nil, []int{1, 2})
	if err != nil {
		fmt.Println(err)
	}
	show(struct {
		Body wire.Raw `json:"body"`
		None wire.Raw `json:"none"`
	}{Body: inner})
	// Output: {"body":[1,2],"none":null}
}

// Members that a struct does not have are dropped, or refused where that is asked.
func ExampleUnmarshalOptions() {
	var v struct {
		Name string `json:"name"`
	}
	b, err := wire.Append(nil, map[string]any{"nmae": "ann"})
	if err != nil {
		fmt.Println(err)
	}
	fmt.Println(wire.Unmarshal(b, &v))
	fmt.Println(wire.UnmarshalOptions{RefuseUnknown: true}.Unmarshal(b, &v))
	// Output:
	// <nil>
	// wire: offset 2: found the key "nmae", want one that Go struct { Name string "json:\"name\"" } has
}
