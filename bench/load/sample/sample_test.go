package sample

import "testing"

func TestTheOrderHasItsSize(t *testing.T) {
	if n := len(OrderText()); n < 140 || n > 160 {
		t.Errorf("the JSON text has %d bytes, want about 150", n)
	}
}

func TestChecksFindWhatIsWrong(t *testing.T) {
	o := TheOrder()
	if err := o.Check(); err != nil {
		t.Error(err)
	}
	o.Tags[2] = "prose"
	if o.Check() == nil {
		t.Error("another tag was not noticed")
	}
	sent := Bytes(64)
	tests := []struct {
		name string
		got  []byte
		ok   bool
	}{
		{"the same", Bytes(64), true},
		{"too short", Bytes(63), false},
		{"shifted", append(Bytes(65)[1:], 0)[:64], false},
		{"nothing", nil, false},
	}
	for _, tt := range tests {
		if err := CheckBytes(sent, tt.got); (err == nil) != tt.ok {
			t.Errorf("%s: CheckBytes gives %v", tt.name, err)
		}
	}
	if err := CheckBytes(nil, nil); err != nil {
		t.Error(err)
	}
}
