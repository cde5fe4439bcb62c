package script

import (
	"strings"
	"testing"
)

const head = "script a\nabout b\ncovers F-001\n"

func TestParseIsStrict(t *testing.T) {
	for name, text := range map[string]string{
		"a step before the first script":    "open\n",
		"a step that is none":               head + "oepn\n",
		"a frame that is none":              head + "send CLAL #1\n",
		"a field that no frame has":         head + "send CALL #1 nmae=a/b\n",
		"a field that only expect has":      head + "send CALL #1 size=4\n",
		"a field that only send has":        head + "expect RESULT #1 upto=4\n",
		"a flag of another type":            head + "send MSG #1 flags=STREAM\n",
		"a status that is none":             head + "expect RESULT #1 status=GOOD\n",
		"a reason that is none":             head + "expect_close RUDENESS\n",
		"a value that is no JSON":           head + "send MSG #1 value={\n",
		"hex that is none":                  head + "sendhex 0g\n",
		"a quote without end":               head + "send GOAWAY text=\"a b\n",
		"a relation that is none":           head + "check 1 ~ 2\n",
		"a number that is none":             head + "repeat many\nend\n",
		"a block without end":               head + "repeat 2\nopen\n",
		"an end without a block":            head + "open\nend\n",
		"a client's step for a server":      head + "do connect\n",
		"a script without steps":            head,
		"a script without what it is about": "script a\ncovers F-001\nopen\n",
		"a script without what it covers":   "script a\nabout b\nopen\n",
		"two scripts of one name":           head + "open\n" + head + "open\n",
		"too many words":                    head + "fence 1\n",
		"two frames for one":                head + "expect PING ask ; PING answer\n",
	} {
		if _, err := Parse("x", Server, text); err == nil {
			t.Errorf("%s is taken", name)
		} else if !strings.HasPrefix(err.Error(), "x:") {
			t.Errorf("%s: %v, which names no line", name, err)
		}
	}
	if _, err := Parse("x", Server, head+"open\nrepeat 2\nfence\nend\n"); err != nil {
		t.Errorf("a good script: %v", err)
	}
}

func TestNumbersCompute(t *testing.T) {
	env := NewEnv()
	env.Vars["i"] = 5
	for text, want := range map[string]int64{
		"7": 7, "0x10": 16, "1+2*$i": 11, "2*$i-1": 9, "$i*$i/2": 12, "100/7/2": 7, "1-2-3": -4,
	} {
		if got, err := env.Number(text); err != nil || got != want {
			t.Errorf("%s is %d, %v, want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "1+", "$nobody", "1//2", "1/0", "a"} {
		if got, err := env.Number(text); err == nil {
			t.Errorf("%q is %d, want an error", text, got)
		}
	}
}

func TestFramesAreBuiltAsWritten(t *testing.T) {
	for text, want := range map[string]string{
		"send HELLO versions=1..1":                         "00000000010001004c45565201000000",
		"send CALL #5 deadline=9 name=bank/get args=[1,2]": "0e000000020000000500000009000000" + "080062616e6b2f676574" + "82020102",
		"send RESULT #1 status=CANCELLED with=0":           "",
		"send RESULT #1 status=CANCELLED":                  "00000000030003000100000000000000",
		"send CALL #1 flags=BYTES ext=84:01 hex=ff*2":      "0800000002220000010000000000000004008401000" + "1ffff",
		"send CREDIT calls=2 grant=0x10":                   "00000000070002000000000010000000",
		"send PING answer token=7 length=9":                "09000000080001000000000007000000",
		"send FRAME type=0x9a id=3 fill=2":                 "020000009a00000003000000000000006161",
	} {
		all, err := Parse("x", Server, head+text+"\n")
		if err != nil {
			if want != "" {
				t.Errorf("%s: %v", text, err)
			}
			continue
		}
		f, err := all[0].Steps[0].Frames[0].Build(NewEnv())
		b, _ := Hex(want)
		if err != nil || string(f.Append(nil)) != string(b) {
			t.Errorf("%s\n got %x, %v\nwant %x", text, f.Append(nil), err, b)
		}
	}
}

func TestValuesAreReadAsTheyWereWritten(t *testing.T) {
	for text, want := range map[string]string{
		"null": "d0", "63": "3f", "64": "b040", "-1": "c0", "-17": "b810", "256": "b10001",
		`"ab"`: "426162", "1.5": "d40000c03f", "0.1": "d59a9999999999b93f", "[]": "80",
		`{"from":"ann"}`: "910904" + "66726f6d" + "43616e6e",
	} {
		b, err := AppendValue(nil, text)
		w, _ := Hex(want)
		if err != nil || string(b) != string(w) {
			t.Errorf("%s is %x, %v, want %s", text, b, err, want)
		}
		if again, err := Text(b); err != nil || again != text {
			t.Errorf("%x is %s, %v, want %s", b, again, err, text)
		}
		for cut := range len(b) {
			if again, err := Text(b[:cut]); err == nil {
				t.Errorf("%x cut after %d bytes is %s", b, cut, again)
			}
		}
	}
}
