package registry

import (
	"encoding/hex"
	"os"
	"strings"
	"testing"

	"github.com/leverrpc/lever/lb"
	"github.com/leverrpc/lever/wire"
)

// worked gives the payloads of the worked session of SPEC.md, in hex: what the client sends, and
// what the server does.
func worked(t *testing.T) (client, server []string) {
	t.Helper()
	spec, err := os.ReadFile("../../SPEC.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, found := strings.Cut(string(spec), "A registration\n")
	_, text, opened := strings.Cut(text, "```session\n")
	text, _, closed := strings.Cut(text, "```")
	if !found || !opened || !closed {
		t.Fatal("SPEC.md has no session of a registration")
	}
	var to *[]string
	for line := range strings.Lines(text) {
		code, _, _ := strings.Cut(line, ";")
		switch {
		case strings.HasPrefix(line, "C"):
			to = &client
		case strings.HasPrefix(line, "S"):
			to = &server
		default:
			(*to)[len(*to)-1] += strings.Join(strings.Fields(code), "")
			continue
		}
		*to = append(*to, "")
	}
	return client, server
}

// The registry of the worked session is this one.
func TestWorkedSession(t *testing.T) {
	client, server := worked(t)
	d := newDesk(t, Config{}, []record{})
	d.keeper.bits = lb.SlotBits
	in := instance{ID: "a", Incarnation: 7, Addr: "tcp://10.0.0.7:7400"}
	as := terms{Key: "0123456789abcdef", Level: levelLeased}
	want := func(what string, got any, text string) {
		t.Helper()
		raw, err := wire.Append(nil, got)
		if err != nil {
			t.Fatal(err)
		}
		if hex.EncodeToString(raw) != text {
			t.Errorf("%s is\n%x, SPEC.md has\n%s", what, raw, text)
		}
	}
	name := hex.EncodeToString([]byte(Service + "/" + registerMethod))
	want("the announcement", []any{"lever://prod/bank", in, as},
		strings.TrimPrefix(client[1], "1600"+name))
	st, err := d.keeper.announce(d.now, "lever://prod/bank", in, as, nil)
	if err != nil {
		t.Fatal(err)
	}
	d.wait(0)
	first, _ := d.hear(st)
	want("the first notice", first, server[1])

	renew := order{Op: opRenew, Seq: 1}
	want("the renewal", renew, client[2])
	if err := d.keeper.obey(d.now, st, renew); err != nil {
		t.Fatal(err)
	}
	second, _ := d.hear(st)
	want("the second notice", second, server[2])

	leave := order{Op: opLeave, Seq: 2}
	want("the goodbye", leave, client[3])
	if err := d.keeper.obey(d.now, st, leave); err != nil {
		t.Fatal(err)
	}
	d.wait(defaultDebounce)
	third, _ := d.hear(st)
	want("the third notice", third, server[3])
}
