package spectest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/leverrpc/lever/frame"
)

// TestWiresharkReadsTheSessions gives the sessions of chapter 17 to Wireshark, as a recording of
// TCP segments that cut frames and join them, and compares the fields that spec/lever.lua finds
// with those of this implementation.
func TestWiresharkReadsTheSessions(t *testing.T) {
	path, err := exec.LookPath("tshark")
	if err != nil {
		t.Skip("there is no tshark to run spec/lever.lua with")
	}
	var want []string
	r := recording{}
	r.begin()
	for i, sides := range sessionBytes(t) {
		for side, b := range sides {
			for from := b; len(from) > 0; {
				h, n := frame.ConsumeHeader(from)
				want = append(want, fields(h))
				from = from[n+int(h.Length):]
			}
			r.segments(uint16(50_000+i), side == 0, b)
		}
	}
	file := filepath.Join(t.TempDir(), "sessions.pcap")
	if err := os.WriteFile(file, r.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"-X", "lua_script:../../spec/lever.lua", "-r", file, "-T", "fields", "-E", "separator=;"}
	for _, name := range []string{"type", "flags", "length", "id", "aux"} {
		args = append(args, "-e", "lever."+name)
	}
	out, err := exec.Command(path, args...).Output()
	if err != nil {
		t.Fatalf("tshark: %v\n%s", err, out)
	}
	if got := dissected(string(out)); strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got %d frames\n%s\nwant %d\n%s", len(got), strings.Join(got, "\n"), len(want),
			strings.Join(want, "\n"))
	}
}

func fields(h frame.Header) string {
	return fmt.Sprintf("0x%02x 0x%02x %d %d %d", uint8(h.Type), uint8(h.Flags), h.Length, h.ID, h.Aux)
}

// dissected takes the frames from lines of fields, in which those of one segment stand side by
// side, with commas between them.
func dissected(out string) (all []string) {
	for line := range strings.Lines(out) {
		columns := strings.Split(strings.TrimSpace(line), ";")
		for i := range strings.Count(columns[0], ",") + 1 {
			var row []string
			for _, column := range columns {
				if values := strings.Split(column, ","); i < len(values) && values[i] != "" {
					row = append(row, values[i])
				}
			}
			if len(row) > 0 {
				all = append(all, strings.Join(row, " "))
			}
		}
	}
	return all
}

// sessionBytes gives what the client and the server of each session send.
func sessionBytes(t *testing.T) (all [][2][]byte) {
	t.Helper()
	for _, session := range blocks(t, "session") {
		var sides [2][]byte
		for _, f := range session.frames(t) {
			side := strings.Index("CS", f.who)
			sides[side] = append(sides[side], f.raw...)
		}
		all = append(all, sides)
	}
	return all
}

// recording is a pcap file of IPv4 packets without a link layer.
type recording struct{ bytes.Buffer }

func (r *recording) begin() {
	r.numbers(uint32(0xa1b2c3d4), uint16(2), uint16(4), uint64(0), uint32(65535), uint32(101))
}

// segments records bytes of one side of a connection, 1,000 in a segment.
func (r *recording) segments(port uint16, fromClient bool, b []byte) {
	from, to := port, uint16(7400)
	if !fromClient {
		from, to = to, from
	}
	for sequence := uint32(1); len(b) > 0; {
		n := min(len(b), 1000)
		r.numbers(uint64(0), uint32(40+n), uint32(40+n)) // the packet: time, size, size
		r.WriteString("\x45\x00")
		r.network(uint16(40+n), uint32(0), uint16(64<<8|6), uint16(0), uint32(0x7f000001), uint32(0x7f000001))
		r.network(from, to, sequence, uint32(1), uint16(5<<12|0x10), uint16(65535), uint32(0))
		r.Write(b[:n])
		sequence, b = sequence+uint32(n), b[n:]
	}
}

func (r *recording) numbers(list ...any) {
	for _, n := range list {
		binary.Write(r, binary.LittleEndian, n)
	}
}

func (r *recording) network(list ...any) {
	for _, n := range list {
		binary.Write(r, binary.BigEndian, n)
	}
}
