// Package lever makes targets of the engine: handlers on workers or inline, and either driver on
// the server's side. The client is always the same, and so is the server but for these choices.
package lever
