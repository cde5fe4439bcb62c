package engine

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

func TestServicesThatNobodyCallsAreLetGo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, svc := newCluster(t, 2, ClientConfig{IdleTimeout: time.Minute})
		client := svc.s.client
		call := func(s Service) {
			t.Helper()
			if _, err := Call[string](t.Context(), s.Method("get")); err != nil {
				t.Error(err)
			}
		}
		for i := range 100 {
			s := client.Service(fmt.Sprintf("lever://test%d/bank", i))
			if i%2 == 0 {
				call(s)
			}
		}
		count := func() (services, awake, links int) {
			synctest.Wait()
			client.mu.Lock()
			defer client.mu.Unlock()
			return len(client.services), len(client.awake), len(client.links)
		}
		if s, a, l := count(); s != 101 || a != 50 || l != 2 {
			t.Errorf("%d services, %d awake, %d links", s, a, l)
		}
		for range 10 {
			time.Sleep(20 * time.Second)
			call(svc)
			call(svc.Resource("letter"))
		}
		if s, a, l := count(); s != 1 || a != 1 || l != 2 {
			t.Errorf("later: %d services, %d awake, %d links", s, a, l)
		}
		old := client.Service("lever://test7/bank")
		time.Sleep(5 * time.Minute)
		if s, a, l := count(); s != 0 || a != 0 || l != 0 {
			t.Errorf("at the end: %d services, %d awake, %d links", s, a, l)
		}
		call(old) // handles stay good
		call(svc.Resource("letter"))
		call(svc)
		time.Sleep(5 * time.Minute)
		if s, a, l := count(); s != 0 || a != 0 || l != 0 {
			t.Errorf("again: %d services, %d awake, %d links", s, a, l)
		}
		for _, nd := range c.nodes {
			if n := len(nd.server.adopted); n != 0 {
				t.Errorf("%d connections are left", n)
			}
		}
	})
}

// TestAnIdleServiceHasNoDomain: a renewal that began before a service was let go may end after it.
func TestAnIdleServiceHasNoDomain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, svc := newCluster(t, 2, ClientConfig{IdleTimeout: time.Minute})
		letter := svc.Resource("letter").Method("get")
		if _, err := Call[string](t.Context(), letter); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Minute)
		svc.s.renew()
		if d := svc.s.directory.current.Load(); d != nil {
			t.Errorf("an idle service has the domain of %v", d.view)
		}
		if _, err := Call[string](t.Context(), letter); err != nil {
			t.Errorf("the next call: %v", err)
		}
	})
}
