package engine

import (
	"context"
	"math"
	"testing"
	"time"
)

// In real time: a clock that stands still in the morning of its time has room for every deadline.
func TestDeadlinesMayBeFarAway(t *testing.T) {
	s := bank(t, ServerConfig{})
	m := dialPipe(t, s, ClientConfig{}).Method("greet")
	endless := dialPipe(t, s, ClientConfig{Timeout: math.MaxInt64}).Method("greet")
	for i := range 3 {
		long, stop := context.WithTimeout(t.Context(), math.MaxInt64)
		far, stopFar := context.WithDeadline(t.Context(), time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC))
		for name, x := range map[string]struct {
			ctx context.Context
			m   Method
		}{
			"WithTimeout": {long, m}, "WithDeadline": {far, m}, "ClientConfig.Timeout": {t.Context(), endless},
		} {
			if got, err := Call[string](x.ctx, x.m, "you"); got != "hello you" || err != nil {
				t.Errorf("call %d with a far %s = %q, %v", i, name, got, err)
			}
		}
		stop()
		stopFar()
	}
}
