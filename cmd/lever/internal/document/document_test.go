package document

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"sync"
	"testing"
)

func TestEdit(t *testing.T) {
	tests := []struct {
		name  string
		edits []Edit
		want  string
		is    error // nil: every edit succeeds; else the last one is refused so
	}{
		{"an empty document takes text", []Edit{{Insert: "abc"}}, "abc", nil},
		{"text goes in between", []Edit{{Insert: "ad"}, {Base: 1, At: 1, Insert: "bc"}},
			"abcd", nil},
		{"text goes at the end", []Edit{{Insert: "a"}, {Base: 1, At: 1, Insert: "b"}}, "ab", nil},
		{"text is replaced", []Edit{{Insert: "abc"}, {Base: 1, At: 1, Remove: 2, Insert: "x"}},
			"ax", nil},
		{"all text is removed", []Edit{{Insert: "abc"}, {Base: 1, Remove: 3}}, "", nil},
		{"positions count characters", []Edit{{Insert: "äöü"}, {Base: 1, At: 1, Remove: 1}},
			"äü", nil},
		{"an edit may change nothing", []Edit{{}}, "", nil},
		{"a negative position", []Edit{{At: -1}}, "", ErrRange},
		{"a position beyond the end", []Edit{{Insert: "a"}, {Base: 1, At: 2}}, "a", ErrRange},
		{"a negative length", []Edit{{Remove: -1}}, "", ErrRange},
		{"more removed than there is", []Edit{{Insert: "ab"}, {Base: 1, At: 1, Remove: 2}},
			"ab", ErrRange},
		{"a length that overflows", []Edit{{Insert: "ab"}, {Base: 1, At: 1, Remove: math.MaxInt}},
			"ab", ErrRange},
		{"text that is not UTF-8", []Edit{{Insert: "\xff"}}, "", ErrRange},
		{"text beyond the limit", []Edit{{Insert: strings.Repeat("x", MaxText+1)}},
			"", ErrFull},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d := New()
			var err error
			for i, e := range tt.edits {
				if err != nil {
					t.Fatalf("edit %d: %v", i-1, err)
				}
				_, err = d.Edit(e)
			}
			if !errors.Is(err, tt.is) {
				t.Errorf("got error %v, want %v", err, tt.is)
			}
			if got := d.Read().Text; got != tt.want {
				t.Errorf("got text %q, want %q", got, tt.want)
			}
		})
	}
}

func TestEditRefusesAnOldBase(t *testing.T) {
	d := New()
	mustEdit(t, d, "a")
	_, err := d.Edit(Edit{Base: 0, Insert: "b"})
	var conflict *Conflict
	if !errors.As(err, &conflict) || *conflict != (Conflict{Base: 0, Revision: 1}) {
		t.Fatalf("got %v, want a conflict of 0 with 1", err)
	}
	if got := d.Read(); got != (Snapshot{Revision: 1, Text: "a"}) {
		t.Errorf("got %+v after a refused edit", got)
	}
}

func TestConcurrentEditsLoseNothing(t *testing.T) {
	const writers, each = 8, 50
	d := New()
	var wg sync.WaitGroup
	for range writers {
		wg.Go(func() {
			for done := 0; done < each; {
				_, err := d.Edit(Edit{Base: d.Read().Revision, Insert: "x"})
				if err == nil {
					done++
				} else if !errors.As(err, new(*Conflict)) {
					t.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	got := d.Read()
	if got.Revision != writers*each || len(got.Text) != writers*each {
		t.Errorf("got revision %d and %d characters, want %d",
			got.Revision, len(got.Text), writers*each)
	}
}

func TestSince(t *testing.T) {
	d := New()
	_, next, err := d.Since(0)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		mustEdit(t, d, strconv.Itoa(i))
	}
	select {
	case <-next:
	default:
		t.Error("the channel of an older revision is still open")
	}
	changes, next, err := d.Since(1)
	if err != nil {
		t.Fatal(err)
	}
	if len(changes) != 2 || changes[0].Revision != 2 || changes[1].Revision != 3 {
		t.Errorf("got %+v, want revisions 2 and 3", changes)
	}
	select {
	case <-next:
		t.Error("the channel of the present revision is closed")
	default:
	}
	for _, revision := range []int64{-1, 4} {
		if _, _, err := d.Since(revision); !errors.Is(err, ErrRange) {
			t.Errorf("since %d: got %v, want %v", revision, err, ErrRange)
		}
	}
}

func TestSinceForgetsOldChanges(t *testing.T) {
	d := New()
	for range MaxLog + 1 {
		mustEdit(t, d, "")
	}
	if changes, _, err := d.Since(1); err != nil || len(changes) != MaxLog {
		t.Errorf("got %d changes and %v, want %d", len(changes), err, MaxLog)
	}
	_, _, err := d.Since(0)
	var behind *Behind
	if !errors.As(err, &behind) || *behind != (Behind{Revision: 0, Oldest: 1}) {
		t.Errorf("got %v, want behind by one", err)
	}
}

func TestAttachmentHasALimit(t *testing.T) {
	d := New()
	if err := d.Attach(make([]byte, MaxAttachment+1)); !errors.Is(err, ErrFull) {
		t.Errorf("got %v, want %v", err, ErrFull)
	}
	if err := d.Attach([]byte("x")); err != nil || string(d.Attachment()) != "x" {
		t.Errorf("got %q and %v", d.Attachment(), err)
	}
}

func TestStoreHasALimit(t *testing.T) {
	s := NewStore()
	first, err := s.Open("0")
	if err != nil {
		t.Fatal(err)
	}
	for i := range MaxDocuments {
		if _, err := s.Open(strconv.Itoa(i)); err != nil {
			t.Fatalf("document %d: %v", i, err)
		}
	}
	if _, err := s.Open("one more"); !errors.Is(err, ErrFull) {
		t.Errorf("got %v, want %v", err, ErrFull)
	}
	if again, err := s.Open("0"); err != nil || again != first {
		t.Errorf("a known name gives another document (%v)", err)
	}
}

// mustEdit puts text in front of a document.
func mustEdit(t *testing.T, d *Document, text string) {
	t.Helper()
	if _, err := d.Edit(Edit{Base: d.Read().Revision, Insert: text}); err != nil {
		t.Fatal(err)
	}
}

func TestAppendTakesAnyRevision(t *testing.T) {
	d := New()
	mustEdit(t, d, "one")
	c, err := d.Append(", two")
	if want := (Change{Revision: 2, At: 3, Insert: ", two"}); err != nil || c != want {
		t.Errorf("got %+v and %v, want %+v", c, err, want)
	}
	if got := d.Read().Text; got != "one, two" {
		t.Errorf("the text is %q", got)
	}
	if _, err := d.Append("\xFF"); !errors.Is(err, ErrRange) {
		t.Errorf("not UTF-8: got %v, want %v", err, ErrRange)
	}
	if _, err := d.Append(string(make([]byte, MaxText))); !errors.Is(err, ErrFull) {
		t.Errorf("too much: got %v, want %v", err, ErrFull)
	}
}
