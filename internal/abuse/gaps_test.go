package abuse

import (
	"flag"
	"testing"
)

// gaps are what the attacks have found and what is not mended yet, by the name of the test that
// shows it. With -gaps these tests run, and fail.
var gaps = map[string]string{
	"TestAbuseA12SlowReader": "a session queues the results of all calls, whatever their size, " +
		"until the peer reads them or the stall timeout is over",
}

var showGaps = flag.Bool("gaps", false, "run the tests of known gaps as well")

// knownGap skips a test that shows a known gap, and says which.
func knownGap(t *testing.T) {
	if why, known := gaps[t.Name()]; known && !*showGaps {
		t.Skipf("known gap: %s", why)
	}
}
