package document

import (
	"fmt"
	"slices"
	"sync"
	"unicode/utf8"
)

// The limits of one store. Each has a test that crosses it.
const (
	// MaxText is the length of one document's text in characters.
	MaxText = 1 << 20
	// MaxLog is how many of its latest changes a document remembers for watchers that lag or
	// return.
	MaxLog = 1024
	// MaxAttachment is the size of one document's attachment in bytes.
	MaxAttachment = 64 << 20
)

// Edit asks for Remove characters at position At to be replaced by Insert.
type Edit struct {
	// Base is the revision that the author saw; any other than the present one is a conflict.
	Base   int64  `json:"base"`
	At     int    `json:"at"`
	Remove int    `json:"remove"`
	Insert string `json:"insert"`
	Author string `json:"author,omitempty"`
}

// Change is an edit that took place, and the revision it made.
type Change struct {
	Revision int64  `json:"revision"`
	At       int    `json:"at"`
	Remove   int    `json:"remove"`
	Insert   string `json:"insert"`
	Author   string `json:"author,omitempty"`
}

// Snapshot is the whole text at one revision.
type Snapshot struct {
	Revision int64  `json:"revision"`
	Text     string `json:"text"`
}

// Document is one text with its latest changes and its attachment.
type Document struct {
	mu       sync.Mutex // guards the fields below it
	text     []rune
	revision int64
	// log holds the latest changes in order: the last one made the present revision, and
	// len(log) ≤ MaxLog.
	log        []Change
	changed    chan struct{} // closed at the next change, then replaced
	attachment []byte        // replaced as a whole, never written to
}

// New gives an empty document at revision 0.
func New() *Document {
	return &Document{changed: make(chan struct{})}
}

// Read gives the present text.
func (d *Document) Read() Snapshot {
	d.mu.Lock()
	defer d.mu.Unlock()
	return Snapshot{Revision: d.revision, Text: string(d.text)}
}

// Edit makes the next revision, or refuses with a *Conflict or an error that says what is out of
// range.
func (d *Document) Edit(e Edit) (Change, error) {
	if !utf8.ValidString(e.Insert) {
		return Change{}, errText
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if e.Base != d.revision {
		return Change{}, &Conflict{Base: e.Base, Revision: d.revision}
	}
	return d.edit(e)
}

// Append puts text behind all there is, whatever the revision.
func (d *Document) Append(text string) (Change, error) {
	if !utf8.ValidString(text) {
		return Change{}, errText
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.edit(Edit{At: len(d.text), Insert: text})
}

var errText = fmt.Errorf("%w: the inserted text is not UTF-8", ErrRange)

// edit makes the next revision. mu is held.
func (d *Document) edit(e Edit) (Change, error) {
	if err := e.check(len(d.text)); err != nil {
		return Change{}, err
	}
	d.text = slices.Replace(d.text, e.At, e.At+e.Remove, []rune(e.Insert)...)
	d.revision++
	c := Change{
		Revision: d.revision,
		At:       e.At,
		Remove:   e.Remove,
		Insert:   e.Insert,
		Author:   e.Author,
	}
	d.remember(c)
	return c, nil
}

// Since gives the changes after a revision, oldest first, and a channel that closes at the next
// one.
func (d *Document) Since(revision int64) ([]Change, <-chan struct{}, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	behind := d.revision - revision
	if revision < 0 || behind < 0 {
		return nil, nil, fmt.Errorf("%w: revision %d of a document at revision %d",
			ErrRange, revision, d.revision)
	}
	if behind > int64(len(d.log)) {
		oldest := d.revision - int64(len(d.log))
		return nil, nil, &Behind{Revision: revision, Oldest: oldest}
	}
	return slices.Clone(d.log[len(d.log)-int(behind):]), d.changed, nil
}

// Attach replaces the attachment; b is given.
func (d *Document) Attach(b []byte) error {
	if len(b) > MaxAttachment {
		return fmt.Errorf("%w: an attachment of %d bytes, at most %d are kept",
			ErrFull, len(b), MaxAttachment)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.attachment = b
	return nil
}

// Attachment gives the attachment, nil if there is none. It must not be changed.
func (d *Document) Attachment() []byte {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.attachment
}

// check says whether an edit fits a text of length characters.
func (e Edit) check(length int) error {
	if e.At < 0 || e.Remove < 0 || e.At > length || e.Remove > length-e.At {
		return fmt.Errorf("%w: %d characters at %d of a text of %d",
			ErrRange, e.Remove, e.At, length)
	}
	grown := length - e.Remove + utf8.RuneCountInString(e.Insert)
	if grown > MaxText {
		return fmt.Errorf("%w: a text of %d characters, at most %d are kept",
			ErrFull, grown, MaxText)
	}
	return nil
}

// remember appends to the log, forgets what is too old, and wakes the watchers. Called with mu
// held.
func (d *Document) remember(c Change) {
	if len(d.log) == MaxLog {
		d.log = append(d.log[:0], d.log[1:]...)
	}
	d.log = append(d.log, c)
	close(d.changed)
	d.changed = make(chan struct{})
}
