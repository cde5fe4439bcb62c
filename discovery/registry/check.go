package registry

import (
	"fmt"
	"strings"

	"github.com/leverrpc/lever/discovery"
	"github.com/leverrpc/lever/engine"
)

const (
	maxInstances = discovery.MaxInstances
	maxAddr      = 300 // a host name has 253 bytes, a unix socket's path 108
	minKey       = 16
	maxKey       = 64
	maxLevel     = levelLeased

	// maxLead is how far, in µs, epochs may be ahead of the clock: no more than nine years of
	// changes, lest somebody uses them up.
	maxLead = 1 << 48
)

// checkAnnouncement says which part of an announcement is wrong, or nil.
func (k *keeper) checkAnnouncement(in instance, t terms) error {
	if err := checkInstance(in); err != nil {
		return engine.Errorf(engine.InvalidArgument, "instance: %w", err)
	}
	switch {
	case len(t.Key) < minKey || len(t.Key) > maxKey:
		return engine.Errorf(engine.InvalidArgument, "key has %d bytes, want %d to %d",
			len(t.Key), minKey, maxKey)
	case t.Level < 0 || t.Level > maxLevel:
		return engine.Errorf(engine.InvalidArgument, "level %d is not 0 to %d", t.Level, maxLevel)
	}
	return k.checkEpoch(t.Epoch)
}

func checkInstance(in instance) error {
	switch {
	case in.ID == "":
		return fmt.Errorf("id is missing")
	case len(in.Addr) > maxAddr:
		return fmt.Errorf("addr has %d bytes, at most %d", len(in.Addr), maxAddr)
	}
	return discovery.Check(&engine.View{Instances: []engine.Instance{engine.Instance(in)}})
}

func (k *keeper) checkEpoch(epoch uint64) error {
	if epoch > max(k.base, k.floor)+maxLead {
		return engine.Errorf(engine.InvalidArgument, "epoch %d is later than any can be", epoch)
	}
	return nil
}

// checkOrder says which part of an order is wrong, or nil.
func (k *keeper) checkOrder(st *seat, o *order) error {
	switch {
	case o.Seq <= st.heard:
		return engine.Errorf(engine.InvalidArgument, "seq %d comes after %d", o.Seq, st.heard)
	case o.Epoch > 0:
		if err := k.checkEpoch(o.Epoch); err != nil {
			return err
		}
	}
	if err := k.checkSlots(o.Slots); err != nil {
		return err
	}
	for _, t := range o.Held {
		if t.Since > o.Epoch {
			return engine.Errorf(engine.InvalidArgument,
				"since %d is later than epoch %d", t.Since, o.Epoch)
		}
		if err := k.checkSlots(t.Slots); err != nil {
			return err
		}
	}
	return nil
}

func (k *keeper) checkSlots(slots []int) error {
	for _, slot := range slots {
		if slot < 0 || slot >= 1<<k.bits {
			return engine.Errorf(engine.InvalidArgument,
				"slot %d is not 0 to %d", slot, 1<<k.bits-1)
		}
	}
	return nil
}

// canonical gives the one spelling of a target.
func canonical(target string) (string, error) {
	u, err := engine.ParseTarget(target)
	if err != nil {
		return "", engine.Errorf(engine.InvalidArgument, "target: %s",
			strings.TrimPrefix(err.Error(), "engine: "))
	}
	if u.Resource != "" {
		return "", engine.Errorf(engine.InvalidArgument, "target %s has a resource", u)
	}
	return u.String(), nil
}
