package abuse

import (
	"context"
	"hash/crc32"
	"math/rand/v2"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/leverrpc/lever/engine"
	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/pool"
)

// TestAbuseA46BuffersUsedAfterFree has payloads of all sizes echoed while calls are cancelled and
// connections killed. A buffer that two owners have at once shows in the content; one that is not
// given back shows in the balance, where the build counts (with -race, or the tag invariants,
// released buffers are poisoned as well).
func TestAbuseA46BuffersUsedAfterFree(t *testing.T) {
	eachDriver(t, func(t *testing.T, d transport.Driver) {
		before, counts := pool.Live()
		t.Run("under fire", func(t *testing.T) {
			addr, _ := serve(t, transport.Config{Driver: d})
			l := newLink(t, addr)
			client := newClient(t, l.addr, engine.ClientConfig{MaxConns: 4})
			var workers sync.WaitGroup
			for w := range 6 {
				workers.Go(func() { echoPatterns(t, client, uint64(w), times(60, 20_000)) })
			}
			done := make(chan struct{})
			go func() { workers.Wait(); close(done) }()
			for alive := true; alive; {
				select {
				case <-done:
					alive = false
				case <-time.After(20 * time.Millisecond):
					l.cut()
				}
			}
		})
		if counts {
			eventually(t, "all buffers are released", func() bool {
				after, _ := pool.Live()
				return after <= before
			})
		}
	})
}

// echoPatterns sends payloads that carry their checksum, and checks what comes back.
func echoPatterns(t *testing.T, s engine.Service, seed uint64, n int) {
	rng := rand.New(rand.NewPCG(46, seed))
	for i := range n {
		body := make([]byte, 4+rng.IntN(1<<(4+i%14)))
		for j := 4; j < len(body); j += 97 {
			body[j] = byte(rng.Uint32())
		}
		sum := crc32.ChecksumIEEE(body[4:])
		copy(body, []byte{byte(sum), byte(sum >> 8), byte(sum >> 16), byte(sum >> 24)})
		ctx, stop := context.WithTimeout(context.Background(), patience)
		if i%5 == 0 {
			time.AfterFunc(time.Duration(rng.IntN(300))*time.Microsecond, stop)
		}
		got, err := engine.Call[[]byte](ctx, s.Method([]string{"echo", "work"}[i&1]), body)
		stop()
		if err == nil && string(got) != string(body) {
			t.Errorf("%d bytes came back as %d others", len(body), len(got))
		}
	}
}

// TestAbuseA46PoisonedPool runs this package's attacks again with a pool that poisons.
func TestAbuseA46PoisonedPool(t *testing.T) {
	if _, counts := pool.Live(); counts || !*full {
		t.Skip("needs -full, and a build that does not count by itself")
	}
	cmd := exec.Command("go", "test", "-tags", "invariants", "-count=1", ".")
	cmd.Env = append(os.Environ(), "GOFLAGS=")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("with poisoned buffers: %v\n%s", err, out)
	}
}
