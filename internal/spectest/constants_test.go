package spectest

import (
	"encoding/binary"
	"strings"
	"testing"
	"time"

	"github.com/leverrpc/lever/engine"
	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/frame"
	"github.com/leverrpc/lever/lb"
	"github.com/leverrpc/lever/wire"
)

// fixed are the constants whose value the protocol fixes, as the code has them.
var fixed = map[string]uint64{
	"HEADER_SIZE": frame.HeaderSize, "MAGIC": frame.Magic, "VERSION": frame.Version,
	"MAX_LENGTH": frame.MaxLength, "MIN_FRAGMENT": frame.MinFragment,
	"FAIR_FRAGMENT": frame.FairFragment, "MAX_INCREMENT": frame.MaxIncrement,
	"MAX_HELLO": frame.MaxHello, "MAX_PARAMS": frame.MaxParams, "MAX_AUTH": frame.MaxAuth,
	"MAX_TEXT": frame.MaxText, "MAX_GOAWAY": frame.MaxGoAway, "MIN_NAME": frame.MinName,
	"MAX_NAME": frame.MaxName, "MIN_SERVICE": frame.MinService, "MAX_SERVICE": frame.MaxService,
	"MAX_METHOD": frame.MaxMethod, "MAX_EXT_BLOCK": frame.MaxExtBlock,
	"MAX_EXT_ENTRIES": frame.MaxExtEntries, "EXT_OVERHEAD": frame.ExtOverhead,
	"MAX_HEAD":  2 + frame.MaxName + 2 + frame.MaxExtBlock,
	"MAX_DEPTH": wire.MaxDepth, "MAX_VALUE": wire.MaxSize,
	"HELLO_TIMEOUT_MS":  ms(session.DefaultLimits.HelloTimeout),
	"FRAME_TIMEOUT_MS":  ms(session.DefaultLimits.FrameTimeout),
	"GLITCHES":          uint64(session.DefaultLimits.Glitches),
	"GLITCH_REFILL":     uint64(session.DefaultLimits.GlitchRefill),
	"STALL_MS":          ms(session.DefaultLimits.CreditTimeout),
	"RESULT_BYTES":      uint64(session.DefaultLimits.ResultBytes),
	"REPLIES":           2 * uint64(session.DefaultLimits.Replies),
	"WINDOW_BYTES":      uint64(session.DefaultLimits.WindowBytes),
	"CALL_WINDOW_BYTES": uint64(session.DefaultLimits.CallWindowBytes),
	"UNREAD_BYTES":      uint64(session.DefaultLimits.UnreadBytes),
	"ASSEMBLY_BYTES":    uint64(session.DefaultLimits.AssemblyBytes),
	"DEFAULT_PORT":      engine.DefaultPort,
	"SLOT_BITS":         lb.SlotBits, "MAX_WEIGHT": lb.MaxWeight,
}

// elsewhere are the constants of packages that keep them to themselves; behaviour_test.go and the
// packages' own tests try them.
var elsewhere = map[string]bool{
	"MAX_CALL_ID": true, "YOUNG_CALL_MS": true, "LINGER_MS": true, "MAX_RESOURCE": true,
	"STALL_BYTES": true, "WIDENING": true,
	"VIEW_WAIT_MS": true,
}

// parameters are the numbers of HELLO: the least, what the reference announces, and the id.
var parameters = map[string]struct {
	least, usual uint32
	id           uint16
}{
	"MAX_FRAME":    {frame.MinParams.MaxFrame, session.DefaultParams.MaxFrame, frame.ParamMaxFrame},
	"MAX_MESSAGE":  {frame.MinParams.MaxMessage, session.DefaultParams.MaxMessage, frame.ParamMaxMessage},
	"CALLS":        {frame.MinParams.Calls, session.DefaultParams.Calls, frame.ParamCalls},
	"CONN_BYTES":   {frame.MinParams.ConnBytes, session.DefaultParams.ConnBytes, frame.ParamConnBytes},
	"STREAM_BYTES": {frame.MinParams.StreamBytes, session.DefaultParams.StreamBytes, frame.ParamStreamBytes},
	"MAX_BINDINGS": {frame.MinParams.MaxBindings, session.DefaultParams.MaxBindings, frame.ParamMaxBindings},
	"IDLE_MS":      {frame.MinParams.IdleMS, session.DefaultParams.IdleMS, frame.ParamIdleMS},
	"KEEP_MS":      {frame.MinParams.KeepMS, 120_000, frame.ParamKeepMS}, // announced by package engine
}

func ms(d time.Duration) uint64 { return uint64(d / time.Millisecond) }

func TestConstantsAreThoseOfTheCode(t *testing.T) {
	seen := map[string]bool{}
	for _, row := range table(t, "16", "constant", "default", "minimum", "maximum", "enforced by", "error") {
		name, usual := row[0], num(t, row[1])
		seen[name] = true
		if p, ok := parameters[name]; ok {
			if usual != uint64(p.usual) {
				t.Errorf("%s: the default is %d in the code and %d in the table", name, p.usual, usual)
			}
			checkRange(t, row, p.least, p.id)
			continue
		}
		low, high := num(t, row[2]), num(t, row[3])
		if usual < low || usual > high {
			t.Errorf("%s: the default %d is not in %d to %d", name, usual, low, high)
		}
		if got, ok := fixed[name]; ok && got != usual {
			t.Errorf("%s is %d in the code and %d in the table", name, got, usual)
		} else if !ok && !elsewhere[name] {
			t.Errorf("%s is not in the code", name)
		}
		if e := row[5]; e != "" && !isCode(e) {
			t.Errorf("%s: %s is neither a reason nor a status", name, e)
		}
	}
	for name := range fixed {
		if !seen[name] {
			t.Errorf("%s is in the code and not in the table", name)
		}
	}
	for name := range parameters {
		if !seen[name] {
			t.Errorf("%s is in the code and not in the table", name)
		}
	}
}

// checkRange tries a parameter at and beyond the ends of its range. "0 or 100" allows 0 besides.
func checkRange(t *testing.T, row []string, least uint32, id uint16) {
	t.Helper()
	zero, rest, or := strings.Cut(row[2], " or ")
	if !or {
		rest = row[2]
	}
	low, high := num(t, rest), num(t, row[3])
	if want := num(t, zero); uint64(least) != want {
		t.Errorf("%s: the minimum is %d in the code and %d in the table", row[0], least, want)
	}
	for _, v := range []uint64{0, 1, low - 1, low, low + 1, high - 1, high, high + 1, 1<<32 - 1} {
		if v > 1<<32-1 {
			continue
		}
		want := low <= v && v <= high || or && v == 0
		_, err := frame.ConsumeParams(param(int(id), binary.LittleEndian.AppendUint32(nil, uint32(v))))
		if (err == nil) != want {
			t.Errorf("%s of %d: got %v, the table says %s to %s", row[0], v, err, row[2], row[3])
		}
	}
}

// isCode reports whether name is a reason of GOAWAY or a status of RESULT.
func isCode(name string) bool { return isReason(name) || isStatus(name) }

func isReason(name string) bool {
	for n := range frame.Reason(1024) {
		if n.String() == name {
			return true
		}
	}
	return false
}

func isStatus(name string) bool {
	for n := range frame.FirstApplicationStatus {
		if n.String() == name {
			return true
		}
	}
	return false
}
