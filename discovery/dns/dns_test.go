package dns

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/leverrpc/lever/discovery"
	"github.com/leverrpc/lever/discovery/discoverytest"
	"github.com/leverrpc/lever/engine"
)

var bank = engine.URL{Env: "test", Port: engine.DefaultPort, Service: "bank"}

// rooted is the name of a target that no search list completes.
func rooted(t engine.URL) string { return t.Service + ".test." }

func TestHosts(t *testing.T) {
	discoverytest.RunVirtual(t, func(t *testing.T) discoverytest.World {
		z := new(zone)
		return discoverytest.World{
			Source: Hosts(Config{Name: rooted, Resolver: z.resolver()}), Target: bank,
			Set: func(instances []engine.Instance) error {
				var records []resource
				for _, in := range instances {
					records = append(records, addressOf("bank.test.", hostOf(t, in), 1))
				}
				return z.set(records...)
			},
			Seen:  func(in engine.Instance) engine.Instance { return engine.Instance{Addr: in.Addr} },
			Break: func() error { return z.change(func() { z.broken = true }) },
			Mend:  func() error { return z.change(func() { z.broken = false }) },
			Spoil: func() error { return z.change(func() { z.spoilt = true }) },
		}
	})
}

func TestServices(t *testing.T) {
	discoverytest.RunVirtual(t, func(t *testing.T) discoverytest.World {
		z := new(zone)
		record := func(in engine.Instance) resource {
			return serviceOf("bank.test.", "h"+hostOf(t, in)+".test.", 7400, uint16(max(in.Weight, 1)),
				uint16(in.Tier), 1)
		}
		return discoverytest.World{
			Source: Services(Config{Name: rooted, Resolver: z.resolver()}), Target: bank,
			Set: func(instances []engine.Instance) error {
				var records []resource
				for _, in := range instances {
					records = append(records, record(in))
				}
				return z.set(records...)
			},
			Seen: func(in engine.Instance) engine.Instance {
				addr := "tcp://h" + hostOf(t, in) + ".test:7400"
				return engine.Instance{Addr: addr, Weight: in.Weight, Tier: in.Tier}
			},
			Break: func() error { return z.change(func() { z.broken = true }) },
			Mend:  func() error { return z.change(func() { z.broken = false }) },
			Spoil: func() error { // half of the records have no port
				return z.change(func() {
					z.records = append(slices.Clone(z.records), serviceOf("bank.test.", "h", 0, 1, 1, 1))
				})
			},
		}
	})
}

// hostOf is the host of an instance's address.
func hostOf(t *testing.T, in engine.Instance) string {
	u, err := url.Parse(in.Addr)
	if err != nil {
		t.Fatal(err)
	}
	return u.Hostname()
}

// watch gives the addresses of the next views, and what ends the watching.
func watch(t *testing.T, s discovery.Source) (views <-chan string, ended <-chan error) {
	out, end := make(chan string, 100), make(chan error, 1)
	go func() {
		end <- s.Watch(t.Context(), bank, func(v engine.View) {
			var b strings.Builder
			for _, in := range v.Instances {
				fmt.Fprintf(&b, "%s w%d t%d ", in.Addr, in.Weight, in.Tier)
			}
			out <- strings.TrimSpace(b.String())
		})
	}()
	return out, end
}

func TestAddressesOfBothKinds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		z := new(zone)
		_ = z.set(addressOf("bank.test.", "192.0.2.2", 60), addressOf("bank.test.", "2001:db8::1", 60),
			addressOf("bank.test.", "192.0.2.1", 60), addressOf("bank.test.", "192.0.2.1", 60))
		for network, want := range map[string]string{
			"":    "tls://192.0.2.1:7400 w0 t0 tls://192.0.2.2:7400 w0 t0 tls://[2001:db8::1]:7400 w0 t0",
			"ip4": "tls://192.0.2.1:7400 w0 t0 tls://192.0.2.2:7400 w0 t0",
			"ip6": "tls://[2001:db8::1]:7400 w0 t0",
		} {
			views, _ := watch(t, Hosts(Config{
				Name: rooted, Scheme: "tls", Network: network, Resolver: z.resolver(),
			}))
			if got := <-views; got != want {
				t.Errorf("%s: %s, want %s", network, got, want)
			}
		}
	})
}

