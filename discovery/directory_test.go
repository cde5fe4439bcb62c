package discovery

import (
	"reflect"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/leverrpc/lever/engine"
)

// The text of the package's documentation.
const sample = `{
  "epoch": 3,
  "services": {
    "bank": [
      {"addr": "tcp://10.0.0.1:7400", "id": "bank-0", "zone": "north", "weight": 2},
      {"addr": "tcp://10.0.0.2:7400", "id": "bank-1", "zone": "south", "draining": true}
    ],
    "lever://test/bank": [{"addr": "unix:///run/bank.sock"}]
  }
}`

func TestDirectoryIsReadAndWritten(t *testing.T) {
	d, err := ParseDirectory([]byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	want := Directory{Epoch: 3, Services: map[string][]engine.Instance{
		"bank": {
			{ID: "bank-0", Addr: "tcp://10.0.0.1:7400", Zone: "north", Weight: 2},
			{ID: "bank-1", Addr: "tcp://10.0.0.2:7400", Zone: "south", Draining: true},
		},
		"lever://test/bank": {{Addr: "unix:///run/bank.sock"}},
	}}
	if !reflect.DeepEqual(d, want) {
		t.Errorf("read %+v, want %+v", d, want)
	}
	want.Services["bank"][0].Tier, want.Services["bank"][0].Incarnation = 7, 1<<64-1
	text, err := want.Append([]byte("kept"))
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParseDirectory(text[len("kept"):])
	if err != nil || !reflect.DeepEqual(again, want) {
		t.Errorf("written and read again: %+v, %v", again, err)
	}
}

func TestDirectoryIsReadStrictly(t *testing.T) {
	for text, want := range map[string]string{
		``:                                      "end of the text",
		`null`:                                  `"services" is missing`,
		`{}`:                                    `"services" is missing`,
		sample[:len(sample)-1]:                  "end of the text",
		sample + "{}":                           "want the end of the text",
		`{"services":{},"services":{}}`:         "key",
		`{"services":{},"epoch":-1}`:            "epoch",
		`{"services":{},"hosts":[]}`:            `unknown field "hosts"`,
		`{"services":{"x":[]}}`:                 `service "x"`,
		`{"services":{"/bank":[]}}`:             `service "/bank"`,
		`{"services":{"lever://Test/bank":[]}}`: `canonical form is "lever://test/bank"`,
		`{"services":{"lever://test/bank/ann":[]}}`:   `resource "ann"`,
		`{"services":{"bank":[{"adr":"h:1"}]}}`:       `unknown field "adr"`,
		`{"services":{"bank":[{}]}}`:                  `service "bank": instance 0`,
		`{"services":{"bank":[{"addr":"h:1"},null]}}`: `service "bank": instance 1`,
	} {
		if _, err := ParseDirectory([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want an error with %q", text, err, want)
		}
	}
	bad := Directory{Services: map[string][]engine.Instance{"bank": {{Addr: "nowhere"}}}}
	if text, err := bad.Append([]byte("kept")); err == nil || string(text) != "kept" {
		t.Errorf("Append of a bad directory = %q, %v", text, err)
	}
}

func TestInstanceIsReadAndWritten(t *testing.T) {
	want := engine.Instance{ID: "a\"b", Addr: "tls://h:1", Incarnation: 5, Weight: 3, Tier: 2}
	text, err := AppendInstance(nil, want)
	if err != nil {
		t.Fatal(err)
	}
	later := strings.Replace(string(text), "{", `{"invented": [1], `, 1)
	if got, err := ParseInstance([]byte(later)); err != nil || got != want {
		t.Errorf("ParseInstance(%s) = %+v, %v, want %+v", later, got, err, want)
	}
	if _, err := ParseInstance([]byte(`{"addr":"h:1","weight":65}`)); err == nil {
		t.Error("a weight of 65 was read")
	}
	if _, err := AppendInstance(nil, engine.Instance{}); err == nil {
		t.Error("an instance without address was written")
	}
}

func TestStaticTellsTheServiceOfEachEnvironment(t *testing.T) {
	d, err := ParseDirectory([]byte(sample))
	if err != nil {
		t.Fatal(err)
	}
	source, err := Static(d)
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		r := New(source, Config{})
		defer r.Close()
		for target, want := range map[string]int{
			"lever://prod/bank": 2, "lever://test/bank": 1, "lever://test:7401/bank": 2, "lever://prod/mint": 0,
		} {
			u, err := engine.ParseTarget(target)
			if err != nil {
				t.Fatal(err)
			}
			if v, err := r.Resolve(t.Context(), u); err != nil || len(v.Instances) != want {
				t.Errorf("%s: %v, %v, want %d instances", target, v, err, want)
			}
		}
	})
	if _, err := Static(Directory{Services: map[string][]engine.Instance{"?": nil}}); err == nil {
		t.Error("a directory with a service called ? was taken")
	}
}

// FuzzParseDirectory: what is read is well formed, and is read again as it was.
func FuzzParseDirectory(f *testing.F) {
	f.Add([]byte(sample))
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := ParseDirectory(text)
		if err != nil {
			return
		}
		again, err := d.Append(nil)
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		if e, err := ParseDirectory(again); err != nil || !reflect.DeepEqual(d, e) {
			t.Errorf("%s was read as %+v, and written and read again as %+v, %v", text, d, e, err)
		}
	})
}
