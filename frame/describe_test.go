package frame

import (
	"strings"
	"testing"
)

func TestHeaderString(t *testing.T) {
	for _, c := range []struct {
		h    Header
		want string
	}{
		{Header{30, Hello, 0, 3, Magic, 1}, "HELLO versions=1..3 length=30"},
		{Header{0, Hello, 0, 1, Magic, 0}, "HELLO version=1"},
		{Header{0, Hello, 0, 1, 7, 1}, "HELLO magic=0x7 versions=1..1"},
		{Header{42, Call, Ext | Urgent, 0, 1, 1500}, "CALL #1 inline deadline=1500µs flags=EXT|URGENT length=42"},
		{Header{0, Call, 0, 7, 3, 0}, "CALL #3 method=7"},
		{Header{5, Result, Bytes, 0, 1, 12}, "RESULT #1 OK took=12µs flags=BYTES length=5"},
		{Header{0, Result, Unprocessed, 14, 1, 250}, "RESULT #1 UNAVAILABLE retry-after=250ms flags=UNPROCESSED"},
		{Header{0, Result, 0x44, 20, 1, 0}, "RESULT #1 STATUS(20) flags=0x4|0x40"},
		{Header{9, Msg, More, 0, 1, 4096}, "MSG #1 bytes=+4096 flags=MORE length=9"},
		{Header{0, Finish, 0, 1, 1, 2}, "FINISH #1 code=1 aux=2"},
		{Header{0, Cancel, 0, 1, 1, 0}, "CANCEL #1 TIMEOUT"},
		{Header{0, Cancel, 0, 9, 1, 0}, "CANCEL #1 CANCEL(9)"},
		{Header{0, Credit, 0, 1, 0, 64}, "CREDIT connection calls=+1 bytes=+64"},
		{Header{0, Credit, 0, 0, 5, 64}, "CREDIT #5 bytes=+64"},
		{Header{0, Ping, 0, 0, 0, 0xBEEF}, "PING asks token=0xbeef"},
		{Header{0, Ping, 0, 1, 0, 0}, "PING answers token=0x0"},
		{Header{0, Ping, 0, 2, 0, 0}, "PING code=2 token=0x0"},
		{Header{2, GoAway, 0, 1, 0, 9}, "GOAWAY PROTOCOL last=9 length=2"},
		{Header{0, GoAway, 0, 77, 0, NoLastID}, "GOAWAY REASON(77) last=any"},
		{Header{8, Bind, 0, 2, 0, 0}, "BIND method=2 length=8"},
		{Header{1, 0x0B, 1, 2, 3, 4}, "TYPE(0x0b) #3 code=2 aux=4 flags=0x1 length=1"},
		{Header{0, 0x8A, 0, 0, 0, 0}, "GREASE(0x8a)"},
		{Header{0, 0x81, 0, 0, 0, 0}, "TYPE(0x81)"},
	} {
		if got := c.h.String(); got != c.want {
			t.Errorf("\n got %s\nwant %s", got, c.want)
		}
	}
}

