package file

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/leverrpc/lever/discovery"
	"github.com/leverrpc/lever/discovery/discoverytest"
	"github.com/leverrpc/lever/engine"
)

var bank = engine.URL{Env: "test", Port: engine.DefaultPort, Service: "bank"}

// of is a directory with one service.
func of(epoch uint64, instances ...engine.Instance) discovery.Directory {
	return discovery.Directory{
		Epoch: epoch, Services: map[string][]engine.Instance{"bank": instances},
	}
}

// world is a file that a test writes in some way.
func world(t *testing.T, write func(path string, d discovery.Directory) error) discoverytest.World {
	path := filepath.Join(t.TempDir(), "services.json")
	source, err := New(path, Config{})
	if err != nil {
		t.Fatal(err)
	}
	epoch := uint64(0)
	return discoverytest.World{
		Source: source, Target: bank, Ordered: true,
		Set: func(instances []engine.Instance) error {
			epoch++
			return write(path, of(epoch, instances...))
		},
		Break: func() error { return os.Rename(path, path+".away") },
		Mend:  func() error { return os.Rename(path+".away", path) },
		Spoil: func() error {
			text, err := os.ReadFile(path)
			return errors.Join(err, os.WriteFile(path, text[:len(text)-3], 0o644))
		},
	}
}

func TestSource(t *testing.T) {
	discoverytest.RunVirtual(t, func(t *testing.T) discoverytest.World { return world(t, Write) })
}

func TestSourceOfFileWrittenInPlace(t *testing.T) {
	discoverytest.RunVirtual(t, func(t *testing.T) discoverytest.World {
		return world(t, func(path string, d discovery.Directory) error {
			text, err := d.Append(nil)
			return errors.Join(err, os.WriteFile(path, text, 0o644))
		})
	})
}

// A volume of Kubernetes: the path leads through a link that is turned to another folder.
func TestSourceBehindALinkThatIsTurned(t *testing.T) {
	discoverytest.RunVirtual(t, func(t *testing.T) discoverytest.World {
		n := 0
		return world(t, func(path string, d discovery.Directory) error {
			n++
			data := filepath.Join(filepath.Dir(path), strings.Repeat("x", n))
			text, err := d.Append(nil)
			return errors.Join(err, os.WriteFile(data, text, 0o644), os.Symlink(data, path+".new"),
				os.Rename(path+".new", path))
		})
	})
}

func TestBadFilesAreRefused(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "services.json")
	big, err := of(1, engine.Instance{Addr: "h:1"}).Append(nil)
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		make func() error
		want string
	}{
		{"missing", func() error { return nil }, "no such file"},
		{"empty", func() error { return os.WriteFile(path, nil, 0o644) }, "end of the text"},
		{"too large", func() error { return os.WriteFile(path, big, 0o644) }, "more than 60 bytes"},
		{"a folder", func() error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o755)) },
			"not a regular file"},
	}
	source, err := New(path, Config{MaxBytes: 60})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		if err := tt.make(); err != nil {
			t.Fatal(err)
		}
		err := source.Watch(t.Context(), bank, func(v engine.View) { t.Errorf("emitted %+v", v) })
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: Watch = %v, want an error with %q", tt.name, err, tt.want)
		}
	}
	if _, err := New("", Config{}); err == nil {
		t.Error("an empty path was taken")
	}
}

func TestFileIsReadWhenItLooksDifferent(t *testing.T) {
	now := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC) // when bubbles begin
	old := now.Add(-time.Hour)
	tests := []struct {
		name   string
		before time.Time // the file's time
		after  time.Time
		addr   string // that follows h:1
		anew   bool   // in another file
		seen   bool
	}{
		{"another time", old, old.Add(time.Nanosecond), "h:2", false, true},
		{"another size", old, old, "host:2", false, true},
		{"another file", old, old, "h:2", true, true},
		{"nothing that shows", old, old, "h:2", false, false},
		{"nothing that shows, within a tick of a coarse clock", now, now, "h:2", false, true},
	}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "services.json")
			put := func(addr string, at time.Time) {
				text, err := of(0, engine.Instance{Addr: addr}).Append(nil)
				err = errors.Join(err, os.WriteFile(path, text, 0o644), os.Chtimes(path, at, at))
				if err != nil {
					t.Fatal(err)
				}
			}
			put("h:1", tt.before)
			source, err := New(path, Config{})
			if err != nil {
				t.Fatal(err)
			}
			var seen []string
			go source.Watch(t.Context(), bank, func(v engine.View) {
				seen = append(seen, v.Instances[0].Addr)
			})
			synctest.Wait()
			if tt.anew {
				if err := os.Rename(path, path+".old"); err != nil {
					t.Fatal(err)
				}
			}
			put(tt.addr, tt.after)
			time.Sleep(5 * time.Second)
			synctest.Wait()
			want := []string{"h:1", tt.addr}
			if !tt.seen {
				want = want[:1]
			}
			if !slices.Equal(seen, want) {
				t.Errorf("%s: saw %q, want %q", tt.name, seen, want)
			}
		})
	}
}

func TestWriteReplacesInOneStep(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "services.json")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	old, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close()
	if err := Write(path, of(1, engine.Instance{Addr: "h:1"})); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 100)
	if n, _ := old.Read(b); string(b[:n]) != "old" {
		t.Errorf("one who had the file open reads %q", b[:n])
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the new file: %v, %v, want mode 0600", info.Mode(), err)
	}
	if err := Write(path, of(1, engine.Instance{Addr: "nowhere"})); err == nil {
		t.Error("a bad directory was written")
	}
	if err := Write(filepath.Join(dir, "none", "x"), of(1)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("into a folder that is missing: %v", err)
	}
	left, err := os.ReadDir(dir)
	if err != nil || len(left) != 1 {
		t.Errorf("%d files are left, %v", len(left), err)
	}
}
