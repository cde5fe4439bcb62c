package lb

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// sameSlots reports the first slot in which two ledgers differ.
func sameSlots(t *testing.T, got, want *Ledger) {
	t.Helper()
	if got.Bits() != want.Bits() {
		t.Fatalf("slots of %d bits, want %d", got.Bits(), want.Bits())
	}
	for slot := range want.rows {
		is, since := got.OwnerOf(slot)
		was, wasSince := want.OwnerOf(slot)
		if (is == nil) != (was == nil) || is != nil && is.life() != was.life() || since != wasSince {
			t.Fatalf("slot %d: %v since %d, want %v since %d", slot, is, since, was, wasSince)
		}
	}
}

// history makes a ledger that has seen members come and go.
func history(rng *rand.Rand, n, bits int) *Ledger {
	l := new(Ledger)
	for epoch := range uint64(rng.IntN(6) + 1) {
		var ms []Member
		for _, m := range members(n) {
			if rng.IntN(4) > 0 {
				m.Incarnation = rng.Uint64() >> rng.IntN(64)
				ms = append(ms, m)
			}
		}
		l = l.Update(epoch*300+1, ms, NewTable(ms, bits), nil)
	}
	return l
}

func TestLedgersComeThroughTheirBytes(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		l := history(rng, rng.IntN(12), 1+rng.IntN(9))
		b := AppendLedger([]byte("x"), l)[1:]
		got, n, err := ConsumeLedger(append(bytes.Clone(b), 0xFF))
		if err != nil || n != len(b) {
			t.Fatalf("%x: %d bytes, %v; want %d", b, n, err, len(b))
		}
		sameSlots(t, got, l)
		if again := AppendLedger(nil, got); !bytes.Equal(again, b) {
			t.Fatalf("written again it is %x, was %x", again, b)
		}
		for cut := range b {
			if _, _, err := ConsumeLedger(b[:cut]); err == nil {
				t.Fatalf("%x is a ledger, and cut from %x", b[:cut], b)
			}
		}
	}
}

func TestLedgerBytes(t *testing.T) {
	two := []Member{{ID: "a", Incarnation: 7}, {ID: "b", Incarnation: 300}}
	table := NewTable(two, 3)
	l := new(Ledger).Update(1, two[:1], NewTable(two[:1], 3), nil)
	l = l.Update(200, two, table, func(slot int) bool {
		return slot == 5 || table.OwnerOf(slot).ID == "b" // 5 is a's
	})
	for _, x := range []struct {
		name string
		l    *Ledger
		want string
	}{
		{"the zero ledger", new(Ledger), "0100"},
		{"one owner of all slots", new(Ledger).Update(9, two[:1], NewTable(two[:1], 3), nil),
			"0103 01016107 010109"},
		{"nobody has anything", new(Ledger).Update(9, nil, NewTable(nil, 3), nil), "0103 00 010000"},
		{"two tenures of one and one of another", l, fmt.Sprintf("0103 02016107 0162ac02 03 0101 01c801 02c801 %s",
			packed(l, 2))},
	} {
		want := strings.ReplaceAll(x.want, " ", "")
		if got := hex.EncodeToString(AppendLedger(nil, x.l)); got != want {
			t.Errorf("%s: %s, want %s", x.name, got, want)
		}
	}
}

// packed works the bits of slots out one by one: tenure 0 is a since 1, 1 is a later, 2 is b.
func packed(l *Ledger, width int) string {
	out := make([]byte, len(l.rows)*width/8)
	for i := range l.rows {
		n := 0
		switch m, since := l.OwnerOf(i); {
		case m.ID == "b":
			n = 2
		case since > 1:
			n = 1
		}
		for bit := range width {
			at := i*width + bit
			out[at/8] |= byte(n>>bit&1) << (at % 8)
		}
	}
	return hex.EncodeToString(out)
}

func TestBadLedgersAreRefusedByName(t *testing.T) {
	for _, x := range []struct{ name, hex, want string }{
		{"nothing", "", "cut short"},
		{"another format", "0203", "format 2, want 1"},
		{"too many slots", "0111", "slots of 17 bits, want at most 16"},
		{"more members than bytes", "0103ffff03", "the number of members is 65535, want at most 1"},
		{"a long zero", "0103800001", "not in its shortest form"},
		{"a number beyond 64 bits", "0103ffffffffffffffffffff01", "beyond 64 bits"},
		{"an empty id", "010301000701010000", "an id of 0 bytes"},
		{"an id beyond the end", "010301ff0100", "an id of 255 bytes, want 1 to 1"},
		{"ids out of order", "01030201620001610002010102010000", `id "a" stands behind "b"`},
		{"the same id twice", "01030201610001610102010102010000", `id "a" stands behind "a"`},
		{"no tenures", "010300 00", "no tenures"},
		{"an owner that is no member", "0103000101000000", "an owner is 1, want at most 0"},
		{"tenures out of order", "01030101610002 0102 0101 00", "a tenure stands behind a later one"},
		{"a member without a tenure", "010301016100 01 0001", "member 0 has no tenure"},
		{"slots that are missing", "01030101610002 0101 0102", "0 bytes are left for the slots, want 1"},
		{"a tenure without a slot", "01030101610002 0101 0102 00", "tenure 1 has no slot"},
		{"a number that is no tenure", "01030101610003 0101 0102 0103 ff 00", "slot 0 has tenure 3, there are 3"},
		{"bits behind the last slot", "01010101610002 0101 0102 06", "not filled with zeros"},
	} {
		b, err := hex.DecodeString(strings.ReplaceAll(x.hex, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := ConsumeLedger(b); err == nil || !strings.Contains(err.Error(), x.want) ||
			!strings.HasPrefix(err.Error(), "lb: ledger: offset ") {
			t.Errorf("%s: %v, want %q", x.name, err, x.want)
		}
	}
}

// What is a ledger has no other bytes.
func FuzzLedgerBytes(f *testing.F) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 5 {
		f.Add(AppendLedger(nil, history(rng, 4, 3)))
	}
	f.Add([]byte{1, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		l, n, err := ConsumeLedger(b)
		if err != nil {
			return
		}
		if again := AppendLedger(nil, l); !bytes.Equal(again, b[:n]) {
			t.Errorf("%x is read as the ledger %x", b[:n], again)
		}
	})
}
