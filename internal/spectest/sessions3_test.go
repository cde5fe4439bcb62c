package spectest

import "github.com/leverrpc/lever/frame"

// sessionRegistration is compared with the registry's own words by the tests of discovery/registry.
var sessionRegistration = script{
	title: "A registration",
	text: "An instance of `lever://prod/bank` registers itself (21), renews its lease, and leaves. It is the only one, so " +
		"the ledger of the first view has every slot at it, in 9 bytes.",
	frames: []sent{
		clientHello, serverHello,
		{who: "C", says: "CALL #1 inline flags=STREAM length=119",
			h: frame.Header{Type: frame.Call, Flags: frame.Stream, ID: 1}, parts: []part{
				p("16 00 5f 72 65 67 69 73 74 72 79 2f 72 65 67 69 73 74 65 72 43 68 61 6e",
					`name "_registry/registerChan"`),
				p("83 5d 51 6c 65 76 65 72 3a 2f 2f 70 72 6f 64 2f 62 61 6e 6b", `["lever://prod/bank",`),
				p("93 2b 02 69 64 41 61 0b 69 6e 63 61 72 6e 61 74 69 6f 6e 07", `{"id":"a","incarnation":7,`),
				p("04 61 64 64 72 53 74 63 70 3a 2f 2f 31 30 2e 30 2e 30 2e 37 3a 37 34 30 30",
					`"addr":"tcp://10.0.0.7:7400"},`),
				p("92 1c 03 6b 65 79 50 30 31 32 33 34 35 36 37 38 39 61 62 63 64 65 66",
					`{"key":"0123456789abcdef",`),
				p("05 6c 65 76 65 6c 02", `"level":2}]`)}},
		{who: "S", says: "MSG #1 length=126", h: frame.Header{Type: frame.Msg, ID: 1}, parts: []part{
			p("95 7c 03 61 63 6b 00 04 64 6f 6e 65 00", `{"ack":0,"done":0,`),
			p("08 72 65 6e 65 77 5f 6d 73 b1 05 0d", `"renew_ms":3333,`),
			p("08 6c 65 61 73 65 5f 6d 73 b1 28 23", `"lease_ms":9000,`),
			p("04 76 69 65 77 93 52 05 65 70 6f 63 68 01", `"view":{"epoch":1,`),
			p("09 69 6e 73 74 61 6e 63 65 73 81 2d", `"instances":[`),
			p("93 2b 02 69 64 41 61 0b 69 6e 63 61 72 6e 61 74 69 6f 6e 07", `{"id":"a","incarnation":7,`),
			p("04 61 64 64 72 53 74 63 70 3a 2f 2f 31 30 2e 30 2e 30 2e 37 3a 37 34 30 30",
				`"addr":"tcp://10.0.0.7:7400"}],`),
			p("06 6c 65 64 67 65 72 d8 09", `"ledger":`),
			p("01 0e", "format 1, slots of 14 bits"),
			p("01 01 61 07", `1 member: "a" of incarnation 7`),
			p("01 01 01", "1 tenure: member 1, since epoch 1; slots of 0 bits each"),
		}},
		{who: "C", says: "MSG #1 length=16", h: frame.Header{Type: frame.Msg, ID: 1}, parts: []part{
			p("92 0e 02 6f 70 45 72 65 6e 65 77 03 73 65 71 01", `{"op":"renew","seq":1}`)}},
		{who: "S", says: "MSG #1 length=37", h: frame.Header{Type: frame.Msg, ID: 1}, parts: []part{
			p("94 23 03 61 63 6b 01 04 64 6f 6e 65 01", `{"ack":1,"done":1,`),
			p("08 72 65 6e 65 77 5f 6d 73 b1 05 0d", `"renew_ms":3333,`),
			p("08 6c 65 61 73 65 5f 6d 73 b1 28 23", `"lease_ms":9000}`)}},
		{who: "C", says: "MSG #1 length=16", h: frame.Header{Type: frame.Msg, ID: 1}, parts: []part{
			p("92 0e 02 6f 70 45 6c 65 61 76 65 03 73 65 71 02", `{"op":"leave","seq":2}`)}},
		{who: "S", says: "MSG #1 length=50", h: frame.Header{Type: frame.Msg, ID: 1}, parts: []part{
			p("94 30 03 61 63 6b 02 04 64 6f 6e 65 02", `{"ack":2,"done":2,`),
			p("08 72 65 6e 65 77 5f 6d 73 b1 05 0d", `"renew_ms":3333,`),
			p("04 76 69 65 77 92 12 05 65 70 6f 63 68 02", `"view":{"epoch":2,`),
			p("09 69 6e 73 74 61 6e 63 65 73 80", `"instances":[]}}`)}},
		{who: "S", says: "RESULT #1 OK took=4000000µs length=1",
			h:     frame.Header{Type: frame.Result, ID: 1, Aux: 4000000},
			parts: []part{p("d0", "value null")}},
	},
}
