package dns

import (
	"encoding/binary"
	"testing"
	"testing/synctest"
	"time"

	"github.com/leverrpc/lever/engine"
)

func TestNamesAreAskedForWhenTheirTTLEnds(t *testing.T) {
	for ttl, want := range map[uint32]time.Duration{
		0: time.Second, 1: time.Second, 7: 7 * time.Second, 30: 30 * time.Second,
		3600: 30 * time.Second, 1 << 31: time.Second,
	} {
		synctest.Test(t, func(t *testing.T) {
			z := new(zone)
			_ = z.set(addressOf("bank.test.", "192.0.2.1", ttl), addressOf("bank.test.", "192.0.2.2", 3600))
			watch(t, Hosts(Config{Name: rooted, Network: "ip4", Resolver: z.resolver()}))
			const asked = 100
			time.Sleep(asked * want * 17 / 16) // the jitter is an eighth at most
			synctest.Wait()
			if z.asked < asked*95/100 || z.asked > asked*105/100+1 {
				t.Errorf("TTL %ds: asked %d times in %v, want about %d", ttl, z.asked, asked*want, asked)
			}
		})
	}
}

func TestPauseGrowsWithoutTTL(t *testing.T) {
	var p pace
	a, b := []engine.Instance{{Addr: "h:1"}}, []engine.Instance{{Addr: "h:2"}}
	for _, step := range []struct {
		instances []engine.Instance
		pause     time.Duration
		news      bool
	}{
		{nil, 1, true}, {nil, 2, false}, {a, 1, true}, {a, 2, false}, {a, 4, false}, {a, 8, false},
		{a, 16, false}, {a, 30, false}, {a, 30, false}, {b, 1, true}, {b, 2, false},
	} {
		pause, news := p.next(step.instances, -1)
		least := step.pause * time.Second
		if news != step.news || pause < least || pause > least*9/8 {
			t.Errorf("%v: next = %v, %v, want %v, %v", step.instances, pause, news, least, step.news)
		}
	}
}

func TestLeastTTLOfMalformedMessages(t *testing.T) {
	z := new(zone)
	_ = z.set(addressOf("bank.test.", "192.0.2.1", 9), addressOf("bank.test.", "192.0.2.2", 5))
	question := append([]byte{1, 2, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0}, appendName(nil, "bank.test.")...)
	whole := z.answer(append(question, 0, typeA, 0, 1))
	if ttl, ok := leastTTL(whole); !ok || ttl != 5*time.Second {
		t.Errorf("leastTTL = %v, %v, want 5s", ttl, ok)
	}
	for i := range whole {
		if _, ok := leastTTL(whole[:i]); ok {
			t.Errorf("a message of %d bytes was good when cut at %d", len(whole), i)
		}
	}
	if ttl, ok := leastTTL(append(question, 0, typeA, 0, 1)); !ok || ttl >= 0 {
		t.Errorf("a message without answers has a TTL of %v", ttl)
	}
}

// FuzzLeastTTL: a record more can only shorten the TTL, and nothing makes it panic.
func FuzzLeastTTL(f *testing.F) {
	z := new(zone)
	_ = z.set(addressOf("bank.test.", "192.0.2.1", 9))
	question := append([]byte{1, 2, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0}, appendName(nil, "bank.test.")...)
	f.Add(z.answer(append(question, 0, typeA, 0, 1)), uint32(7))
	f.Fuzz(func(t *testing.T, m []byte, ttl uint32) {
		before, ok := leastTTL(m)
		if !ok || len(m) > 1<<16 {
			return
		}
		m = addressOf("", "192.0.2.1", ttl).append(m[:len(m):len(m)])
		count := binary.BigEndian.Uint16(m[6:]) + 1
		if count == 0 {
			return
		}
		binary.BigEndian.PutUint16(m[6:], count)
		if after, ok := leastTTL(m); ok && before >= 0 && after > before {
			t.Errorf("a TTL of %ds made %v of %v", ttl, after, before)
		}
	})
}
