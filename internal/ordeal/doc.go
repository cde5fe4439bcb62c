// Package ordeal lets real processes be restarted, killed and stopped while they are called, and
// checks what Lever promises of such times. It has no code of its own.
//
//	         ┌──────────── test: registry, callers ────────────┐
//	         │ calls, signals                          views   │
//	         ▼                                                 ▼
//	instance a ──┐       instance b ──┐          instance c ──┐
//	             ▼                    ▼                       ▼
//	one file that all append to: which call began where, by what lease and fence
//
// An instance is the test binary again, in a process of its own. It writes down that a handler has
// begun before it does anything else, and what was written outlives it; so the file says what has
// run, and its order is the order in which that happened, whoever was killed meanwhile.
//
//	ordeal                  what must hold
//	──────                  ──────────────
//	TestRollingRestart      each of three instances is restarted in turn, ten times: no call fails,
//	                        and the 99th percentile is at most 50 ms more than without
//	TestKills               200 instances are killed: no call runs twice that may not, none outlives
//	                        its deadline by 100 ms, and EffectOf is right about each of them
//	TestOwnersTakeTurns     20 owners are killed, or stopped and continued later: the next begins
//	                        when their lease is over, never two at once, and fences never fall;
//	                        nothing moves when others join and leave
//
// These are short by default: one restart each, 5 kills, 2 owners;
//
//	go test ./internal/ordeal -full -v
//
// runs them as above, in about four minutes, and prints the figures. A run is drawn from a seed,
// which -seed repeats as far as the system's own timing allows. Everything stays on loopback, on
// ports that the system chooses. An instance ends when its test does, however that ends: it reads
// from a pipe that the test holds.
package ordeal
