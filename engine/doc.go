// Package engine is the part of Lever that programs embed: servers, clients, calls and streams.
package engine
