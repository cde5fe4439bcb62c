package discovery

import (
	"fmt"
	"testing"

	"github.com/leverrpc/lever/engine"
)

// watchesOf are n watches whose targets differ in one part each.
func watchesOf(n int) (all []*watch) {
	for i := range n {
		target := engine.URL{Env: "prod", Port: 7400, Service: "bank"}
		switch i % 3 {
		case 0:
			target.Env = fmt.Sprint("prod", i)
		case 1:
			target.Port = 8000 + i
		case 2:
			target.Service = fmt.Sprint("bank", i)
		}
		all = append(all, &watch{target: target})
	}
	return all
}

func TestTableFindsWhatItHas(t *testing.T) {
	for n := range 70 {
		all := watchesOf(n)
		table := newTable(all)
		for i, w := range watchesOf(2*n + 2) {
			want := (*watch)(nil)
			if i < n {
				want = all[i]
			}
			if got := table.find(&w.target); got != want {
				t.Errorf("of %d watches, %v finds %p, want %p", n, w.target, got, want)
			}
		}
	}
	usual := watchesOf(3)[2]
	written := usual.target
	written.Port = 0
	if newTable([]*watch{usual}).find(&written) != usual {
		t.Error("a target without port is not that with the default port")
	}
}
