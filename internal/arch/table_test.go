package arch

import (
	"strings"
)

const module = "github.com/leverrpc/lever"

// room is the place of a package, or of a folder of packages, in the house.
type room struct {
	path  string // relative to the module
	floor int
	// neighbours says that others on its floor may import it. Only the top floor has such rooms:
	// cmd/lever puts the libraries beside it together, and so do tests of the whole.
	neighbours bool
}

// rooms is the house. A package may import only what is on strictly lower floors, and the internal
// packages of its own folder. The longest path that fits counts, so that discovery stands for
// discovery/dns too.
var rooms = []room{
	{path: "pool", floor: 0},
	{path: "wire", floor: 0},
	{path: "frame", floor: 0},
	{path: "lb", floor: 0},
	{path: "lb/sim", floor: 1},
	{path: "wire/wirejson", floor: 1},
	{path: "engine/session", floor: 1},
	{path: "engine/transport", floor: 2},
	{path: "engine", floor: 3},
	{path: "gateway", floor: 4, neighbours: true},
	{path: "discovery", floor: 4, neighbours: true},
	{path: "clients", floor: 4},
	{path: "cmd", floor: 4},
	{path: "bench", floor: 4},
	{path: "fuzz", floor: 4},
	{path: "conformance", floor: 4},
	{path: "internal", floor: 4}, // only tests import it, see checkFloors
}

// doors names the only packages of the module that import a third party's. Their tests may too,
// and so may bench, which measures what is behind a door against what else there is. Nested
// modules have a go.mod, and therefore doors, of their own.
var doors = map[string]string{
	"github.com/panjf2000/gnet/v2":      "engine/transport",
	"github.com/bytedance/sonic":        "wire/wirejson",
	"github.com/valyala/bytebufferpool": "pool",
	"github.com/cespare/xxhash/v2":      "lb",
}

// pure rooms do no I/O, start no goroutine and read no clock: their time is an argument. What
// they may import nevertheless has its reason here.
var pure = map[string]map[string]string{
	"wire": {
		"sync":        "plans and powers of ten are made once for all goroutines; memory is kept",
		"sync/atomic": "the plans of all types are numbered, and kept by generated code",
	},
	"frame":          {},
	"engine/session": {},
	"lb": {
		"sync":        "guards the member set while it is replaced",
		"sync/atomic": "statistics are written by all calls, without a lock",
	},
}

// roomOf finds the room of a folder; ok is false if nobody has given it one.
func roomOf(dir string) (r room, ok bool) {
	for _, candidate := range rooms {
		if within(dir, candidate.path) && len(candidate.path) > len(r.path) {
			r, ok = candidate, true
		}
	}
	return r, ok
}

// within says whether dir is parent or below it.
func within(dir, parent string) bool {
	return dir == parent || strings.HasPrefix(dir, parent+"/")
}
