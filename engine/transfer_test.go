package engine

import (
	"context"
	"encoding/binary"
	"flag"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"testing"
)

var transferMiB = flag.Int("transfer", 64, "MiB that the transfer test moves each way")

// TestTransfersOfAnySizeNeedLittleMemory uploads and downloads much more than the process may hold
// meanwhile, which is both ends of the stream.
func TestTransfersOfAnySizeNeedLittleMemory(t *testing.T) {
	const (
		chunk = 32 << 10
		most  = 24 << 20
	)
	chunks := *transferMiB << 20 / chunk
	s := NewServer(ServerConfig{Service: "bank"})
	err := s.Add(
		Named{"uploadChan", Chan0(func(_ context.Context, ch *Chan[[]byte, int]) error {
			if err := drainChunks(ch.Recv, chunks); err != nil {
				return err
			}
			return ch.Send(chunks)
		})},
		Named{"downloadChan", Chan0(func(_ context.Context, ch *Chan[None, []byte]) error {
			return sendChunks(ch.Send, chunks, chunk)
		})})
	if err != nil {
		t.Fatal(err)
	}
	svc := serveOn(t, s, "tcp://127.0.0.1:0", ClientConfig{})
	watch := watchHeap(chunks / 64)
	defer debug.SetGCPercent(debug.SetGCPercent(25)) // garbage of other tests is little then

	up, err := Open[int, []byte](t.Context(), svc.Method("uploadChan"))
	if err != nil {
		t.Fatal(err)
	}
	send := func(p []byte) error {
		watch.look()
		return up.Send(p)
	}
	if err := sendChunks(send, chunks, chunk); err != nil {
		t.Fatal(err)
	}
	if n, err := up.Recv(); n != chunks || err != nil {
		t.Errorf("the server got %d chunks, %v", n, err)
	}
	down, err := Open[[]byte, None](t.Context(), svc.Method("downloadChan"))
	if err != nil {
		t.Fatal(err)
	}
	receive := func() ([]byte, error) {
		watch.look()
		return down.Recv()
	}
	if err := drainChunks(receive, chunks); err != nil {
		t.Error(err)
	}
	if _, err := down.Recv(); err != io.EOF {
		t.Errorf("after the last chunk came %v", err)
	}
	t.Logf("%d KiB of heap at most", (watch.most-watch.base)>>10)
	if watch.most > watch.base+most {
		t.Errorf("%d MiB each way needed %d KiB of heap", *transferMiB, (watch.most-watch.base)>>10)
	}
}

// sendChunks sends n chunks that begin with their number.
func sendChunks(send func([]byte) error, n, size int) error {
	p := make([]byte, size)
	for i := range n {
		binary.LittleEndian.PutUint64(p, uint64(i))
		if err := send(p); err != nil {
			return err
		}
	}
	return nil
}

// drainChunks takes n chunks and checks their order.
func drainChunks(receive func() ([]byte, error), n int) error {
	for i := range n {
		p, err := receive()
		if err != nil {
			return err
		}
		if got := binary.LittleEndian.Uint64(p); got != uint64(i) {
			return fmt.Errorf("chunk %d came as number %d", got, i)
		}
	}
	return nil
}

// heapWatch notes the most that the heap has held, looking at it now and then.
type heapWatch struct {
	every, skipped int
	base, most     uint64
}

func watchHeap(every int) *heapWatch {
	runtime.GC()
	w := &heapWatch{skipped: every}
	w.look()
	w.every, w.base = every, w.most
	return w
}

func (w *heapWatch) look() {
	if w.skipped++; w.skipped < w.every {
		return
	}
	w.skipped = 0
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	w.most = max(w.most, m.HeapAlloc)
}
