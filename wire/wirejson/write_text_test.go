package wirejson

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/leverrpc/lever/wire"
)

// TestTextsOfEveryLengthAreEscaped has a character of each kind at each place of short texts, with
// and without something behind them that would have to be escaped.
func TestTextsOfEveryLengthAreEscaped(t *testing.T) {
	for size := range 20 {
		for at := range size + 1 {
			for _, piece := range []string{"", "\"", "\\", "\n", "\x1f", "\x7f", "é", " "} {
				text := strings.Repeat("a", at) + piece + strings.Repeat("b", size-at)
				for _, behind := range []string{"", "\"\\\n\x00\x01", "plain and long enough"} {
					checkTexts(t, []string{text, behind})
				}
			}
		}
	}
}

func checkTexts(t *testing.T, texts []string) {
	t.Helper()
	b, err := wire.Append(nil, texts)
	if err != nil {
		t.Fatal(err)
	}
	for _, room := range []int{0, 3, 9, 100} {
		got, err := AppendJSON(make([]byte, 0, room), b, Options{})
		var back []string
		if err == nil {
			err = json.Unmarshal(got, &back)
		}
		if err != nil || fmt.Sprint(back) != fmt.Sprint(texts) {
			t.Fatalf("%q with room for %d bytes is %s, %v", texts, room, got, err)
		}
	}
}
