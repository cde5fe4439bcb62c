package discovery

import (
	"log/slog"
	"time"
)

// Config is read once, by New. The zero value works.
type Config struct {
	// Debounce is how long a view waits for the next one before it is shown, so that a fleet that
	// starts does not cost its callers a hundred changes. The first view never waits. Zero: 75ms.
	// Negative: none does.
	Debounce time.Duration

	// Hold is how long a view waits that lacks more than half of the instances shown: a source
	// that is half blind should not empty a fleet, and those that are really gone are passed over
	// anyway. Views that come meanwhile and lack less are shown as usual, at once if a change has
	// waited for Debounce already. 10s is a good value for large fleets; two instances that are
	// replaced at once are held back too. Zero and negative: not at all.
	Hold time.Duration

	// Keep is how long the last view is shown after the source has said [ErrNoService]. Then there
	// are no instances. Zero: 5 minutes. Negative: for ever.
	Keep time.Duration

	// Patience is how long after the first question for a service callers wait for its first view.
	// Later they are told at once why there is none. Zero: 5s. Negative: as long as their contexts
	// let them.
	Patience time.Duration

	// Backoff bounds the pause before a source that has died is asked again. The pause is drawn
	// evenly between nothing and 100ms, doubled with each failure in a row: that keeps a fleet of
	// callers from coming back all at once. Zero: 5s. Negative: 100ms at most.
	Backoff time.Duration

	// Idle is how long a service is watched that nobody asks for. Zero: 10 minutes. Negative: until
	// Close.
	Idle time.Duration

	// MaxServices bounds the services that are watched at once. Others are refused. Zero and
	// negative: 1,024.
	MaxServices int

	// Logger is told when a source dies, tells something malformed, or is well again: once for each
	// cause. Nil: slog.Default.
	Logger *slog.Logger
}

const (
	defaultDebounce    = 75 * time.Millisecond
	defaultKeep        = 5 * time.Minute
	defaultPatience    = 5 * time.Second
	defaultBackoff     = 5 * time.Second
	defaultIdle        = 10 * time.Minute
	defaultMaxServices = 1024
)

// filled gives the configuration with its defaults. Negative durations have stayed.
func (c Config) filled() Config {
	for _, d := range []struct {
		field *time.Duration
		value time.Duration
	}{
		{&c.Debounce, defaultDebounce},
		{&c.Keep, defaultKeep},
		{&c.Patience, defaultPatience},
		{&c.Backoff, defaultBackoff},
		{&c.Idle, defaultIdle},
	} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	if c.MaxServices <= 0 {
		c.MaxServices = defaultMaxServices
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return c
}
