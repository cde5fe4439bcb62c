package engine

import (
	"context"
	"errors"
	"strings"
	"testing"
)

func TestPrivateServiceServesItsOwnEnvironment(t *testing.T) {
	get := Func0(func(ctx context.Context) (string, error) {
		info, _ := CallInfo(ctx)
		return info.Peer + " of " + info.Env, nil
	})
	for _, x := range []struct {
		name    string
		private bool
		env     string
		open    error // of calling the method that is not private by itself
		own     error // of calling the one that is
		nope    error // of calling one that is not there
	}{
		{"an open service, its environment", false, "Prod.Example", nil, nil, NoMethod},
		{"an open service, another environment", false, "test", nil, Private, NoMethod},
		{"an open service, no environment", false, "", nil, Private, NoMethod},
		{"a private service, its environment", true, "prod.example", nil, nil, NoMethod},
		{"a private service, another environment", true, "test", Private, Private, Private},
		{"a private service, no environment", true, "", Private, Private, Private},
	} {
		t.Run(x.name, func(t *testing.T) {
			s := NewServer(ServerConfig{Service: "bank", Env: "prod.example", OwnEnv: x.private})
			if err := s.Add(Named{"open", get}, Named{"own", OwnEnv(get)}); err != nil {
				t.Fatal(err)
			}
			svc := dialPipe(t, s, ClientConfig{Env: x.env, Instance: "ann"})
			for method, want := range map[string]error{"open": x.open, "own": x.own, "nope": x.nope} {
				for range 2 { // the second time the method is bound
					got, err := Call[string](t.Context(), svc.Method(method))
					if !errors.Is(err, want) || err != nil && EffectOf(err) != NotExecuted {
						t.Errorf("%s = %v, want %v", method, err, want)
					}
					if want := "ann of " + strings.ToLower(x.env); err == nil && got != want {
						t.Errorf("the caller is %q, want %q", got, want)
					}
				}
			}
		})
	}
}

func TestPrivateServiceNeedsAnEnvironment(t *testing.T) {
	s := NewServer(ServerConfig{Service: "bank", OwnEnv: true})
	if err := s.Listen("127.0.0.1:0"); err == nil || !strings.Contains(err.Error(), "OwnEnv") {
		t.Errorf("Listen = %v", err)
	}
}
