// Package readme holds README.md to the truth. It has no code of its own: its tests compile and run
// the program that the README shows, type its commands into a shell, and compare what they print
// with what it claims; they follow its links and compare its map with the folders that are there.
package readme
