package discovery

import (
	"maps"
	"strings"
	"time"
)

// journal remembers which causes were logged, so that a source that stays away fills no disk. A
// cause is new again when it was not seen for a while. Owned by a watch.
type journal struct {
	seen map[string]time.Time
}

const (
	journalAge  = time.Minute // how long a cause that does not come again is remembered
	journalSize = 16          // causes that are remembered; more of them are not logged
)

// fresh notes a cause, and says whether it is worth a line.
func (j *journal) fresh(now time.Time, cause error) bool {
	if j.seen == nil {
		j.seen = make(map[string]time.Time)
	}
	maps.DeleteFunc(j.seen, func(_ string, at time.Time) bool { return now.Sub(at) > journalAge })
	text := withoutNumbers(cause.Error())
	_, known := j.seen[text]
	if !known && len(j.seen) >= journalSize {
		return false
	}
	j.seen[text] = now
	return !known
}

// withoutNumbers takes out what differs between two errors of one cause: ports, times, epochs.
func withoutNumbers(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return -1
		}
		return r
	}, s)
}
