package registry

import (
	"github.com/leverrpc/lever/engine"
	"github.com/leverrpc/lever/wire"
)

// Service is the name of the registry's service.
const Service = "_registry"

// The methods. Their arguments and messages are specified in SPEC.md, 21.
const (
	registerMethod = "registerChan" // target, instance, terms; order; notice
	watchMethod    = "watchChan"    // target, epoch; nothing; view
	viewMethod     = "view"         // target; gives a view
)

// Codes of errors that only the registry has.
const (
	// Superseded: a later incarnation of the instance has come.
	Superseded = engine.FirstOwn
	// Taken: another process has the instance's id, and its lease holds.
	Taken = engine.FirstOwn + 1
)

// instance is an engine.Instance on the wire.
type instance struct {
	ID          string `json:"id"`
	Incarnation uint64 `json:"incarnation"`
	Addr        string `json:"addr"`
	Weight      int    `json:"weight,omitempty"`
	Zone        string `json:"zone,omitempty"`
	Tier        int    `json:"tier,omitempty"`
	Draining    bool   `json:"draining,omitempty"`
}

// terms is how an instance wants to be registered.
type terms struct {
	Key   string `json:"key"`             // known to this life of the instance alone
	Level int    `json:"level"`           // from levelLeased on it takes slots
	Epoch uint64 `json:"epoch,omitempty"` // of the newest view that it has; zero: none
}

// levelLeased is the level of instances that hold slots by lease; see SPEC.md, 9.7.
const levelLeased = 2

// The orders of an instance.
const (
	opRenew   = "renew"
	opRelease = "release"
	opClaim   = "claim"
	opDrain   = "drain"
	opLeave   = "leave"
)

// order is a message of an instance. Each one renews its lease.
type order struct {
	Op    string   `json:"op"`
	Seq   uint64   `json:"seq"`             // higher than that of the order before
	Epoch uint64   `json:"epoch,omitempty"` // release, claim: of the view by which it is
	Slots []int    `json:"slots,omitempty"` // release
	Held  []tenure `json:"held,omitempty"`  // claim
}

// tenure is slots that an instance has held since an epoch.
type tenure struct {
	Since uint64 `json:"since"`
	Slots []int  `json:"slots"`
}

// notice is a message of the registry to an instance.
type notice struct {
	Ack     uint64   `json:"ack"`                // the last order that was heard; the announcement is 0
	Done    uint64   `json:"done"`               // the last order that has had its effect
	RenewMS uint64   `json:"renew_ms"`           // send an order at least as often
	LeaseMS uint64   `json:"lease_ms,omitempty"` // the lease, from when the order Ack was sent; 0: none
	Claim   bool     `json:"claim,omitempty"`    // say what you hold
	View    wire.Raw `json:"view,omitempty"`     // a view, if there is a new one
}

// view is the instances of a service on the wire.
type view struct {
	Epoch     uint64     `json:"epoch"`
	Instances []instance `json:"instances"`
	Ledger    []byte     `json:"ledger,omitempty"` // as lb.AppendLedger writes it
	Lost      bool       `json:"lost,omitempty"`   // the last instance has not said goodbye
	Keep      bool       `json:"keep,omitempty"`   // no view: the one that the caller has is good
}
