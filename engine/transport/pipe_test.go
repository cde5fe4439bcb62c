package transport

import (
	"bytes"
	"io"
	"net"
	"testing"
	"testing/synctest"
)

func TestPipeEchoesCallsOfEverySize(t *testing.T) {
	for _, size := range []int{0, 1, 100, 1 << 10, 16 << 10, 100 << 10, 3 << 20} {
		synctest.Test(t, func(t *testing.T) {
			c, s := Pipe(Config{}, Config{}, &caller{}, &echoServer{})
			wantEcho(t, c, pattern(size))
			wantEcho(t, c, pattern(size))
			c.Drain()
			<-c.Done()
			<-s.Done()
			if err := c.Err(); err != nil {
				t.Errorf("client after a drain: %v", err)
			}
			if err := s.Err(); err != nil {
				t.Errorf("server after a drain: %v", err)
			}
		})
	}
}

func TestPipeHoldsNoMoreThanItsSize(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := NetPipe(4)
		n, err := a.(*pipeEnd).tryWrite([]byte("abcdef"))
		if n != 4 || err != nil {
			t.Fatalf("tryWrite of 6 bytes into 4: got %d, %v", n, err)
		}
		wrote := false
		go func() {
			a.Write([]byte("ef"))
			wrote = true
		}()
		synctest.Wait()
		if wrote {
			t.Fatal("a write into a full pipe did not wait")
		}
		got := make([]byte, 6)
		if _, err := io.ReadFull(b, got); err != nil || string(got) != "abcdef" {
			t.Fatalf("read %q, %v", got, err)
		}
		synctest.Wait()
		if !wrote {
			t.Fatal("the write went on waiting when there was room")
		}
	})
}

func TestPipeEndsOneDirectionAlone(t *testing.T) {
	a, b := NetPipe(16)
	a.Write([]byte("last"))
	a.(*pipeEnd).CloseWrite()
	got, err := io.ReadAll(b)
	if err != nil || string(got) != "last" {
		t.Fatalf("read %q, %v after the other end stopped writing", got, err)
	}
	b.Write([]byte("reply"))
	p := make([]byte, 16)
	if n, err := a.Read(p); err != nil || !bytes.Equal(p[:n], []byte("reply")) {
		t.Fatalf("read %q, %v from the open direction", p[:n], err)
	}
	b.Close()
	if _, err := a.Read(p); err != io.EOF {
		t.Errorf("read from a closed end: %v, want EOF", err)
	}
	if _, err := b.Read(p); err != net.ErrClosed {
		t.Errorf("read at a closed end: %v, want net.ErrClosed", err)
	}
	if _, err := a.Write(p); err == nil {
		t.Error("a write that nobody can read succeeded")
	}
}
