package meter

import (
	"runtime/metrics"
	"time"
)

// Usage is what this process has used since it began; Resident is what it holds now.
type Usage struct {
	User, System time.Duration
	Switches     uint64 // between threads, wanted or not
	Allocs       uint64 // objects on the heap
	AllocBytes   uint64
	Resident     uint64 // bytes of memory
}

// CPU is the time on processors.
func (u Usage) CPU() time.Duration { return u.User + u.System }

// Sub is what was used since an earlier look. Resident stays what it is now.
func (u Usage) Sub(earlier Usage) Usage {
	u.User -= earlier.User
	u.System -= earlier.System
	u.Switches -= earlier.Switches
	u.Allocs -= earlier.Allocs
	u.AllocBytes -= earlier.AllocBytes
	return u
}

// ReadUsage looks. What the system does not tell is zero.
func ReadUsage() Usage {
	var u Usage
	u.readSystem()
	samples := []metrics.Sample{
		{Name: "/gc/heap/allocs:objects"},
		{Name: "/gc/heap/tiny/allocs:objects"}, // those that share a block with others
		{Name: "/gc/heap/allocs:bytes"},
	}
	metrics.Read(samples)
	u.Allocs = samples[0].Value.Uint64() + samples[1].Value.Uint64()
	u.AllocBytes = samples[2].Value.Uint64()
	return u
}
