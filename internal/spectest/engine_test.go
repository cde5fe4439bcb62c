package spectest

import (
	"strings"
	"testing"

	"github.com/leverrpc/lever/engine"
	"github.com/leverrpc/lever/engine/transport"
)

func TestURLsAreThoseOfTheCode(t *testing.T) {
	here := engine.URL{Env: "here", Port: engine.DefaultPort}
	for _, row := range table(t, "14", "URL", "env", "port", "service", "resource", "method", "canonical") {
		text, canonical := strings.Trim(row[0], "`"), strings.Trim(row[6], "`")
		if canonical == "same" {
			canonical = text
		}
		want := engine.URL{Env: row[1], Port: int(num(t, row[2])), Service: row[3], Resource: row[4], Method: row[5]}
		u, err := here.Parse(text)
		if err != nil || u != want {
			t.Errorf("%s: got %+v, %v, the table says %+v", text, u, err, want)
		}
		if u.String() != canonical {
			t.Errorf("%s: canonical form %s, the table says %s", text, u, canonical)
		}
		if again, err := engine.ParseURL(canonical); err != nil || again != u {
			t.Errorf("%s: read again it is %+v, %v", canonical, again, err)
		}
	}
	for _, row := range table(t, "14", "refused", "why") {
		if u, err := here.Parse(strings.Trim(row[0], "`")); err == nil {
			t.Errorf("%s is taken as %+v, the table refuses it: %s", row[0], u, row[1])
		}
	}
	for _, row := range table(t, "16", "constant", "default") {
		if most := int(num(t, row[1])); row[0] == "MAX_RESOURCE" {
			long := strings.Repeat("r", most)
			_, err := engine.ParseURL("lever://dev/bank/" + long + "/get")
			_, beyond := engine.ParseURL("lever://dev/bank/" + long + "r/get")
			if err != nil || beyond == nil {
				t.Errorf("a resource of %d bytes: %v, and one byte more: %v", most, err, beyond)
			}
		}
	}
	if u, err := engine.ParseURL("/bank/get"); err == nil {
		t.Errorf("a relative URL without an environment is %+v", u)
	}
}

// TestALPNIsThatOfTheCode: F-002.
func TestALPNIsThatOfTheCode(t *testing.T) {
	if want := "ALPN protocol `" + transport.ALPN + "`"; !strings.Contains(section(t, "3"), want) {
		t.Errorf("chapter 3 does not name the %s", want)
	}
}

// TestStreamingNames: F-505.
func TestStreamingNames(t *testing.T) {
	for name, want := range map[string]bool{
		"chan": true, "tailChan": true, "tail_chan": true, "Chan": true, "_chan": true,
		"tailchan": false, "tailCHAN": false, "chant": false, "Channel": false, "chan_": false,
	} {
		if got := engine.IsStreaming(name); got != want {
			t.Errorf("%s: streaming %v, want %v", name, got, want)
		}
	}
}
