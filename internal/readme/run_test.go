package readme

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// claimedHost is where the README's server is; the test's listens on a port of its own.
const claimedHost = "lever://localhost/"

// programMax is how many lines the program may have.
const programMax = 30

// TestProgram compiles and runs the first Go block and expects the text block behind it.
func TestProgram(t *testing.T) {
	all := blocks(t)
	at := 0
	for at < len(all) && all[at].info != "go" {
		at++
	}
	if at+1 >= len(all) || all[at+1].info != "text" {
		t.Fatal("no Go block with a text block behind it")
	}
	program, want := all[at].text, all[at+1].text
	if n := strings.Count(program, "\n"); n > programMax {
		t.Errorf("the program has %d lines, at most %d are read", n, programMax)
	}
	file := filepath.Join(t.TempDir(), "main.go")
	if err := os.WriteFile(file, []byte(program), 0o600); err != nil {
		t.Fatal(err)
	}
	if diff, err := exec.Command("gofmt", "-d", file).Output(); err != nil || len(diff) > 0 {
		t.Errorf("gofmt: %v\n%s", err, diff)
	}
	cmd := exec.CommandContext(t.Context(), "go", "run", file)
	cmd.Dir = root // so that the file's imports are this module's
	got, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, got)
	}
	if string(got) != want {
		t.Errorf("the program printed\n%sthe README claims\n%s", got, want)
	}
}

// TestConsole types the commands of every console block into a shell, beside a server that was
// started as the README says. A command begins with "$ "; what follows, up to the next, is what it
// prints.
func TestConsole(t *testing.T) {
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip("no shell")
	}
	bin := t.TempDir()
	build := exec.Command("go", "build", "-o", bin, "./cmd/lever")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	addr := serve(t, filepath.Join(bin, "lever"))
	directory := t.TempDir()
	typed := 0
	for _, b := range blocks(t) {
		if b.info != "console" {
			continue
		}
		for _, part := range strings.Split("\n"+b.text, "\n$ ")[1:] {
			typed++
			command, want, _ := strings.Cut(part, "\n")
			cmd := exec.CommandContext(t.Context(), "sh", "-c",
				strings.ReplaceAll(command, claimedHost, addr))
			cmd.Dir = directory
			cmd.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"))
			got, err := cmd.CombinedOutput()
			claimed := strings.TrimRight(want, "\n")
			printed := strings.ReplaceAll(strings.TrimRight(string(got), "\n"), addr, claimedHost)
			if printed != claimed {
				t.Errorf("%s\nprinted (%v)\n%s\nthe README claims\n%s",
					command, err, printed, claimed)
			}
		}
	}
	if typed == 0 {
		t.Error("no console block has a command")
	}
}

// serve starts the command's server on a port of its own choice and gives what URLs begin with.
func serve(t *testing.T, lever string) string {
	t.Helper()
	cmd := exec.Command(lever, "serve", "--listen", "tcp://127.0.0.1:0")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	t.Cleanup(func() {
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("lever serve: %v\n%s", err, stderr.String())
		}
	})
	addr, ok := strings.CutPrefix(strings.TrimSpace(line), "listening tcp://")
	if err != nil || !ok {
		t.Fatalf("lever serve printed %q (%v)", line, err)
	}
	return "lever://" + addr + "/"
}
