package discovery

import (
	"testing"
	"time"

	"github.com/leverrpc/lever/engine"
	"github.com/leverrpc/lever/lb"
)

func TestViewsOfWhoOwnsWhatDoNotWait(t *testing.T) {
	for _, x := range []struct {
		name   string
		owners *lb.Ledger
		want   bool
	}{{"with a ledger", new(lb.Ledger), true}, {"without", nil, false}} {
		t.Run(x.name, func(t *testing.T) {
			s, now := sieve{debounce: time.Second}, time.Unix(1e9, 0)
			for i, addr := range []string{"tcp://a:1", "tcp://b:1"} {
				err := s.offer(now, engine.View{
					Epoch: uint64(i + 1), Owners: x.owners, Instances: []engine.Instance{{Addr: addr}},
				})
				if err != nil {
					t.Fatal(err)
				}
				if got := s.due(now) != nil; got != (x.want || i == 0) {
					t.Errorf("view %d is shown at once: %v", i, got)
				}
			}
			if s.due(now.Add(time.Second)) == nil != x.want {
				t.Errorf("after the debounce it is another: %v", x.want)
			}
		})
	}
}
