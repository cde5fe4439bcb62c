package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
)

// shop is an object whose methods are served.
type shop struct{ sold int }

func (s *shop) Sell(_ context.Context, name string, n int) (int, error) {
	if name == "" {
		return 0, Errorf(1024, "nameless")
	}
	s.sold += n
	return s.sold, nil
}
func (*shop) Sum(first int, rest ...int) (n int) {
	for _, r := range rest {
		n += r
	}
	return first + n
}
func (*shop) URLOf(p Payload) string       { return p.String() }
func (*shop) Upper(b []byte) []byte        { return []byte(strings.ToUpper(string(b))) }
func (*shop) Echo(a Args) (Payload, error) { return a.Payload, nil }
func (s *shop) Close()                     { s.sold = 0 }
func (*shop) Check(v any) error            { return fmt.Errorf("bad %v", v) }
func (*shop) CountChan(n int, ch *Chan[string, int]) error {
	for i := range n {
		if err := ch.Send(i); err != nil {
			return err
		}
	}
	return nil
}

func TestMethodsOfAnObjectAreServed(t *testing.T) {
	s := NewServer(ServerConfig{Service: "bank"})
	handlers, err := Methods(new(shop))
	if err = errors.Join(err, s.Add(handlers...)); err != nil {
		t.Fatal(err)
	}
	if err := s.Add(handlers...); err == nil || strings.Count(err.Error(), "has a handler already") != len(handlers) {
		t.Errorf("added twice: %v", err)
	}
	svc := dialPipe(t, s, ClientConfig{})
	for _, x := range []struct {
		method string
		args   []any
		want   any
		code   Code
	}{
		{"sell", []any{"tea", 3}, int64(3), 0},
		{"sell", []any{"tea", 4}, int64(7), 0},
		{"sell", []any{"", 4}, nil, 1024},
		{"sell", []any{"tea"}, nil, InvalidArgument},
		{"sell", []any{"tea", "many"}, nil, InvalidArgument},
		{"sell", []any{[]byte("tea")}, nil, InvalidArgument},
		{"sum", []any{1}, int64(1), 0},
		{"sum", []any{1, 2, 3}, int64(6), 0},
		{"sum", nil, nil, InvalidArgument},
		{"sum", []any{1, "x"}, nil, InvalidArgument},
		{"urlOf", []any{"x"}, "x", 0},
		{"urlOf", []any{[]byte("abc")}, "3 raw bytes", 0},
		{"upper", []any{[]byte("abc")}, []byte("ABC"), 0},
		{"upper", []any{"abc"}, nil, InvalidArgument},
		{"echo", []any{1, "b"}, []any{int64(1), "b"}, 0},
		{"echo", []any{[]byte("abc")}, []byte("abc"), 0},
		{"close", nil, nil, 0},
		{"check", []any{"x"}, nil, Application},
		{"sold", nil, nil, NoMethod},
	} {
		p, err := Call[Payload](t.Context(), svc.Method(x.method), x.args...)
		var got any
		if err == nil {
			err = p.Decode(&got)
		}
		if CodeOf(err) != x.code || fmt.Sprint(got) != fmt.Sprint(x.want) {
			t.Errorf("%s(%v) = %v, %v; want %v, %v", x.method, x.args, got, err, x.want, x.code)
		}
	}
	ch, err := Open[int, string](t.Context(), svc.Method("countChan"), 3)
	if err != nil {
		t.Fatal(err)
	}
	var got []int
	for v, err := range ch.All() {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, v)
	}
	if fmt.Sprint(got) != "[0 1 2]" {
		t.Errorf("the stream gave %v", got)
	}
}

type (
	badArgument struct{}
	badResult   struct{}
	badChan     struct{}
	manyResults struct{}
	badMessage  struct{}
	resultChan  struct{}
)

func (badArgument) Get(string, func()) error            { return nil }
func (badResult) Get() (chan int, error)                { return nil, nil }
func (badChan) GetChan(*int) error                      { return nil }
func (manyResults) Get() (int, string)                  { return 0, "" }
func (badMessage) GetChan(*Chan[func(), int]) error     { return nil }
func (resultChan) GetChan(*Chan[int, int]) (int, error) { return 0, nil }

func TestMethodsThatNobodyCouldCallAreRefused(t *testing.T) {
	for _, x := range []struct {
		obj  any
		want string
	}{
		{badArgument{}, "badArgument.Get: argument 2: "},
		{badResult{}, "badResult.Get: result: "},
		{badChan{}, "badChan.GetChan: a streaming method takes a *Chan"},
		{manyResults{}, "manyResults.Get: it returns more than a result and an error"},
		{badMessage{}, "badMessage.GetChan: received messages: "},
		{resultChan{}, "resultChan.GetChan: a streaming method returns no result"},
		{struct{}{}, "struct {} has no exported methods"},
		{nil, "<nil> has no exported methods"},
	} {
		h, err := Methods(x.obj)
		if err == nil || !strings.Contains(err.Error(), x.want) || h != nil {
			t.Errorf("%T: %v, want %s", x.obj, err, x.want)
		}
	}
}

func TestGoNamesBecomeMethodNames(t *testing.T) {
	for name, want := range map[string]string{
		"Transfer": "transfer", "URLOf": "urlOf", "URL": "url", "A": "a", "TailChan": "tailChan",
		"ID2": "id2", "XIn": "xIn", "Chan": "chan",
	} {
		if got := methodNameOf(name); got != want {
			t.Errorf("%s is called %s, want %s", name, got, want)
		}
	}
}
