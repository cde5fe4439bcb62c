package document

import (
	"errors"
	"fmt"
	"sync"
)

// MaxDocuments is how many documents one store holds.
const MaxDocuments = 1024

// Errors that say which kind of refusal it was; the message around them says why.
var (
	// ErrRange refuses positions and revisions that a document does not have.
	ErrRange = errors.New("out of range")
	// ErrFull refuses what would cross a limit.
	ErrFull = errors.New("too much")
)

// Conflict refuses an edit whose author did not see the latest revision.
type Conflict struct {
	Base     int64
	Revision int64
}

// Error says both revisions.
func (c *Conflict) Error() string {
	return fmt.Sprintf("the edit is for revision %d, the document is at %d", c.Base, c.Revision)
}

// Behind refuses a watcher whose next change has been forgotten: it must read the text anew.
type Behind struct {
	Revision int64
	Oldest   int64
}

// Error says where a watcher may begin.
func (b *Behind) Error() string {
	return fmt.Sprintf("the changes after revision %d are forgotten, those after %d are kept",
		b.Revision, b.Oldest)
}

// Store holds documents by name.
type Store struct {
	mu        sync.Mutex // guards documents
	documents map[string]*Document
}

// NewStore gives an empty store.
func NewStore() *Store {
	return &Store{documents: make(map[string]*Document)}
}

// Open gives the document of a name, and makes it at the first touch.
func (s *Store) Open(name string) (*Document, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if d, ok := s.documents[name]; ok {
		return d, nil
	}
	if len(s.documents) == MaxDocuments {
		return nil, fmt.Errorf("%w: %d documents, no more are kept", ErrFull, MaxDocuments)
	}
	d := New()
	s.documents[name] = d
	return d, nil
}
