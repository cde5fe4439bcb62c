// Package generate writes Go code that encodes and decodes structs as package wire does by a plan,
// only faster: two methods per struct, with its keys as constants and its members in a row. What is
// read is expected as it was written; at the first surprise the plan takes over.
//
// It reads a package as the compiler sees it, without the file that it is about to write, and
// follows the rules of package wire for which members a struct has. What it cannot see through, a
// map, an interface, a type with methods of its own, it leaves to the plan. The code carries a list of
// what it was made for, which package wire compares with its own view of the struct when it meets
// it: a struct that has changed since, or that this package has misunderstood, is refused and never
// written or read wrongly.
//
//	load.go      a directory to a type-checked package
//	members.go   a struct to its members
//	shape.go     a type to what is known of it
//	structs.go   the structs of the file, and what they reach
//	write.go     members to statements
//	value.go     values to statements
//	read.go      members to statements that read them
//	size.go      how much room they need, how many containers they open
//	file.go      all of it to one formatted file
package generate
