package subject

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/leverrpc/lever/frame"
	"github.com/leverrpc/lever/wire"
)

// TestGoAndPythonJudgeAlike asks both about bytes that nobody has written down: the vectors of values,
// changed and put together by chance, and headers around those that are allowed.
func TestGoAndPythonJudgeAlike(t *testing.T) {
	count := 20_000
	if testing.Short() {
		count = 2_000
	}
	p := pythonProgram(t, "verdicts.py")
	const seed = 1
	rnd := rand.New(rand.NewPCG(seed, 0))
	known := knownValues(t)
	questions := make([]string, count)
	for i := range questions {
		if i%4 == 0 {
			questions[i] = "header " + hex.EncodeToString(anyHeader(rnd))
		} else {
			questions[i] = "value " + hex.EncodeToString(changed(rnd, known))
		}
	}
	cmd := exec.Command(p[0], p[1:]...)
	cmd.Stdin = strings.NewReader(strings.Join(questions, "\n") + "\n")
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	answers := bufio.NewScanner(strings.NewReader(string(out)))
	answers.Buffer(nil, 1<<20)
	allowed := map[string]int{}
	for i, q := range questions {
		if !answers.Scan() {
			t.Fatalf("%d questions of %d are answered", i, count)
		}
		kind, _, _ := strings.Cut(q, " ")
		got := verdict(t, q)
		if want := answers.Text(); got != want {
			t.Errorf("%s: Go says %s, Python %s", q, got, want)
		}
		if got != "no" {
			allowed[kind]++
		}
	}
	for _, kind := range []string{"value", "header"} {
		if n := allowed[kind]; n < count/50 || n > count*3/4 {
			t.Errorf("%d questions of kind %s are allowed: they test one side only", n, kind)
		}
	}
}

// verdict is what this implementation says to a question.
func verdict(t *testing.T, question string) string {
	kind, text, _ := strings.Cut(question, " ")
	b, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	if kind == "header" {
		h, _ := frame.ConsumeHeader(b)
		if h.Check() != nil {
			return "no"
		}
		return "ok"
	}
	if wire.Validate(b) != nil {
		return "no"
	}
	canonical, err := wire.AppendCanonical(nil, b)
	if err != nil {
		t.Errorf("%s is valid and has no canonical form: %v", text, err)
	}
	return hex.EncodeToString(canonical)
}

// anyHeader makes a header of which most fields are small.
func anyHeader(rnd *rand.Rand) []byte {
	few := func(most int) uint32 {
		if rnd.IntN(8) == 0 {
			return rnd.Uint32()
		}
		return uint32(rnd.IntN(most))
	}
	h := frame.Header{
		Length: few(3) & 0xFFFFFF, Type: frame.Type(few(12)), Flags: frame.Flags(few(3)),
		Code: uint16(few(3)), ID: few(4), Aux: few(3),
	}
	if rnd.IntN(2) == 0 {
		h.Length = few(5000) & 0xFFFFFF
	}
	return frame.AppendHeader(nil, h)
}

// changed puts one or two vectors together and changes some bytes.
func changed(rnd *rand.Rand, known [][]byte) []byte {
	b := append([]byte(nil), known[rnd.IntN(len(known))]...)
	for range rnd.IntN(4) {
		at := rnd.IntN(len(b) + 1)
		switch rnd.IntN(5) {
		case 0: // a part of another
			other := known[rnd.IntN(len(known))]
			b = append(b[:at:at], append(other[rnd.IntN(len(other)+1):], b[at:]...)...)
		case 1: // without a byte
			if at < len(b) {
				b = append(b[:at:at], b[at+1:]...)
			}
		case 2: // cut
			b = b[:at]
		case 3: // another bit
			if at < len(b) {
				b[at] ^= 1 << rnd.IntN(8)
			}
		default: // another byte
			if at < len(b) {
				b[at] = byte(rnd.Uint32())
			}
		}
	}
	return b
}

// knownValues gives the vectors of values that are short.
func knownValues(t *testing.T) (all [][]byte) {
	t.Helper()
	times := regexp.MustCompile(`([0-9a-f]{2})\*(\d+)`)
	for _, name := range []string{"valid", "invalid"} {
		text, err := os.ReadFile(fmt.Sprintf("../vectors/value-%s.json", name))
		if err != nil {
			t.Fatal(err)
		}
		var list []struct {
			Hex string `json:"hex"`
		}
		if err := json.Unmarshal(text, &list); err != nil {
			t.Fatal(err)
		}
		for _, v := range list {
			if len(v.Hex) > 400 {
				continue
			}
			whole := times.ReplaceAllStringFunc(v.Hex, func(s string) string {
				n, _ := strconv.Atoi(s[3:])
				return strings.Repeat(s[:2], min(n, 400))
			})
			b, err := hex.DecodeString(strings.ReplaceAll(whole, " ", ""))
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, b)
		}
	}
	return all
}
