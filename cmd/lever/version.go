package main

import (
	"context"
	"flag"
	"runtime"
	"runtime/debug"

	"github.com/leverrpc/lever/frame"
)

var versionCommand = command{
	name:  "version",
	brief: "print the version",
	about: "Prints the module's version, the protocol's version, and what built the command.",
	prepare: func(*flag.FlagSet) action {
		return func(_ context.Context, w *world, args []string) error {
			if len(args) > 0 {
				return misuse("version takes no arguments")
			}
			return w.print("lever %s, protocol %d, %s %s/%s\n",
				moduleVersion(), frame.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
		}
	},
}

// moduleVersion is what the build recorded: a release, or the commit of a checkout.
func moduleVersion() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(unknown)"
	}
	return info.Main.Version
}
