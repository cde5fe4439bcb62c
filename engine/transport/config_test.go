package transport

import (
	"context"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/leverrpc/lever/engine/session"
)

// crossings are the tests that go beyond each limit of a Config.
var crossings = map[string]func(*testing.T){
	"MaxConns":         TestMaxConnsClosesOneTooMany,
	"MaxConnsPerHost":  TestDoorCountsAllAndEachHost,
	"HandshakeTimeout": TestAHandshakeThatTakesTooLongIsGivenUp,
	"StallTimeout":     TestAbuseA12SlowReaderOnEachLink,
}

func TestEveryLimitOfAConfigIsCrossedByATest(t *testing.T) {
	for _, f := range reflect.VisibleFields(reflect.TypeOf(Config{})) {
		switch f.Type.Kind() {
		case reflect.Int, reflect.Int64:
			if crossings[f.Name] == nil && f.Name != "Loops" {
				t.Errorf("no test crosses %s", f.Name)
			}
		}
	}
}

func TestAWrongConfigIsRefusedByName(t *testing.T) {
	for _, c := range []struct {
		cfg  Config
		text string
	}{
		{Config{Driver: 3}, "Config.Driver is driver(?), want auto, gnet or net"},
		{Config{Loops: -1}, "Config.Loops is -1, want 1 to 1024"},
		{Config{Loops: 1025}, "Config.Loops is 1025, want 1 to 1024"},
		{Config{HandshakeTimeout: -1}, "Config.HandshakeTimeout is -1ns, want 1ms to 1m"},
		{Config{HandshakeTimeout: time.Hour}, "Config.HandshakeTimeout is 1h0m0s, want 1ms to 1m"},
		{Config{StallTimeout: 5}, "Config.StallTimeout is 5ns, want 1ms to 1h"},
		{Config{Session: session.Config{Limits: session.Limits{Replies: 3}}},
			"Limits.Replies is 3, want 16 to 1048576"},
	} {
		_, listen := Listen(Addr{Scheme: TCP, Host: "127.0.0.1"}, c.cfg, &echoServer{})
		_, dial := Dial(context.Background(), Addr{Scheme: TCP, Host: "127.0.0.1", Port: 1}, c.cfg, &caller{})
		for what, err := range map[string]error{"Listen": listen, "Dial": dial} {
			if err == nil || !strings.Contains(err.Error(), c.text) {
				t.Errorf("%s: %v, want %q", what, err, c.text)
			}
		}
	}
	if err := (Config{StallTimeout: -1, MaxConns: -1, MaxConnsPerHost: -1}).Check(); err != nil {
		t.Errorf("no bounds at all: %v", err)
	}
}
