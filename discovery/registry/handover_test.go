package registry

import (
	"testing"
	"time"
)

// The calls of slots that change hands wait, so the news does not; all that is released at once is
// one view.
func TestReleasesDoNotWaitForTheDebounce(t *testing.T) {
	d := newDesk(t, Config{Grace: -1, Debounce: time.Second}, nil)
	a := d.announce("a", nil)
	d.wait(0)
	b := d.announce("b", nil)
	d.wait(3 * time.Second)
	_, before := d.hear(b)
	for _, o := range []order{
		{Op: opDrain},
		{Op: opRelease, Epoch: before.Epoch, Slots: []int{0, 1}},
	} {
		if err := d.obey(a, o); err != nil {
			t.Fatal(err)
		}
		d.wait(0)
	}
	_, after := d.hear(b)
	if after.Epoch != before.Epoch+2 {
		t.Errorf("at once after the release the view has epoch %d, want %d", after.Epoch, before.Epoch+2)
	}
	d.announce("c", nil)
	d.wait(100 * time.Millisecond)
	if e := d.keeper.edition(b); e != nil {
		t.Errorf("there is another view, with epoch %d, before the debounce is over", e.epoch)
	}
}
