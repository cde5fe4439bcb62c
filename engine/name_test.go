package engine

import "testing"

func TestIsStreaming(t *testing.T) {
	for name, want := range map[string]bool{
		"chan": true, "tailChan": true, "tail_chan": true, "Chan": true, "_chan": true,
		"": false, "tailchan": false, "CHAN": false, "tailCHAN": false, "tail_Chan2": false,
		"chanTail": false, "xchan": false, "change": false,
	} {
		if got := IsStreaming(name); got != want {
			t.Errorf("IsStreaming(%q) = %v, want %v", name, got, want)
		}
	}
}
