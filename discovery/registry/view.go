package registry

import (
	"fmt"
	"time"

	"github.com/leverrpc/lever/discovery"
	"github.com/leverrpc/lever/engine"
	"github.com/leverrpc/lever/lb"
)

// decode gives the view that callers see, or says what is wrong with it.
func (v *view) decode() (*engine.View, error) {
	shown := &engine.View{Epoch: v.Epoch, Instances: make([]engine.Instance, len(v.Instances))}
	for i, in := range v.Instances {
		shown.Instances[i] = engine.Instance(in)
	}
	if len(v.Ledger) > 0 {
		ledger, n, err := lb.ConsumeLedger(v.Ledger)
		if err == nil && n < len(v.Ledger) {
			err = fmt.Errorf("ledger: %d bytes too many", len(v.Ledger)-n)
		}
		if err != nil {
			return nil, fmt.Errorf("view: %w", err)
		}
		shown.Owners = ledger
	}
	if err := discovery.Check(shown); err != nil {
		return nil, fmt.Errorf("view: %w", err)
	}
	return shown, nil
}

// millis is a time as notices have it. One that is longer than any lease may be is cut.
func millis(n uint64) time.Duration {
	return time.Duration(min(n, uint64(maxTTL/time.Millisecond))) * time.Millisecond
}
