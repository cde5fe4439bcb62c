package document

import (
	"context"
	"sync"
	"time"

	"github.com/leverrpc/lever/engine"
)

// ServiceName is the service that documents are resources of.
const ServiceName = "document"

// maxSlowMS is the longest time that the method slow takes.
const maxSlowMS = 60_000

// Moment is what happens to a call of the method slow.
type Moment int

// The moments of slow.
const (
	Begun   Moment = iota
	Stopped        // its caller gave up
)

// Service is the methods of the documents of one store. Safe for concurrent use.
type Service struct {
	// Notify, if it is set before Register, hears of the moments of slow.
	Notify func(Moment)

	store    *Store
	closing  chan struct{} // closed by Close
	closeOne sync.Once
}

// NewService gives the service of an empty store.
func NewService() *Service {
	return &Service{store: NewStore(), closing: make(chan struct{})}
}

// Close ends the watchers, which would otherwise keep a draining server waiting.
func (s *Service) Close() { s.closeOne.Do(func() { close(s.closing) }) }

// Register adds the methods to a server.
func (s *Service) Register(srv *engine.Server) error {
	return srv.Add(
		engine.Named{Name: "read", Handler: engine.Func0(s.read)},
		engine.Named{Name: "edit", Handler: engine.Func1(s.edit)},
		engine.Named{Name: "append", Handler: engine.Func1(s.append)},
		engine.Named{Name: "upload", Handler: engine.Func1(s.upload)},
		engine.Named{Name: "download", Handler: engine.Func0(s.download)},
		engine.Named{Name: "watchChan", Handler: engine.Chan1(s.watch)},
		engine.Named{Name: "uploadChan", Handler: engine.Chan0(s.uploadStream)},
		engine.Named{Name: "downloadChan", Handler: engine.Chan0(s.downloadStream)},
		engine.Named{Name: "slow", Handler: engine.Func1(s.slow)},
		engine.Named{Name: "crash", Handler: engine.Func0(s.crash)},
	)
}

// read gives the text.
func (s *Service) read(ctx context.Context) (Snapshot, error) {
	d, err := s.document(ctx)
	if err != nil {
		return Snapshot{}, err
	}
	return d.Read(), nil
}

// edit changes the text, or refuses with CodeConflict and what the caller needs to try again.
func (s *Service) edit(ctx context.Context, e Edit) (Change, error) {
	d, err := s.document(ctx)
	if err != nil {
		return Change{}, err
	}
	c, err := d.Edit(e)
	return c, refusal(err)
}

// append puts text behind all there is.
func (s *Service) append(ctx context.Context, text string) (Change, error) {
	d, err := s.document(ctx)
	if err != nil {
		return Change{}, err
	}
	c, err := d.Append(text)
	return c, refusal(err)
}

// watch sends every change after a revision, as it happens. It ends when the service closes, or
// when the watcher closes its own side: then it has sent what had happened until then.
func (s *Service) watch(ctx context.Context, revision int64,
	ch *engine.Chan[engine.None, Change]) error {
	d, err := s.document(ctx)
	if err != nil {
		return err
	}
	left := make(chan struct{})
	go func() { // ends with the stream, at the latest when this handler has returned
		defer close(left)
		for range ch.All() { // a watcher has nothing to say but that it leaves
		}
	}()
	for {
		changes, next, err := d.Since(revision)
		if err != nil {
			return refusal(err)
		}
		for _, c := range changes {
			if err := ch.Send(c); err != nil {
				return err
			}
			revision = c.Revision
		}
		select {
		case <-next:
		case <-left:
			return nil
		case <-s.closing:
			return nil
		}
	}
}

// slow answers after some milliseconds, unless its caller gives up before.
func (s *Service) slow(ctx context.Context, ms int64) (int64, error) {
	s.notify(Begun)
	ms = min(max(ms, 0), maxSlowMS)
	timer := time.NewTimer(time.Duration(ms) * time.Millisecond)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ms, nil
	case <-ctx.Done():
		s.notify(Stopped)
		return 0, ctx.Err()
	}
}

func (s *Service) notify(m Moment) {
	if s.Notify != nil {
		s.Notify(m)
	}
}

// crash panics: it shows that a panic ends one call and nothing else.
func (s *Service) crash(context.Context) (engine.None, error) {
	panic("this method always panics")
}

// document gives the document that a call is about.
func (s *Service) document(ctx context.Context) (*Document, error) {
	info, _ := engine.CallInfo(ctx)
	if info.Resource == "" {
		return nil, engine.Errorf(engine.NoResource,
			"name a document: /%s/NAME/method", ServiceName)
	}
	d, err := s.store.Open(info.Resource)
	return d, refusal(err)
}
