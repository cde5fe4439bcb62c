package registry

import (
	"errors"
	"fmt"
	"log/slog"
	"time"
)

// Config is read once, by New. The zero value works.
type Config struct {
	// State is the path of the file that keeps what must outlive the process: who is there, who
	// holds which slot, and the epochs. The registry must be the only one that uses it: where the
	// system can lock files New gives an error if it is not, by way of one beside it whose name
	// ends in ".lock", and stays. Empty: all is forgotten, and each start begins with a grace.
	State string

	// TTL is how long a lease lasts after the last sign of life. Zero and negative: 10s.
	TTL time.Duration

	// Margin is how much sooner an instance takes its lease for over: clocks may differ in rate by
	// as much in one TTL. Zero and negative: a tenth of TTL.
	Margin time.Duration

	// Grace is how long, after a start without a state, slots are only given to those who hold
	// them. Zero: TTL. Negative: not at all, which is safe only if no instance has a lease: at
	// the first start, or more than a TTL after the end of the registry before.
	Grace time.Duration

	// Debounce is the least time between two views of a service, unless resources change hands. One
	// that changes all the time shows ten views each second, or two if hundreds of streams are told
	// of them. Zero: 50ms. Negative: none.
	Debounce time.Duration

	// MaxServices bounds the services that are known at once, those included that are only
	// watched, of which half as many may be. Zero and negative: 4,096.
	MaxServices int

	// MaxInstances bounds the instances of one service. Many more than the default may make a view
	// larger than the 4 MiB that every caller takes. Zero and negative: 2,048.
	MaxInstances int

	// MaxStreams bounds the instances and watchers that are connected. Zero and negative: 65,536.
	MaxStreams int

	// Logger is told what no caller can be told. Nil: slog.Default.
	Logger *slog.Logger
}

const (
	defaultTTL          = 10 * time.Second
	defaultDebounce     = 50 * time.Millisecond
	defaultMaxServices  = 4096
	defaultMaxInstances = 2048
	defaultMaxStreams   = 1 << 16

	minTTL = 10 * time.Millisecond
	maxTTL = time.Hour
)

// filled gives the configuration with its defaults.
func (c Config) filled() Config {
	positive(&c.TTL, defaultTTL)
	positive(&c.Margin, c.TTL/10)
	if c.Grace == 0 {
		c.Grace = c.TTL
	}
	if c.Debounce == 0 {
		c.Debounce = defaultDebounce
	}
	c.Grace, c.Debounce = max(c.Grace, 0), max(c.Debounce, 0)
	positive(&c.MaxServices, defaultMaxServices)
	positive(&c.MaxInstances, defaultMaxInstances)
	positive(&c.MaxStreams, defaultMaxStreams)
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	return c
}

// check says what is wrong with a configuration that has its defaults, or nil.
func (c *Config) check() error {
	switch {
	case c.TTL < minTTL || c.TTL > maxTTL:
		return fmt.Errorf("TTL %v is not %v to %v", c.TTL, minTTL, maxTTL)
	case c.Margin >= c.TTL:
		return fmt.Errorf("Margin %v is not below TTL %v", c.Margin, c.TTL)
	case c.Grace > 0 && c.Grace < c.TTL:
		return fmt.Errorf("Grace %v is below TTL %v", c.Grace, c.TTL)
	case c.MaxInstances > maxInstances:
		return errors.New("MaxInstances is more than 65,536")
	}
	return nil
}

func positive[N int | time.Duration](field *N, value N) {
	if *field <= 0 {
		*field = value
	}
}
