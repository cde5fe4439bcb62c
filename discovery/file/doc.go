// Package file finds the instances of services in a file: a JSON document that people or programs
// write, such as a ConfigMap of Kubernetes that is mounted as a volume.
//
//	{
//	  "epoch": 3,
//	  "services": {
//	    "bank": [
//	      {"addr": "tcp://10.0.0.1:7400", "id": "bank-0", "zone": "north", "weight": 2},
//	      {"addr": "tcp://10.0.0.2:7400", "id": "bank-1", "zone": "south", "draining": true}
//	    ],
//	    "lever://test/bank": [{"addr": "unix:///run/bank.sock"}]
//	  }
//	}
//
// discovery.Directory says what the names mean.
//
// The file is looked at once in a while, by asking the system for its size, time and identity, and
// read when one of them has changed. So it may be anything that a path leads to: links are
// followed, and a link that is turned to another file is a change. A file that was written in the
// last two seconds is read again in any case, since another write may leave no trace. Write it by making another file
// beside it and renaming that over it, as [Write] does: then nobody ever reads half of it. One who
// writes in place gets by, because half a document is no document, and a bad one changes nothing:
// the last good one stays, and State of the resolver says what is wrong.
//
//	source, err := file.New("/etc/lever/services.json", file.Config{})
//	resolver := discovery.New(source, discovery.Config{})
//
// A service that a good document does not have has no instances. A file that is missing is bad, not
// empty.
//
// The package never watches through the system's notifications, which network file systems and
// mounted volumes do not have, and never writes but by Write.
package file
