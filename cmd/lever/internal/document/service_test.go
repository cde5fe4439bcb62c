package document

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"testing"

	"github.com/leverrpc/lever/engine"
)

// start serves documents on a port of the system's choice and gives a document's address.
func start(t *testing.T, s *Service) engine.Service {
	t.Helper()
	srv := engine.NewServer(engine.ServerConfig{
		Service: ServiceName, Logger: slog.New(slog.DiscardHandler),
	})
	if err := s.Register(srv); err != nil {
		t.Fatal(err)
	}
	if err := srv.Listen("tcp://127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	served := make(chan error, 1)
	go func() { served <- srv.Serve(ctx) }()
	client, err := engine.NewClient(engine.ClientConfig{Addrs: srv.Addrs()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.Close()
		stop()
		if err := errors.Join(client.Close(), <-served); err != nil {
			t.Error(err)
		}
	})
	return client.Service("lever://test/" + ServiceName + "/letter")
}

func TestDocumentsAreResources(t *testing.T) {
	s := start(t, NewService())
	for _, name := range []string{"one", "two words/and a path"} {
		d := s.Resource(name)
		_, err := engine.Call[Change](t.Context(), d.Method("edit"), Edit{Insert: name})
		if err != nil {
			t.Fatal(err)
		}
		got, err := engine.Call[Snapshot](t.Context(), d.Method("read"))
		if want := (Snapshot{Revision: 1, Text: name}); err != nil || got != want {
			t.Errorf("got %+v and %v, want %+v", got, err, want)
		}
	}
	_, err := engine.Call[Snapshot](t.Context(), s.Resource("").Method("read"))
	if !errors.Is(err, engine.NoResource) {
		t.Errorf("without a name: got %v, want %v", err, engine.NoResource)
	}
}

func TestRefusalsHaveCodes(t *testing.T) {
	s := start(t, NewService())
	edit := func(e Edit) error {
		_, err := engine.Call[Change](t.Context(), s.Method("edit"), e)
		return err
	}
	for range MaxLog + 1 {
		if err := edit(Edit{Base: latest(t, s)}); err != nil {
			t.Fatal(err)
		}
	}
	tests := []struct {
		name string
		err  error
		code engine.Code
		want Refusal
	}{
		{"an edit of an old revision", edit(Edit{Base: 3}), CodeConflict, Refusal{
			Message: "the edit is for revision 3, the document is at 1025",
			Seen:    3, Revision: MaxLog + 1,
		}},
		{"a watcher that lags", watchOnce(t, s, 0), CodeBehind, Refusal{
			Message:  "the changes after revision 0 are forgotten, those after 1 are kept",
			Revision: 1,
		}},
		{"an edit out of range", edit(Edit{Base: MaxLog + 1, At: 9}),
			engine.InvalidArgument, Refusal{}},
		{"too much text", edit(Edit{Base: MaxLog + 1, Insert: string(make([]byte, MaxText+1))}),
			engine.ResourceExhausted, Refusal{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e, ok := errors.AsType[*engine.Error](tt.err)
			if !ok || e.Code != tt.code {
				t.Fatalf("got %v, want code %d", tt.err, tt.code)
			}
			var got Refusal
			if tt.want != (Refusal{}) && e.Detail.Decode(&got) != nil || got != tt.want {
				t.Errorf("got %+v, want %+v", got, tt.want)
			}
		})
	}
}

func TestWatchEnds(t *testing.T) {
	service := NewService()
	s := start(t, service)
	if _, err := engine.Call[Change](t.Context(), s.Method("edit"), Edit{Insert: "x"}); err != nil {
		t.Fatal(err)
	}
	t.Run("when the watcher closes its side", func(t *testing.T) {
		if err := watchOnce(t, s, 0); err != nil {
			t.Error(err)
		}
	})
	t.Run("when the service closes", func(t *testing.T) {
		ch, err := engine.Open[Change, engine.None](t.Context(), s.Method("watchChan"), 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ch.Recv(); err != nil {
			t.Fatal(err)
		}
		service.Close()
		if _, err := ch.Recv(); err != io.EOF {
			t.Errorf("got %v, want %v", err, io.EOF)
		}
	})
}

func TestSlowStopsWithItsCaller(t *testing.T) {
	service := NewService()
	moments := make(chan Moment, 2)
	service.Notify = func(m Moment) { moments <- m }
	s := start(t, service)
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error, 1)
	go func() {
		_, err := engine.Call[int64](ctx, s.Method("slow"), int64(maxSlowMS))
		result <- err
	}()
	if m := <-moments; m != Begun {
		t.Errorf("got moment %v, want %v", m, Begun)
	}
	cancel()
	if err := <-result; !errors.Is(err, engine.Cancelled) {
		t.Errorf("got %v, want %v", err, engine.Cancelled)
	}
	if m := <-moments; m != Stopped {
		t.Errorf("got moment %v, want %v", m, Stopped)
	}
}

func TestUploadInChunksHasALimit(t *testing.T) {
	s := start(t, NewService())
	ch, err := engine.Open[Receipt, []byte](t.Context(), s.Method("uploadChan"))
	if err != nil {
		t.Fatal(err)
	}
	chunk := make([]byte, 1<<20)
	for range MaxAttachment/len(chunk) + 1 {
		if ch.Send(chunk) != nil {
			break // the refusal may come before the last chunk
		}
	}
	if _, err := ch.Recv(); !errors.Is(err, engine.ResourceExhausted) {
		t.Errorf("got %v, want %v", err, engine.ResourceExhausted)
	}
}

// latest gives the present revision.
func latest(t *testing.T, s engine.Service) int64 {
	t.Helper()
	got, err := engine.Call[Snapshot](t.Context(), s.Method("read"))
	if err != nil {
		t.Fatal(err)
	}
	return got.Revision
}

// watchOnce watches what has happened so far, and gives the error that it ends with.
func watchOnce(t *testing.T, s engine.Service, revision int64) error {
	t.Helper()
	ch, err := engine.Open[Change, engine.None](t.Context(), s.Method("watchChan"), revision)
	if err != nil {
		t.Fatal(err)
	}
	if err := ch.CloseSend(); err != nil {
		t.Fatal(err)
	}
	for c, err := range ch.All() {
		if err != nil {
			return err
		}
		if revision++; c.Revision != revision {
			t.Errorf("got revision %d, want %d", c.Revision, revision)
		}
	}
	return nil
}
