package etcd

import (
	"io"
	"net"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.etcd.io/etcd/server/v3/embed"
	"go.uber.org/zap"
)

// shared is the address of the etcd that all tests share; each has keys of its own there.
var shared string

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) (code int) {
	dir, err := os.MkdirTemp("", "lever-etcd")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	anywhere := []url.URL{{Scheme: "http", Host: "127.0.0.1:0"}}
	config := embed.NewConfig()
	config.Dir, config.LogLevel = dir, "panic"
	config.ListenClientUrls, config.ListenPeerUrls = anywhere, anywhere
	config.AdvertiseClientUrls, config.AdvertisePeerUrls = anywhere, anywhere
	config.InitialCluster = config.InitialClusterFromName(config.Name)
	config.UnsafeNoFsync = true
	server, err := embed.StartEtcd(config)
	if err != nil {
		panic(err)
	}
	defer server.Close()
	<-server.Server.ReadyNotify()
	shared = server.Clients[0].Addr().String()
	return m.Run()
}

// prefixes makes the prefixes of tests different.
var prefixes atomic.Int64

// path is a way to etcd that can be cut: a proxy. Safe for concurrent use.
type path struct {
	listener net.Listener

	mu    sync.Mutex // guards what follows
	cut   bool
	conns map[net.Conn]struct{}
	all   sync.WaitGroup
}

func newPath(t *testing.T) *path {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &path{listener: l, conns: map[net.Conn]struct{}{}}
	p.all.Go(p.accept)
	t.Cleanup(func() {
		l.Close()
		_ = p.setCut(true)
		p.all.Wait()
	})
	return p
}

// setCut ends all connections and refuses new ones, or lets them be made again.
func (p *path) setCut(cut bool) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut = cut
	for c := range p.conns {
		if cut {
			c.Close()
		}
	}
	return nil
}

func (p *path) accept() {
	for {
		near, err := p.listener.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", shared)
		if err != nil || !p.add(near, far) {
			near.Close()
			continue
		}
		for _, way := range [][2]net.Conn{{near, far}, {far, near}} {
			p.all.Go(func() {
				_, _ = io.Copy(way[0], way[1])
				near.Close()
				far.Close()
			})
		}
	}
}

func (p *path) add(conns ...net.Conn) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, c := range conns {
		if p.cut {
			c.Close()
		} else {
			p.conns[c] = struct{}{}
		}
	}
	return !p.cut
}

// dial gives a client that goes this way.
func (p *path) dial(t *testing.T) *clientv3.Client {
	t.Helper()
	client, err := clientv3.New(clientv3.Config{
		Endpoints:   []string{p.listener.Addr().String()},
		DialTimeout: 10 * time.Second,
		Logger:      zap.NewNop(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return client
}

// prefixOf gives a test keys of its own.
func prefixOf(t *testing.T) string {
	return "/" + strings.ReplaceAll(t.Name(), "/", "-") + time.Unix(0, prefixes.Add(1)).Format(".000000000")
}
