package main

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// TestRemote runs server and client as processes of their own, over each kind of address.
func TestRemote(t *testing.T) {
	dir := t.TempDir()
	socket, certs := "unix://"+filepath.Join(dir, "lever.sock"), filepath.Join(dir, "certs")
	s := startServer(t, "--listen", "tcp://127.0.0.1:0", "--listen", socket,
		"--listen", "tls://127.0.0.1:0", "--tls-self-signed", certs,
		"--tls-client-ca", filepath.Join(certs, "ca.pem"))
	trust := []string{
		"--ca", filepath.Join(certs, "ca.pem"),
		"--cert", filepath.Join(certs, "client.pem"), "--key", filepath.Join(certs, "client.key"),
	}
	if s.addrs[1] != socket {
		t.Errorf("got address %s, want %s", s.addrs[1], socket)
	}
	for i, flags := range [][]string{nil, nil, trust} {
		addr := s.addrs[i]
		scheme, _, _ := strings.Cut(addr, "://")
		to := append([]string{"--host", addr, "--env", "elsewhere"}, flags...)
		url := "/document/" + scheme + "/"
		t.Run(scheme+" calls", func(t *testing.T) { remoteCalls(t, to, url) })
		t.Run(scheme+" bytes", func(t *testing.T) { remoteBytes(t, dir, to, url) })
		t.Run(scheme+" streams", func(t *testing.T) { remoteStreams(t, to, url) })
	}
	t.Run("tls wants a trusted server", func(t *testing.T) {
		untrusting := append([]string{"call", "--host", s.addrs[2]}, trust[2:]...)
		finish(t, "", append(untrusting, "lever://localhost/document/x/read")...).
			wantFailure(t, "certificate", "not sent")
	})
	t.Run("tls wants a trusted client", func(t *testing.T) {
		finish(t, "", "call", "--host", s.addrs[2], "--ca", trust[1],
			"lever://localhost/document/x/read").wantFailure(t, "code 14 (unavailable)")
	})
}

// remoteCalls calls with JSON, and fails in each way that people should be told of.
func remoteCalls(t *testing.T, to []string, url string) {
	call := func(args ...string) outcome {
		return finish(t, "", append(append([]string{"call"}, to...), args...)...)
	}
	call(url+"edit", `{"base":0,"insert":"Hi"}`).
		want(t, `{"revision":1,"at":0,"remove":0,"insert":"Hi"}`+"\n")
	call("--pretty", url+"read").
		want(t, "{\n  \"revision\": 1,\n  \"text\": \"Hi\"\n}\n")
	call(url+"edit", `{"base":0}`).wantFailure(t, url+"edit: code 1024: the edit is for revision 0",
		`detail: {"message":`, `"seen":0,"revision":1}`, "effect: it was executed")
	call(url+"edit", `{"base":1,"at":9}`).wantFailure(t, "code 2 (invalid argument): out of range")
	call(url+"edit").wantFailure(t, "code 2 (invalid argument)", "effect: none")
	call(url+"nothing").wantFailure(t, "code 6 (no method)", "effect: none")
	call(url+"crash").wantFailure(t, "code 15 (internal)", "effect: it was executed")
	call("/document/read").wantFailure(t, "code 7 (no resource)")
	call("/papers/x/read").wantFailure(t, "code 5 (no service)")
	call("--timeout", "50ms", url+"slow", "10000").
		wantFailure(t, "code 4 (deadline exceeded)", "effect: ")
}

// remoteBytes sends and fetches raw bytes, in calls and in streams.
func remoteBytes(t *testing.T, dir string, to []string, url string) {
	small := "\x00\x01small\xff"
	receipt := func(n int) string { return `{"bytes":` + strconv.Itoa(n) + `,"crc32":` }
	call := append([]string{"call"}, to...)
	got := finish(t, small, append(call, "--bytes", url+"upload")...)
	if got.status != 0 || !strings.HasPrefix(got.stdout, receipt(len(small))) {
		t.Errorf("upload: got %+v", got)
	}
	finish(t, "", append(call, url+"download")...).want(t, small)

	file := filepath.Join(dir, "large")
	large := noise(6 << 20)
	if err := os.WriteFile(file, large, 0o600); err != nil {
		t.Fatal(err)
	}
	finish(t, "", append(call, "--bytes", url+"upload", "@"+file)...).
		wantFailure(t, "code 13 (too large)", "effect: none")
	stream := append([]string{"stream"}, to...)
	got = finish(t, string(large), append(stream, "--bytes", url+"uploadChan")...)
	if got.status != 0 || !strings.HasPrefix(got.stdout, receipt(len(large))) {
		t.Errorf("upload by stream: got %+v", got)
	}
	got = finish(t, "", append(stream, "--bytes", url+"downloadChan")...)
	if got.status != 0 || got.stdout != string(large) {
		t.Errorf("download by stream: got status %d and %d bytes, want %d\n%s",
			got.status, len(got.stdout), len(large), got.stderr)
	}
	finish(t, small, append(call, "--bytes", url+"upload")...)
	text := base64.StdEncoding.EncodeToString([]byte(small))
	finish(t, "", append(stream, url+"downloadChan")...).want(t, `{"$bytes":"`+text+`"}`+"\n")
}

// remoteStreams watches while another process edits, and ends in each way that a stream can end.
func remoteStreams(t *testing.T, to []string, url string) {
	stream := append([]string{"stream"}, to...)
	edit := append(append([]string{"call"}, to...), url+"edit")
	first := `{"revision":1,"at":0,"remove":0,"insert":"Hi"}`
	second := `{"revision":2,"at":2,"remove":0,"insert":"!"}`

	k := startTalk(t, append(stream, url+"watchChan", "0")...)
	k.wantLine(t, first)
	finish(t, "", append(edit, `{"base":1,"at":2,"insert":"!"}`)...).want(t, second+"\n")
	k.wantLine(t, second)
	if err := k.stdin.Close(); err != nil {
		t.Error(err)
	}
	if err := k.cmd.Wait(); err != nil {
		t.Errorf("after a half-close: %v\n%s", err, k.stderr.String())
	}

	k = startTalk(t, append(stream, url+"watchChan", "1")...)
	k.wantLine(t, second)
	if err := k.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	err := k.cmd.Wait()
	if k.cmd.ProcessState.ExitCode() != statusFailed ||
		!strings.Contains(k.stderr.String(), "cancelled") {
		t.Errorf("after an interrupt: %v\n%s", err, k.stderr.String())
	}

	finish(t, "", append(stream, url+"watchChan", "7")...).
		wantFailure(t, "code 2 (invalid argument): out of range")
	finish(t, "null\n{\n", append(stream, url+"watchChan", "2")...).
		wantFailure(t, "stdin: message on line 2: line 1, offset 1:")
}

// TestServeDrains expects that an interrupt lets a call in flight finish.
func TestServeDrains(t *testing.T) {
	s := startServer(t, "--listen", "tcp://127.0.0.1:0")
	url := "lever://" + strings.TrimPrefix(s.addrs[0], "tcp://") + "/document/x/"
	k := startTalk(t, "stream", url+"watchChan", "0")
	finish(t, "", "call", url+"edit", "{}")
	k.wantLine(t, `{"revision":1,"at":0,"remove":0,"insert":""}`)
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := k.cmd.Wait(); err != nil {
		t.Errorf("the watcher: %v\n%s", err, k.stderr.String())
	}
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("the server: %v", err)
	}
	if !strings.Contains(s.stderr.String(), "all calls have ended") {
		t.Errorf("the server said %q", s.stderr.String())
	}
}
