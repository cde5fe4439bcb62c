package vectors

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/leverrpc/lever/engine/session"
	"github.com/leverrpc/lever/frame"
)

// receiver is a session of the side that a vector is sent to, past its HELLOs. A server has one
// name bound, and a client one call in flight, so that vectors find what they speak of.
func receiver(v vector) *session.Session {
	none := header{typ: "HELLO", code: 1, id: levr, length: -1}
	if v.Role == "server" {
		s := session.New(session.Config{}, session.Client, 0)
		s.Open(0, &session.Open{Name: "bank/get"}, []byte{0x80})
		if !isHello(v) {
			feed(s, none.write(nil))
		}
		s.TakeOutput(nil)
		return s
	}
	s := session.New(session.Config{}, session.Server, 0)
	if !isHello(v) {
		none.aux = 1
		feed(s, none.write(nil))
		feed(s, header{typ: "BIND", code: 1, length: -1}.write([]byte("bank/get")))
	}
	s.TakeOutput(nil)
	return s
}

func isHello(v vector) bool {
	b, err := decode(v.Hex)
	return err == nil && b[4] == types["HELLO"]
}

// feed hands bytes to a session and tells what happened, in words.
func feed(s *session.Session, b []byte) (told string) {
	s.HandleInput(0, b)
	for ev := s.Next(); ev != nil; ev = s.Next() {
		told += fmt.Sprintf("%v %v %v %x %x\n", ev.Kind, ev.Status, ev.Flags, ev.Name, ev.Payload)
	}
	return told
}

// outcome feeds a vector in two pieces and tells all that can be seen of it.
func outcome(v vector, b []byte, cut int) (string, *session.Session, []byte) {
	s := receiver(v)
	told := feed(s, b[:cut])
	told += feed(s, b[cut:])
	out := s.TakeOutput(nil)
	return fmt.Sprintf("%s%x\n%v", told, out, s.Err()), s, out
}

func TestCutsChangeNothing(t *testing.T) {
	all := append(load(t, "frame-valid.json"), load(t, "frame-invalid.json")...)
	for _, v := range all {
		b := v.raw(t)
		want, s, out := outcome(v, b, len(b))
		if v.Error != nil {
			checkFailure(t, v, s, out, want)
		}
		step := 1
		if testing.Short() && len(b) > 200 {
			step = 61
		}
		for cut := 0; cut < len(b); cut += step {
			if got, _, _ := outcome(v, b, cut); got != want {
				t.Errorf("%s: cut after %d bytes\n got %.300s\nwant %.300s", v.ID, cut, got, want)
				break
			}
		}
	}
}

// checkFailure compares what a session did with what a vector asks for. A frame that its state
// forbids too may close with PROTOCOL.
func checkFailure(t *testing.T, v vector, s *session.Session, out []byte, told string) {
	t.Helper()
	if v.Error.Call == "" {
		var fault *session.Fault
		if !errors.As(s.Err(), &fault) ||
			!slices.Contains(append(v.Error.Reason, "PROTOCOL"), fault.Reason.String()) {
			t.Errorf("%s: the session ends with %v, want %v", v.ID, s.Err(), v.Error)
		}
		return
	}
	if s.Err() != nil {
		t.Errorf("%s: the session ends with %v, want the call to end", v.ID, s.Err())
	}
	if v.Role == "server" {
		if !bytes.Contains([]byte(told), []byte("Resulted "+v.Error.Call)) {
			t.Errorf("%s: told %.300s, want %s", v.ID, told, v.Error.Call)
		}
		return
	}
	h, _ := frame.ConsumeHeader(out)
	if h.Type != frame.Result || frame.Status(h.Code).String() != v.Error.Call ||
		h.Flags&frame.Unprocessed == 0 {
		t.Errorf("%s: answered %v, want %s with UNPROCESSED", v.ID, h, v.Error.Call)
	}
}
