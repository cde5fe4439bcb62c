package discovery

import (
	"slices"
	"strings"
	"testing"

	"github.com/leverrpc/lever/engine"
)

func TestCheckNamesTheFault(t *testing.T) {
	good := engine.Instance{ID: "a", Addr: "tcp://10.0.0.1:7400", Weight: 64, Zone: "north", Tier: 1}
	type instance = *engine.Instance
	with := func(change func(instance)) engine.View {
		in := good
		change(&in)
		return engine.View{Instances: []engine.Instance{{Addr: "unix:///run/bank"}, in}}
	}
	long := strings.Repeat("x", 256)
	tests := []struct {
		name string
		view engine.View
		want string // part of the error; empty: none
	}{
		{"no instances", engine.View{}, ""},
		{"all that an instance can have", with(func(instance) {}), ""},
		{"weight and tier left out", with(func(in instance) { in.Weight, in.Tier = 0, 0 }), ""},
		{"no address", with(func(in instance) { in.Addr = "" }),
			`instance 1 "a": transport: address`},
		{"a scheme of others", with(func(in instance) { in.Addr = "udp://h:1" }), `scheme "udp"`},
		{"no host", with(func(in instance) { in.Addr = ":7400" }), "lacks the host"},
		{"no port", with(func(in instance) { in.Addr = "tls://h:0" }),
			"lacks the host or the port"},
		{"a weight below 0", with(func(in instance) { in.Weight = -1 }), "weight -1 is not 0 to 64"},
		{"a weight above 64", with(func(in instance) { in.Weight = 65 }), "weight 65 is not"},
		{"a tier below 0", with(func(in instance) { in.Tier = -1 }), "tier -1 is not 0 to 65535"},
		{"a tier above all", with(func(in instance) { in.Tier = 1 << 16 }), "tier 65536"},
		{"a long id", with(func(in instance) { in.ID = long }), "ID has 256 bytes, at most 255"},
		{"a long zone", with(func(in instance) { in.Zone = long }), "zone has 256 bytes"},
		{"an id that is no text", with(func(in instance) { in.ID = "\xff" }), "not UTF-8"},
		{"an id with a zero byte", with(func(in instance) { in.ID = "a\x00" }), "control character"},
		{"a zone of two lines", with(func(in instance) { in.Zone = "a\nb" }), "control character"},
		{"one instance twice", with(func(in instance) { in.ID, in.Addr = "", "unix:///run/bank" }),
			`instance 1 "unix:///run/bank" is instance 0 again`},
		{"an instance that was started again", with(func(in instance) {
			in.ID, in.Incarnation = "unix:///run/bank", 2
		}), ""},
		{"too many", engine.View{Instances: slices.Repeat([]engine.Instance{good}, MaxInstances+1)},
			"65537 instances, at most 65536"},
	}
	for _, tt := range tests {
		err := Check(&tt.view)
		switch {
		case tt.want == "" && err != nil:
			t.Errorf("%s: %v", tt.name, err)
		case tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)):
			t.Errorf("%s: %v, want an error with %q", tt.name, err, tt.want)
		}
	}
}

func TestTidyKeepsTheLatestLife(t *testing.T) {
	given := engine.View{Epoch: 3, Instances: []engine.Instance{
		{ID: "b", Addr: "h:1", Incarnation: 1},
		{ID: "b", Addr: "h:3", Incarnation: 12},
		{ID: "a", Addr: "h:4"},
		{ID: "b", Addr: "h:2", Incarnation: 2},
	}}
	before := slices.Clone(given.Instances)
	got, err := tidy(given)
	if err != nil {
		t.Fatal(err)
	}
	want := []engine.Instance{{ID: "a", Addr: "h:4"}, {ID: "b", Addr: "h:3", Incarnation: 12}}
	if got.Epoch != 3 || !slices.Equal(got.Instances, want) {
		t.Errorf("tidy gives %+v, want %+v", got, want)
	}
	if !slices.Equal(given.Instances, before) {
		t.Error("tidy has changed what it was given")
	}
}
