package engine

import (
	"fmt"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
)

// route is a method that can be called. Immutable.
type route struct {
	service, method string
	handler         Handler
	cost            cost
}

// routes finds handlers by the name of a call. Reading takes no lock, and registering copies the
// table, so methods may be added while calls are served. Safe for concurrent use.
type routes struct {
	service string

	table atomic.Pointer[map[string]*route] // by "service/method"
	mu    sync.Mutex                        // held by writers

	// fallback serves what the table does not have: regular methods, streaming ones.
	fallback [2]atomic.Pointer[Handler]
}

// add registers a handler, or says why not.
func (r *routes) add(method string, h Handler) error {
	if err := checkService(r.service); err != nil {
		return fmt.Errorf("engine: server: %w", err)
	}
	if err := h.check(method); err != nil {
		return fmt.Errorf("engine: %s: %w", r.service, err)
	}
	name := r.service + "/" + method
	r.mu.Lock()
	defer r.mu.Unlock()
	next := map[string]*route{}
	if old := r.table.Load(); old != nil {
		next = maps.Clone(*old)
	}
	if next[name] != nil {
		return fmt.Errorf("engine: %s: method %q has a handler already", r.service, method)
	}
	next[name] = &route{service: r.service, method: method, handler: h}
	r.table.Store(&next)
	return nil
}

// addFallback registers the handler for what has none.
func (r *routes) addFallback(h Handler) error {
	kind, method := 0, "fallback"
	if h.stream != nil {
		kind, method = 1, "fallbackChan"
	}
	if err := h.check(method); err != nil {
		return fmt.Errorf("engine: %w", err)
	}
	if !r.fallback[kind].CompareAndSwap(nil, &h) {
		return fmt.Errorf("engine: method %q has a handler already", method)
	}
	return nil
}

// find gives the route of a call, or the code and the reason why there is none. name is lent. The
// checks are in the order of SPEC.md, 9.1: private, kind, service, method.
func (r *routes) find(name []byte, streaming bool) (*route, Code, string) {
	if table := r.table.Load(); table != nil {
		if rt := (*table)[string(name)]; rt != nil {
			if (rt.handler.stream != nil) != streaming {
				return nil, WrongKind, wrongKind(rt.method)
			}
			return rt, 0, ""
		}
	}
	service, method, _ := strings.Cut(string(name), "/")
	kind := 0
	if IsStreaming(method) {
		kind = 1
	}
	switch h := r.fallback[kind].Load(); { // in the order of SPEC.md, 9.1
	case isPrivate(method):
		return nil, Private, "method " + method + " is private"
	case h == nil && service != r.service:
		return nil, NoService, "this is " + r.service + ", not " + service
	case h == nil:
		return nil, NoMethod, service + " has no method " + method
	case IsStreaming(method) != streaming:
		return nil, WrongKind, wrongKind(method)
	default:
		return &route{service: service, method: method, handler: *h}, 0, ""
	}
}
