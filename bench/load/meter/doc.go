// Package meter measures something that is done again and again by many callers: how often in a
// second, how long each time, and what it costs the process. It knows nothing of networks.
//
// A load is closed or open. In a closed loop a caller begins anew when it is through, so the
// callers slow down with what they measure. In an open loop each operation has a time at which
// it is due, whatever became of those before, and its latency counts from then on: a stall
// that holds up a hundred operations is seen a hundred times and not once. (Forgetting that is
// known as coordinated omission.) How late the generator itself was, for operations that
// nothing but its own sleep held up, is kept apart.
//
// What it never does: it drops no outlier, and it goes on after no error. A run whose operation
// fails once is void, because the speed of errors is not the speed of work.
package meter
