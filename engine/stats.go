package engine

import (
	"log/slog"
	"time"

	"github.com/leverrpc/lever/engine/transport"
	"github.com/leverrpc/lever/frame"
)

// CallStats tells what became of one call, at the side that was asked to report it.
type CallStats struct {
	// Method is "service/method".
	Method string

	// Stream says that it was a stream.
	Stream bool

	// Code is how the call ended; zero: well.
	Code Code

	// Duration is the time from the beginning of the call to its end: at a client with all tries
	// and pauses, at a server from the call's arrival to the end of its handler.
	Duration time.Duration

	// Tries is how often a client tried; zero at a server.
	Tries int
}

// report tells the client's hook of a call that ended with err after so many tries.
func (a *attempt) report(m *Method, stream bool, tries int, err error) {
	if hook := m.s.client.config.Stats; hook != nil {
		hook(CallStats{
			Method: m.name.full, Stream: stream, Code: CodeOf(err),
			Duration: transport.Now() - a.began, Tries: tries,
		})
	}
}

// report tells the server's hook of a call whose handler has run. A panic of the hook is logged.
func (s *Server) report(rt *route, arrived time.Duration, status frame.Status) {
	hook := s.config.Stats
	if hook == nil {
		return
	}
	defer func() {
		if v := recover(); v != nil {
			s.logger().Error("engine: stats panicked", slog.Any("panic", v))
		}
	}()
	hook(CallStats{
		Method: rt.service + "/" + rt.method, Stream: rt.handler.stream != nil, Code: Code(status),
		Duration: transport.Now() - arrived,
	})
}
