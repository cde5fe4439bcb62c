package main

import (
	"context"
	"encoding/xml"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// start runs the Go server under test in this process and gives its address. It ends with the
// test.
func start(t *testing.T, addr string) string {
	t.Helper()
	in, stop := io.Pipe()
	read, out := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- serve(context.Background(), addr, in, out) }()
	line := make([]byte, 200)
	n, err := read.Read(line)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stop.Close()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return strings.TrimSpace(string(line[:n]))
}

func TestAServerAtAnAddress(t *testing.T) {
	folder := t.TempDir()
	for _, addr := range []string{"tcp://127.0.0.1:0", "unix://" + filepath.Join(folder, "s")} {
		junit := filepath.Join(folder, "junit.xml")
		f, err := parse([]string{
			"--server", start(t, addr), "--run", "bind.script/", "--chops", "0,7", "--junit", junit,
		}, io.Discard)
		if err != nil {
			t.Fatal(err)
		}
		var out strings.Builder
		if ok, err := run(context.Background(), f, nil, &out); !ok || err != nil {
			t.Errorf("%s: %v\n%s", addr, err, &out)
		}
		b, err := os.ReadFile(junit)
		var report struct {
			Tests    int `xml:"tests,attr"`
			Failures int `xml:"failures,attr"`
		}
		if err == nil {
			err = xml.Unmarshal(b, &report)
		}
		if err != nil || report.Tests != 28 || report.Failures != 0 {
			t.Errorf("%s: %d runs in the report, %d failures, %v; want 28 and none", addr,
				report.Tests, report.Failures, err)
		}
	}
}

func TestAFailureIsTold(t *testing.T) {
	f, err := parse([]string{
		"--server", "tcp://127.0.0.1:1", "--run", "calls.script/took$", "--chops", "0",
	}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	if ok, err := run(context.Background(), f, nil, &out); ok || err != nil {
		t.Errorf("nobody listens: %v, %v\n%s", ok, err, &out)
	}
	if !strings.Contains(out.String(), "FAIL calls.script/took") {
		t.Errorf("the report does not tell the failure:\n%s", &out)
	}
}

func TestWhatCannotBeRunIsRefused(t *testing.T) {
	for _, args := range [][]string{
		{}, {"--server", "nowhere"}, {"--server", "tcp://nohost"}, {"--server", "tcp://a:1", "--chops", "x"},
		{"--server", "tcp://a:1", "--run", "("}, {"--server", "tcp://a:1", "--known", "/nonexistent"},
	} {
		f, err := parse(args, io.Discard)
		if err != nil {
			t.Errorf("%q: %v", args, err)
		}
		if ok, err := run(context.Background(), f, nil, io.Discard); ok || err == nil {
			t.Errorf("%q is run", args)
		}
	}
	if _, err := parse([]string{"--nonsense"}, io.Discard); err == nil {
		t.Error("--nonsense is a flag")
	}
}

func TestThePuppetSpeaksJSON(t *testing.T) {
	addr := start(t, "tcp://127.0.0.1:0")
	in, commands := io.Pipe()
	news, out := io.Pipe()
	done := make(chan error, 1)
	go func() { done <- puppet(in, out) }()
	go io.WriteString(commands, `{"do":"connect","addr":"`+addr+`"}
{"do":"call","call":"a","method":"conformance/echo","args":[7]}
`)
	line := make([]byte, 500)
	n, err := news.Read(line)
	if got := string(line[:n]); err != nil || !strings.Contains(got, `"status":"OK","value":7`) {
		t.Errorf("told %q, %v", got, err)
	}
	commands.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
}
