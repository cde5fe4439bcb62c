package file

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/leverrpc/lever/discovery"
	"github.com/leverrpc/lever/engine"
)

// Config is read once, by New. The zero value works.
type Config struct {
	// Poll is how often the file is looked at. Zero: 1s. Less than 100ms, and negative: 100ms.
	Poll time.Duration

	// MaxBytes bounds the document. A larger one is refused unread. Zero and negative: 16 MiB.
	MaxBytes int64
}

const (
	defaultPoll     = time.Second
	minPoll         = 100 * time.Millisecond
	defaultMaxBytes = 16 << 20

	// restless is how old a file's time must be when it is read, so that a later write would surely
	// change it: the coarsest clocks of file systems tick every two seconds.
	restless = 2 * time.Second
)

// New makes a source of the document at path, which need not exist yet.
func New(path string, config Config) (discovery.Source, error) {
	whole, err := filepath.Abs(path)
	if path == "" {
		err = errors.New("no path")
	}
	if err != nil {
		return nil, fmt.Errorf("discovery/file: %w", err)
	}
	if config.Poll == 0 {
		config.Poll = defaultPoll
	}
	config.Poll = max(config.Poll, minPoll)
	if config.MaxBytes <= 0 {
		config.MaxBytes = defaultMaxBytes
	}
	return source{whole, config}, nil
}

// source is immutable: each Watch has a record of its own of what it has read.
type source struct {
	path   string
	config Config
}

// Watch implements discovery.Source.
func (s source) Watch(ctx context.Context, target engine.URL, emit func(engine.View)) error {
	tick := time.NewTicker(s.config.Poll)
	defer tick.Stop()
	var last edition
	for {
		next, err := s.read(last)
		if err != nil {
			return fmt.Errorf("discovery/file: %w", err)
		}
		if !next.same(last) {
			emit(next.directory.View(target))
		}
		last = next
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
}

// edition is one state of the file.
type edition struct {
	info      fs.FileInfo // of the file when it was opened; nil: there was none before
	at        time.Time   // when
	text      string
	directory discovery.Directory
}

// same says whether two editions have the same text.
func (e edition) same(o edition) bool { return o.info != nil && e.text == o.text }

// stale says whether the file may have changed since it was read.
func (e edition) stale(now fs.FileInfo) bool {
	return e.info == nil || !os.SameFile(e.info, now) || e.info.Size() != now.Size() ||
		!e.info.ModTime().Equal(now.ModTime()) || e.at.Sub(now.ModTime()) < restless
}

// read gives the edition that the file has now, which is last if nothing has changed.
func (s source) read(last edition) (edition, error) {
	info, err := os.Stat(s.path)
	if err != nil {
		return edition{}, err
	}
	if !last.stale(info) {
		return last, nil
	}
	next := edition{at: time.Now()}
	if next.info, next.text, err = s.load(); err != nil {
		return edition{}, err
	}
	if next.same(last) {
		next.directory = last.directory
		return next, nil
	}
	if next.directory, err = discovery.ParseDirectory([]byte(next.text)); err != nil {
		return edition{}, fmt.Errorf("%s: %w", s.path, err)
	}
	return next, nil
}

// load gives the text of the file, and what the system says of it.
func (s source) load() (info fs.FileInfo, text string, err error) {
	f, err := os.Open(s.path)
	if err != nil {
		return nil, "", err
	}
	defer f.Close()
	if info, err = f.Stat(); err != nil {
		return nil, "", err
	}
	if !info.Mode().IsRegular() {
		return nil, "", fmt.Errorf("%s is not a regular file", s.path)
	}
	b, err := io.ReadAll(io.LimitReader(f, s.config.MaxBytes+1))
	if err == nil && int64(len(b)) > s.config.MaxBytes {
		err = fmt.Errorf("%s has more than %d bytes", s.path, s.config.MaxBytes)
	}
	return info, string(b), err
}
