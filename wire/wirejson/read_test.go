package wirejson

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/leverrpc/lever/wire"
)

// mustRead turns text into wire and checks what holds for every text: the bytes are valid, dst is
// kept, and the text cut at each byte is refused or another value, never a panic.
func mustRead(t testing.TB, text string) []byte {
	t.Helper()
	out, err := AppendWire([]byte("head"), []byte(text))
	if err != nil {
		t.Fatalf("%.200s: %v", text, err)
	}
	if string(out[:4]) != "head" {
		t.Fatalf("%.200s: dst was overwritten", text)
	}
	out = out[4:]
	if err := wire.Validate(out); err != nil {
		t.Fatalf("%.200s: %x: %v", text, out, err)
	}
	return out
}

func TestTextBecomesTheShortestWire(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"null", "d0"}, {" true\n", "d2"}, {"\tfalse\r", "d1"},
		{"0", "00"}, {"63", "3f"}, {"64", "b040"}, {"-1", "c0"}, {"-17", "b810"},
		{"9223372036854775807", "b7ffffffffffffff7f"}, {"18446744073709551615", "b7ffffffffffffffff"},
		{"-9223372036854775808", "bfffffffffffffff7f"},
		{"-0", "d400000080"}, {"-0.0", "d400000080"}, {"1.5", "d40000c03f"}, {"1.0", "d40000803f"},
		{"0.1", "d59a9999999999b93f"}, {"1e400", "d6053165343030"}, {"1E2", "d40000c842"},
		{"18446744073709551616", "d40000805f"},
		{"18446744073709551617", "d6143138343436373434303733373039353531363137"},
		{`""`, "40"}, {`"abc"`, "43616263"}, {`"\u0041\n\"\\\/"`, "45410a225c2f"},
		{`"ä"`, "42c3a4"}, {`"\u00e4"`, "42c3a4"}, {`"\ud83d\ude00"`, "44f09f9880"},
		{`"` + strings.Repeat("x", 63) + `"`, "7f" + strings.Repeat("78", 63)},
		{`"` + strings.Repeat("x", 64) + `"`, "d740" + strings.Repeat("78", 64)},
		{`"\n` + strings.Repeat("x", 63) + `"`, "d7400a" + strings.Repeat("78", 63)},
		{"[]", "80"}, {"[ ]", "80"}, {"{}", "90"}, {"{ }", "90"}, {"[1,2]", "82020102"},
		{" [ 1 , [ ] , { } ] ", "8303018090"},
		{`{"a":1,"b":[true]}`, "920701610101628101d2"[:2] + "08" + "0161010162" + "8101d2"},
		{`{"":0}`, "91020000"}, {`{"\u0061":0}`, "9103016100"},
		{"[" + strings.Repeat("1,", 14) + "1]", "8f0f0f" + strings.Repeat("01", 15)},
		{`{"$bytes":"AP8="}`, "d80200ff"}, {`{"$bytes":""}`, "d800"},
		{`[{"$bytes":"AP8="}]`, "8104d80200ff"},
		{`{"$bytes":1,"x":2}`, "920b06246279746573010178" + "02"},
	} {
		if got := hex.EncodeToString(mustRead(t, tt.text)); got != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.text, got, tt.want)
		}
	}
}

func TestFaultsOfTextAreNamed(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"", "line 1, offset 0: found the end of the text, want a value"},
		{" \n ", "line 2, offset 3: found the end of the text"},
		{"nul", "offset 0: found 'n', want a value"}, {"True", "found 'T'"},
		{"1 2", "offset 2: found '2', want the end of the text"}, {"{} x", "offset 3"},
		{"01", "without leading zeros"}, {"-", "offset 1: found the end of the text"},
		{"-x", "offset 1: found 'x'"}, {"+1", "found '+', want a value"}, {".5", "found '.'"},
		{"1.", "want a digit behind the point"}, {"1.e5", "want a digit behind the point"},
		{"1e", "want a digit of the exponent"}, {"1e+", "want a digit of the exponent"},
		{"NaN", "found 'N'"}, {"Infinity", "found 'I'"}, {"0x10", "found 'x'"},
		{`"abc`, "offset 4: found the end of the text in a string"}, {`"a\`, "in an escape"},
		{`"a\x"`, "offset 3: found 'x', want an escape"}, {`"\u12G4"`, "four hexadecimal digits"},
		{`"\u12`, "four hexadecimal digits"}, {"\"a\nb\"", "raw control character"},
		{"\"\x00\"", "raw control character"}, {"\"\xff\"", "not UTF-8"},
		{"\"\\n\xff\"", "not UTF-8"}, {"\"\xed\xa0\x80\"", "not UTF-8"},
		{`"\ud800"`, "half of a surrogate pair"}, {`"\udc00"`, "half of a surrogate pair"},
		{`"\ud800\u0041"`, "half of a surrogate pair"}, {`"\ud800x"`, "half of a surrogate pair"},
		{"[1", "want a comma or ]"}, {"[1,", "want a value"}, {"[1,]", "found ']', want a value"},
		{"[,1]", "found ',', want a value"}, {"[1 2]", "found '2', want a comma or ]"},
		{"[", "want a value"}, {"]", "found ']'"}, {`{"a"`, "want a colon"},
		{`{"a" 1}`, "found '1', want a colon"}, {`{"a":}`, "found '}', want a value"},
		{`{"a":1`, "want a comma or }"}, {`{"a":1,}`, "found '}', want a key in quotes"},
		{`{a:1}`, "found 'a', want a key in quotes"}, {"{1:1}", "want a key in quotes"},
		{`{"a":1,"b":2,"a":3}`, `offset 13: found the key "a" twice`},
		{`{"a":1,"\u0061":3}`, "twice"}, {"{\"\xff\":1}", "key that is not UTF-8"},
		{"[\n1,\n2,\nx]", "line 4, offset 8"}, {"\ufeff1", "offset 0"},
		{"/* c */ 1", "found '/'"}, {"\v1", "offset 0"},
		{`{"$bytes":"A"}`, "not padded base64"}, {`{"$bytes":"AP8"}`, "not padded base64"},
		{`{"$bytes":"AP8=\n"}`, "not padded base64"}, {`{"$bytes":"AP9="}`, "not padded base64"},
		{`{"$bytes":1}`, "want base64 text"}, {`{"$bytes":["x"]}`, "want base64 text"},
		{`[{"$bytes":null}]`, "offset 1"},
	} {
		out, err := AppendWire([]byte("head"), []byte(tt.text))
		var fault *SyntaxError
		if !errors.As(err, &fault) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q:\n got %v (%x)\nwant %s", tt.text, err, out, tt.want)
		}
		if string(out) != "head" {
			t.Errorf("%q: dst is %q after the fault", tt.text, out)
		}
	}
}