func TestWeightsAreScaledWithinTheirPriority(t *testing.T) {
	for _, tt := range []struct{ weights, want []int }{
		{[]int{1, 2, 64}, []int{1, 2, 64}},
		{[]int{0, 0}, []int{1, 1}},
		{[]int{0, 10, 20}, []int{1, 10, 20}},
		{[]int{100, 200, 50}, []int{32, 64, 16}},
		{[]int{1, 65535}, []int{1, 64}},
	} {
		synctest.Test(t, func(t *testing.T) {
			z, want := new(zone), []string{}
			records := []resource{serviceOf("bank.test.", "z.test.", 9, 7, 2, 60)}
			for i, w := range tt.weights {
				host := string(rune('a' + i))
				records = append(records, serviceOf("bank.test.", host+".test.", 9, uint16(w), 1, 60))
				want = append(want, fmt.Sprintf("tcp://%s.test:9 w%d t1", host, tt.want[i]))
			}
			_ = z.set(records...)
			views, _ := watch(t, Services(Config{Name: rooted, Resolver: z.resolver()}))
			all := strings.Join(append(want, "tcp://z.test:9 w7 t2"), " ")
			if got := <-views; got != all {
				t.Errorf("weights %v: %s, want %s", tt.weights, got, all)
			}
		})
	}
}

func TestNameThatIsNotThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		z := new(zone)
		_ = z.set(addressOf("shop.test.", "192.0.2.1", 1))
		_, ended := watch(t, Hosts(Config{Name: rooted, Resolver: z.resolver()}))
		if err := <-ended; !errors.Is(err, discovery.ErrNoService) {
			t.Errorf("a name without records: %v", err)
		}
		_ = z.change(func() { z.broken = true })
		_, ended = watch(t, Hosts(Config{Name: rooted, Resolver: z.resolver()}))
		if err := <-ended; err == nil || errors.Is(err, discovery.ErrNoService) {
			t.Errorf("a server that fails: %v", err)
		}
	})
}

func TestAnswerThatIsNotWhole(t *testing.T) {
	for want, change := range map[string]func(*zone){
		"malformed": func(z *zone) { z.spoilt = true },
		"truncated": func(z *zone) { z.cut = true },
	} {
		synctest.Test(t, func(t *testing.T) {
			z := new(zone)
			_ = z.set(addressOf("bank.test.", "192.0.2.1", 9), addressOf("bank.test.", "192.0.2.2", 9))
			_ = z.change(func() { change(z) })
			views, ended := watch(t, Hosts(Config{Name: rooted, Network: "ip4", Resolver: z.resolver()}))
			if err := <-ended; err == nil || !strings.HasSuffix(err.Error(), want) || len(views) > 0 {
				t.Errorf("%d views and %v, want an error: %s", len(views), err, want)
			}
		})
	}
}

func TestServiceThatIsDecidedlyNotThere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		z := new(zone)
		_ = z.set(serviceOf("bank.test.", ".", 0, 0, 0, 60))
		views, _ := watch(t, Services(Config{Name: rooted, Resolver: z.resolver()}))
		if got := <-views; got != "" {
			t.Errorf("the view has %s", got)
		}
	})
}

func TestNamesByDefault(t *testing.T) {
	target := engine.URL{Env: "prod", Port: 7400, Service: "bank"}
	for name, s := range map[string]discovery.Source{
		"bank.prod": Hosts(Config{}), "_lever._tcp.bank.prod": Services(Config{}),
	} {
		if got := s.(source).config.Name(target); got != name {
			t.Errorf("looks up %s, want %s", got, name)
		}
	}
}

// The same through sockets, with packets, as the resolver of a machine does it.
func TestHostsOverUDP(t *testing.T) {
	z := new(zone)
	_ = z.set(addressOf("bank.test.", "192.0.2.7", 5), addressOf("bank.test.", "2001:db8::7", 3))
	server, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	go z.servePackets(server)
	s := Hosts(Config{Name: rooted, Resolver: &net.Resolver{PreferGo: true,
		Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, server.LocalAddr().String())
		}}}).(source)
	instances, ttl, err := s.lookup(t.Context(), bank)
	if err != nil || len(instances) != 2 || ttl != 3*time.Second {
		t.Errorf("lookup = %v, %v, %v, want 2 instances for 3s", instances, ttl, err)
	}
	if want := "tcp://192.0.2.7:" + strconv.Itoa(bank.Port); instances[0].Addr != want {
		t.Errorf("the first is %s, want %s", instances[0].Addr, want)
	}
}
