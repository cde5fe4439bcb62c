package conformance

import (
	_ "embed"
	"fmt"
	"strings"

	"github.com/leverrpc/lever/conformance/script"
)

//go:embed known-failures.txt
var knownText string

// Known gives the scripts that the Go implementation is known to fail in a role: the reason, by
// "file/script".
func Known(role script.Role) (map[string]string, error) { return ParseKnown(knownText, role) }

// ParseKnown reads a list of known failures: on each line a role, a script as file/name, and the
// reason.
func ParseKnown(text string, role script.Role) (map[string]string, error) {
	known := make(map[string]string)
	for i, line := range strings.Split(text, "\n") {
		words := strings.Fields(line)
		if len(words) == 0 || words[0][0] == '#' {
			continue
		}
		if len(words) < 3 || words[0] != string(script.Server) && words[0] != string(script.Client) {
			return nil, fmt.Errorf("line %d: expected a role, a script and the reason", i+1)
		}
		if words[0] == string(role) {
			known[words[1]] = strings.Join(words[2:], " ")
		}
	}
	return known, nil
}