func TestExplain(t *testing.T) {
	ext := AppendExtension(nil, ExtResource, []byte("a7"))
	ext = AppendExtension(ext, ExtView, make([]byte, 16))
	ext = AppendExtension(ext, ExtMetadata, []byte("password"))
	ext = AppendExtension(ext, ExtAttempt, []byte{2})
	ext = AppendExtension(ext, ExtIdempotencyKey, []byte("0123456789abcdef"))
	call := append(AppendCallHead(nil, 0, "bank/get", ext), 0x91, 1, 7)
	params := AppendParams(nil, Params{}.withSecrets(), 0)
	for _, c := range []struct {
		h       Header
		payload []byte
		want    string
	}{
		{Header{0, Hello, 0, 1, Magic, 1}, params,
			`HELLO versions=1..1 length=43 | CALLS=65 FEATURES=0x1 AUTH(8 bytes) PEER="cli" 0x1a1a (grease)(0 bytes)`},
		{Header{0, Call, Ext, 0, 1, 0}, call,
			`CALL #1 inline flags=EXT length=73 | name="bank/get" ext=[RESOURCE="a7" VIEW=epoch 0 digest 0000000000000000 ` +
				`METADATA(8 bytes) ATTEMPT=2 IDEMPOTENCY_KEY=30313233343536373839616263646566] arguments=3 bytes of wire value`},
		{Header{0, Call, Bytes, 4, 1, 0}, []byte("abc"),
			`CALL #1 method=4 flags=BYTES length=3 | arguments=3 bytes raw`},
		{Header{0, Call, 0, 0, 1, 0}, []byte("\x05\x00ab /c"),
			`CALL #1 inline length=7 | frame: offset 20: name has the byte 0x20`},
		{Header{0, Call, Ext, 4, 1, 0}, []byte("\x03\x00\x04\x00\x00"),
			`CALL #1 method=4 flags=EXT length=5 | ext=[0x4(0 bytes)] (frame: offset 18: extension 0x04 is critical and not known) arguments=0 bytes of wire value`},
		{Header{0, Result, 0, 0, 1, 0}, []byte{0xD0}, `RESULT #1 OK length=1 | value=1 bytes of wire value`},
		{Header{0, Result, 0, 15, 1, 0}, nil, `RESULT #1 INTERNAL | error=0 bytes of wire value`},
		{Header{0, Msg, More | Bytes, 0, 1, 0}, make([]byte, 1024),
			`MSG #1 flags=MORE|BYTES length=1024 | message=1024 bytes raw, continued`},
		{Header{0, GoAway, 0, 4, 0, 9}, []byte("calm\n"), `GOAWAY CALM last=9 length=5 | text="calm\n"`},
		{Header{0, Bind, 0, 4, 0, 0}, []byte("bank/get"), `BIND method=4 length=8 | name="bank/get"`},
		{Header{0, Ping, 0, 1, 0, 2}, nil, `PING answers token=0x2`},
		{Header{0, Finish, 0, 0, 0, 0}, nil,
			`FINISH | offset 0: frame: PROTOCOL: FINISH header: id is 0, expected at least 1`},
		{Header{0, 0x8A, 0, 0, 0, 0}, []byte("xyz"), `GREASE(0x8a) length=3`},
	} {
		c.h.Length = uint32(len(c.payload))
		b := append(AppendHeader(nil, c.h), c.payload...)
		got, n := Explain(append(b, "trailing"...))
		if !strings.HasPrefix(got, c.want) || n != len(b) {
			t.Errorf("took %d of %d bytes\n got %s\nwant %s", n, len(b), got, c.want)
		}
		for i := range b {
			if got, n := Explain(b[:i]); n != 0 || !strings.Contains(got, "incomplete: ") {
				t.Errorf("cut at %d of %d: got %d, %s", i, len(b), n, got)
			}
		}
	}
}

func TestExplainTellsOfImpossibleLengths(t *testing.T) {
	got, n := Explain([]byte("GET / HTTP/1.1\r\nHost: x\r\n"))
	if want := "TYPE(0x2f)"; n != 0 || !strings.HasPrefix(got, want) ||
		!strings.Contains(got, "FRAME_TOO_LARGE") {
		t.Errorf("got %d, %s, want a line that begins with %s and names FRAME_TOO_LARGE", n, got, want)
	}
}

func TestExplainKeepsSecrets(t *testing.T) {
	p := AppendParams(nil, Params{}.withSecrets(), 0)
	hello := append(AppendHeader(nil, Header{uint32(len(p)), Hello, 0, 1, Magic, 1}), p...)
	ext := AppendExtension(nil, ExtMetadata, []byte("password"))
	p = AppendCallHead(nil, 1, "", ext)
	call := append(AppendHeader(nil, Header{uint32(len(p)), Call, Ext, 1, 1, 0}), p...)
	for _, b := range [][]byte{hello, call} {
		if got, _ := Explain(b); strings.Contains(got, "password") {
			t.Errorf("a secret is shown: %s", got)
		}
	}
}

func (p Params) withSecrets() Params {
	p.Calls, p.Features, p.Auth, p.Peer = 65, 1, []byte("password"), "cli"
	return p
}

func TestRegistryNames(t *testing.T) {
	for _, c := range []struct{ got, want string }{
		{OK.String(), "OK"},
		{Moved.String(), "MOVED"},
		{Forgotten.String(), "FORGOTTEN"},
		{Status(20).String(), "STATUS(20)"},
		{FirstApplicationStatus.String(), "STATUS(1024)"},
		{ReasonIDsExhausted.String(), "IDS_EXHAUSTED"},
		{ReasonUnavailable.String(), "UNAVAILABLE"},
		{Reason(11).String(), "REASON(11)"},
		{Unwanted.String(), "UNWANTED"},
		{CancelReason(3).String(), "CANCEL(3)"},
		{Unavailable.Retry().String(), "elsewhere"},
		{Status(20).Retry().String(), "application"},
		{Status(5000).Retry().String(), "application"},
		{(More | Bytes | 0x80).Names(Msg), "MORE|BYTES|0x80"},
		{Flags(0).Names(Call), ""},
		{Flags(1).Names(0xFF), "0x1"},
	} {
		if c.got != c.want {
			t.Errorf("got %s, want %s", c.got, c.want)
		}
	}
	for s := range Status(2000) {
		if got, want := s.ErrorIsText(), s >= 2 && s < 1024; got != want {
			t.Errorf("%v.ErrorIsText() = %v, want %v", s, got, want)
		}
	}
}