func TestEveryTruncationIsRefused(t *testing.T) {
	text := `{"a":[1,-2.5e3,"x\u00e4\ud83d\ude00\n",true,false,null,{}],"b":{"c":[],"$bytes":"="}}`
	mustRead(t, text)
	for i := range text {
		if _, err := AppendWire(nil, []byte(text[:i])); err == nil {
			t.Errorf("accepted when cut to %q", text[:i])
		}
	}
	for _, tail := range []string{",", "}", "]", "x", "1", `"`, "\x00"} {
		if _, err := AppendWire(nil, []byte(text+tail)); err == nil {
			t.Errorf("accepted with %q behind it", tail)
		}
	}
}

func TestDepthOfTextIsLimited(t *testing.T) {
	for _, pair := range []string{"[]", `{"a":}`} {
		open, shut := pair[:len(pair)-1], pair[len(pair)-1:]
		text := strings.Repeat(open, wire.MaxDepth-1) + "[]" + strings.Repeat(shut, wire.MaxDepth-1)
		mustRead(t, text)
		if _, err := AppendWire(nil, []byte(open+text+shut)); err == nil {
			t.Errorf("%d of %s in each other: accepted", wire.MaxDepth+1, pair)
		}
		if _, err := AppendWire(nil, []byte(strings.Repeat(open, 5_000_000))); err == nil {
			t.Errorf("millions of %s: accepted", open)
		}
	}
}

func TestHeadersOfEverySizeAreMovedIntoPlace(t *testing.T) {
	for _, n := range []int{1, 14, 15, 100, 239, 240, 241, 2287, 2288, 70_000} {
		item := `{"k":[` + strings.Repeat("1,", n-1) + `1]}`
		text := "[" + item + "," + item + `,{"small":{}},` + item + "]"
		b := mustRead(t, text)
		got, err := AppendJSON(nil, b, Options{})
		if err != nil || string(got) != text {
			t.Errorf("%d items come back as %.80s, %v", n, got, err)
		}
		if v := wire.Parse(b).Get(3, "k"); v.Len() != n {
			t.Errorf("%d items: the last array has %d", n, v.Len())
		}
	}
}

func TestManyKeysOfTextAreComparedFast(t *testing.T) {
	var text bytes.Buffer
	text.WriteByte('{')
	for i := range 30_000 {
		text.WriteString(`"` + strings.Repeat("k", 20) + hex.EncodeToString([]byte{byte(i),
			byte(i >> 8)}) +
			`":[{"a":0,"b":1}],`)
	}
	whole := text.String()
	mustRead(t, whole[:len(whole)-1]+"}")
	_, err := AppendWire(nil, []byte(whole+`"kkkkkkkkkkkkkkkkkkkk0100":1}`))
	if err == nil || !strings.Contains(err.Error(), "twice") {
		t.Errorf("a duplicate among 30,000 keys: %v", err)
	}
}

func TestReadingIntoAReusedBufferAllocatesNothing(t *testing.T) {
	text := []byte(`{"id":12345,"name":"Ann \"A\" Lee","tags":["x","y"],"ratio":0.25,"in":{"k":null}}`)
	var wireBuf, jsonBuf []byte
	if got := testing.AllocsPerRun(100, func() {
		var err error
		if wireBuf, err = AppendWire(wireBuf[:0], text); err != nil {
			t.Error(err)
		}
		if jsonBuf, err = AppendJSON(jsonBuf[:0], wireBuf, Options{}); err != nil {
			t.Error(err)
		}
	}); got != 0 {
		t.Errorf("%v allocations, want 0", got)
	}
	if string(jsonBuf) != string(text) {
		t.Errorf("comes back as %s", jsonBuf)
	}
}
