package discovery

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/leverrpc/lever/engine"
	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/lb"
)

// The limits of a view. One that crosses any of them is refused whole: half of a view would send
// all calls to half of a fleet.
const (
	MaxInstances = 1 << 16 // in a view
	MaxID        = 255     // bytes of an ID
	MaxZone      = 255     // bytes of a zone
	MaxTier      = 1<<16 - 1
)

// Check says what is wrong with a view, or nil: an address nobody could dial, a weight outside of
// 0…64, a tier outside of 0…65,535, an ID or a zone that is too long or no printable text, one
// instance listed twice, or too many of them. An ID that is listed twice is right if the
// incarnations differ: that is one instance before and after it was started again.
func Check(view *engine.View) error {
	if n := len(view.Instances); n > MaxInstances {
		return fmt.Errorf("the view has %d instances, at most %d", n, MaxInstances)
	}
	lives := make(map[life]int, len(view.Instances))
	for i := range view.Instances {
		in := &view.Instances[i]
		if err := checkInstance(in); err != nil {
			return fmt.Errorf("instance %d %q: %w", i, clip(name(in)), err)
		}
		l := life{name(in), in.Incarnation}
		if first, twice := lives[l]; twice {
			return fmt.Errorf("instance %d %q is instance %d again, of the same incarnation %d",
				i, l.name, first, l.incarnation)
		}
		lives[l] = i
	}
	return nil
}

// life is one run of an instance.
type life struct {
	name        string
	incarnation uint64
}

// name is what tells an instance apart.
func name(in *engine.Instance) string {
	if in.ID != "" {
		return in.ID
	}
	return in.Addr
}

func checkInstance(in *engine.Instance) error {
	addr, err := transport.ParseAddr(in.Addr)
	switch {
	case err != nil:
		return err
	case addr.Scheme != transport.Unix && (addr.Host == "" || addr.Port == 0):
		return fmt.Errorf("address %q lacks the host or the port to dial", in.Addr)
	case in.Weight < 0 || in.Weight > lb.MaxWeight:
		return fmt.Errorf("weight %d is not 0 to %d", in.Weight, lb.MaxWeight)
	case in.Tier < 0 || in.Tier > MaxTier:
		return fmt.Errorf("tier %d is not 0 to %d", in.Tier, MaxTier)
	}
	if err := checkText("ID", in.ID, MaxID); err != nil {
		return err
	}
	return checkText("zone", in.Zone, MaxZone)
}

// checkText keeps out what would break lines of a log, and NUL, which ends the IDs of a digest.
func checkText(what, s string, most int) error {
	switch {
	case len(s) > most:
		return fmt.Errorf("%s has %d bytes, at most %d", what, len(s), most)
	case !utf8.ValidString(s):
		return fmt.Errorf("%s %q is not UTF-8", what, s)
	case strings.ContainsFunc(s, unicode.IsControl):
		return fmt.Errorf("%s %q has a control character", what, s)
	}
	return nil
}

// clip keeps what strangers wrote short enough for a message.
func clip(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	return s[:most] + "…"
}

// tidy checks a view and gives it with its instances in order and one life of each, the latest.
// The argument is left as it is.
func tidy(view engine.View) (*engine.View, error) {
	if err := Check(&view); err != nil {
		return nil, err
	}
	view.Instances = slices.Clone(view.Instances)
	slices.SortFunc(view.Instances, func(a, b engine.Instance) int {
		return cmp.Or(cmp.Compare(name(&a), name(&b)), cmp.Compare(b.Incarnation, a.Incarnation))
	})
	view.Instances = slices.CompactFunc(view.Instances, func(a, b engine.Instance) bool {
		return name(&a) == name(&b)
	})
	return &view, nil
}

// same says whether two tidy views tell the same. A ledger is compared by its epoch, or, where
// there is none, as a pointer.
func same(a, b *engine.View) bool {
	return a.Epoch == b.Epoch && (a.Owners == b.Owners || a.Epoch != 0) &&
		slices.Equal(a.Instances, b.Instances)
}
