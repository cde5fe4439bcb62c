package dns

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/leverrpc/lever/engine"
)

const (
	pauseMin = time.Second
	pauseMax = 30 * time.Second
)

// pace says when to look up a name again. Owned by one Watch.
type pace struct {
	began bool
	last  []engine.Instance
	pause time.Duration // without a TTL
}

// next takes an answer, and says whether it is another than before, and when to ask again. A
// negative ttl is unknown.
func (p *pace) next(instances []engine.Instance, ttl time.Duration) (pause time.Duration, news bool) {
	news = !p.began || !slices.Equal(instances, p.last)
	p.began, p.last = true, instances
	p.pause *= 2
	if news {
		p.pause = pauseMin
	}
	p.pause = min(p.pause, pauseMax)
	pause = p.pause
	if ttl >= 0 {
		pause = min(max(ttl, pauseMin), pauseMax)
	}
	return pause + rand.N(pause/8), news // never earlier: a cache would give the old answer again
}
