// Package sim lets callers with different balancers send calls to servers with different troubles,
// in virtual time, and holds package lb to bars. It consists of tests alone.
//
// A run is a function of its scenario and its seed: there is one queue of events, one source of
// random numbers, and no clock. Each caller balances by what it has seen itself, as real ones do.
//
//	caller ──pick──▶ 0.1 ms ──▶ server: workers, queue, service time ──▶ 0.1 ms ──▶ done
//
// Beside the picker of lb stand the classic ones, so that most bars are ratios, which hold on any
// reading of a scenario, and not only absolute times.
package sim
