package discovery

import (
	"context"
	"fmt"

	"github.com/leverrpc/lever/engine"
)

// Directory is what a small installation knows by heart: which instances its services have. As
// text it is a JSON document:
//
//	{
//	  "epoch": 3,
//	  "services": {
//	    "bank": [
//	      {"addr": "tcp://10.0.0.1:7400", "id": "bank-0", "zone": "north", "weight": 2},
//	      {"addr": "tcp://10.0.0.2:7400", "id": "bank-1", "zone": "south", "draining": true}
//	    ],
//	    "lever://test/bank": [{"addr": "unix:///run/bank.sock"}]
//	  }
//	}
//
// An instance needs only its address. The other names are "incarnation" and "tier"; all mean what
// the fields of engine.Instance do.
type Directory struct {
	// Epoch orders the directories of one source; see engine.View. Who counts it up makes sure that
	// no older one is taken for newer. Zero: whatever comes last is the newest.
	Epoch uint64

	// Services has the instances of services: of "bank" in every environment, but of
	// "lever://test/bank" in that one. A service that is missing has none.
	Services map[string][]engine.Instance
}

// View gives the view of the service that target addresses. It shares the directory's memory.
func (d Directory) View(target engine.URL) engine.View {
	target.Resource, target.Method = "", ""
	instances, ok := d.Services[target.String()]
	if !ok {
		instances = d.Services[target.Service]
	}
	return engine.View{Epoch: d.Epoch, Instances: instances}
}

// Check says what is wrong with the directory, or nil: a name that is neither that of a service nor
// a target in canonical form, or what [Check] finds in a view.
func (d Directory) Check() error {
	for key, instances := range d.Services {
		err := checkKey(key)
		if err == nil {
			err = Check(&engine.View{Instances: instances})
		}
		if err != nil {
			return fmt.Errorf("service %q: %w", clip(key), err)
		}
	}
	return nil
}

func checkKey(key string) error {
	if (engine.URL{Env: "any", Service: key}).Check() == nil {
		return nil
	}
	target, err := engine.ParseTarget(key)
	switch {
	case err != nil:
		return err
	case target.Resource != "":
		return fmt.Errorf("resource %q in the name of a service", clip(target.Resource))
	case target.String() != key:
		return fmt.Errorf("the canonical form is %q", target)
	}
	return nil
}

// Static is a Source of what never changes. The directory is given.
func Static(d Directory) (Source, error) {
	if err := d.Check(); err != nil {
		return nil, fmt.Errorf("discovery: %w", err)
	}
	return static(d), nil
}

type static Directory

// Watch implements Source.
func (s static) Watch(ctx context.Context, target engine.URL, emit func(engine.View)) error {
	emit(Directory(s).View(target))
	<-ctx.Done()
	return nil
}
