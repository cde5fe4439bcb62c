package spectest

import "github.com/leverrpc/lever/frame"

var sessionStall = script{
	title: "A credit stall",
	text: "The client may send 65,536 bytes on the call: 15 went with the CALL and 60,000 with a message, so 5,521 of " +
		"the next one go, and then it waits. 515 bytes of credit (the 15 of the CALL, and 500 that were " +
		"read) are less than 1,024 and less than what is left, so it goes on waiting.",
	frames: []sent{
		clientHello,
		{who: "S", says: "HELLO version=1 length=16",
			h: frame.Header{Type: frame.Hello, Code: 1, ID: frame.Magic}, parts: []part{
				p("01 00 04 00 00 00 01 00", "MAX_FRAME is 65,536"),
				p("04 00 04 00 00 00 10 00", "CONN_BYTES is 1,048,576")}},
		{who: "C", says: "CALL #1 inline flags=STREAM length=15",
			h: frame.Header{Type: frame.Call, Flags: frame.Stream, ID: 1}, parts: []part{
				p("0c 00 62 6c 6f 62 2f 70 75 74 43 68 61 6e", `name "blob/putChan"`), p("80", "arguments []")}},
		{who: "C", says: "MSG #1 flags=BYTES length=60000", h: frame.Header{Type: frame.Msg, Flags: frame.Bytes, ID: 1},
			parts: []part{p("61 ×60000", "raw bytes: 5,521 are left to the call")}},
		{who: "C", says: "MSG #1 flags=MORE|BYTES length=5521",
			h:     frame.Header{Type: frame.Msg, Flags: frame.More | frame.Bytes, ID: 1},
			parts: []part{p("62 ×5521", "raw bytes: 5,521 of 8,000, 0 are left to the call")}},
		{who: "S", says: "CREDIT #1 bytes=+515", h: frame.Header{Type: frame.Credit, ID: 1, Aux: 515}},
		{who: "S", says: "CREDIT #1 bytes=+59500", h: frame.Header{Type: frame.Credit, ID: 1, Aux: 59500}},
		{who: "C", says: "MSG #1 length=2479", h: frame.Header{Type: frame.Msg, ID: 1},
			parts: []part{p("62 ×2479", "raw bytes: 8,000 of 8,000")}},
		{who: "C", says: "FINISH #1", h: frame.Header{Type: frame.Finish, ID: 1}},
		{who: "S", says: "RESULT #1 OK took=52000µs length=4", h: frame.Header{Type: frame.Result, ID: 1, Aux: 52000},
			parts: []part{p("b2 a0 09 01", "value 68000")}},
	},
}

var sessionDrain = script{
	title: "A drain",
	text: "Call 3 crosses the GOAWAY and is served: the server names the last id only when the PING has come back, and " +
		"with it all that was sent before.",
	frames: []sent{
		clientHello, serverHello,
		{who: "C", says: "CALL #1 inline length=12", h: frame.Header{Type: frame.Call, ID: 1}, parts: []part{
			p("09 00 62 61 6e 6b 2f 6c 69 73 74", `name "bank/list"`), p("80", "arguments []")}},
		{who: "S", says: "GOAWAY NONE last=any", h: frame.Header{Type: frame.GoAway, Aux: frame.NoLastID}},
		{who: "S", says: "PING asks token=0x444e4547", h: frame.Header{Type: frame.Ping, Aux: 0x444E4547}},
		{who: "C", says: "CALL #3 inline length=12", h: frame.Header{Type: frame.Call, ID: 3}, parts: []part{
			p("09 00 62 61 6e 6b 2f 6c 69 73 74", `name "bank/list"`), p("80", "arguments []")}},
		{who: "C", says: "PING answers token=0x444e4547", h: frame.Header{Type: frame.Ping, Code: 1, Aux: 0x444E4547}},
		{who: "S", says: "GOAWAY NONE last=3", h: frame.Header{Type: frame.GoAway, Aux: 3}},
		{who: "S", says: "RESULT #1 OK took=30µs length=1", h: frame.Header{Type: frame.Result, ID: 1, Aux: 30},
			parts: []part{p("80", "value []")}},
		{who: "S", says: "RESULT #3 OK took=20µs length=1", h: frame.Header{Type: frame.Result, ID: 3, Aux: 20},
			parts: []part{p("80", "value []")}},
	},
}

var sessionVersion = script{
	title: "No version in common",
	text:  "The server sends no HELLO. Its text names what it speaks.",
	frames: []sent{
		{who: "C", says: "HELLO versions=2..3", h: frame.Header{Type: frame.Hello, Code: 3, ID: frame.Magic, Aux: 2}},
		{who: "S", says: "GOAWAY BAD_VERSION last=0 length=27",
			h:     frame.Header{Type: frame.GoAway, Code: uint16(frame.ReasonBadVersion)},
			parts: []part{str("speaks 1 to 1, peer 2 to 3 ", "text for people")}},
	},
}

var sessionGrease = script{
	title: "Grease",
	text:  "Parameters, frames and extensions that mean nothing change nothing.",
	frames: []sent{
		{who: "C", says: "HELLO versions=1..1 length=7",
			h:     frame.Header{Type: frame.Hello, Code: 1, ID: frame.Magic, Aux: 1},
			parts: []part{p("fa fa 03 00 01 02 03", "parameter 0xfafa: grease")}},
		{who: "C", says: "GREASE(0x9a) length=4", h: frame.Header{Type: 0x9A},
			parts: []part{p("de ad be ef", "skipped")}},
		{who: "S", says: "HELLO version=1 length=4",
			h:     frame.Header{Type: frame.Hello, Code: 1, ID: frame.Magic},
			parts: []part{p("1a 2a 00 00", "parameter 0x2a1a: grease")}},
		{who: "C", says: "CALL #1 inline flags=EXT length=19",
			h: frame.Header{Type: frame.Call, Flags: frame.Ext, ID: 1}, parts: []part{
				p("09 00 62 61 6e 6b 2f 6c 69 73 74", `name "bank/list"`),
				p("05 00", "extensions of 5 bytes"), p("ba 02 00 01 02", "0xba of 2 bytes: not known, ignorable"),
				p("80", "arguments []")}},
		{who: "S", says: "GREASE(0xfa) #1 code=5 flags=0x2", h: frame.Header{Type: 0xFA, Flags: 2, Code: 5, ID: 1}},
		{who: "S", says: "RESULT #1 OK took=2µs length=1", h: frame.Header{Type: frame.Result, ID: 1, Aux: 2},
			parts: []part{p("80", "value []")}},
	},
}

var sessionErrors = script{
	title: "Errors",
	text: "The method's own error; a method that does not exist; a stream called without STREAM; a private method; " +
		"arguments that are no value (`41` is a string of one byte that is not there). Each ends its call and no more.",
	frames: []sent{
		clientHello, serverHello,
		{who: "C", says: "CALL #1 inline length=18", h: frame.Header{Type: frame.Call, ID: 1}, parts: []part{
			p("0d 00 62 61 6e 6b 2f 77 69 74 68 64 72 61 77", `name "bank/withdraw"`),
			p("81 01 3f", "arguments [63]")}},
		{who: "S", says: "RESULT #1 APPLICATION length=9", h: frame.Header{Type: frame.Result, Code: 1, ID: 1},
			parts: []part{p("91 07 05 73 68 6f 72 74 14", `error {"short":20}`)}},
		{who: "C", says: "CALL #3 inline length=12", h: frame.Header{Type: frame.Call, ID: 3}, parts: []part{
			p("09 00 62 61 6e 6b 2f 6e 6f 70 65", `name "bank/nope"`), p("80", "arguments []")}},
		{who: "S", says: "RESULT #3 NO_METHOD flags=UNPROCESSED length=10",
			h:     frame.Header{Type: frame.Result, Flags: frame.Unprocessed, Code: 6, ID: 3},
			parts: []part{p("49 6e 6f 20 6d 65 74 68 6f 64", `error "no method"`)}},
		{who: "C", says: "CALL #5 inline length=16", h: frame.Header{Type: frame.Call, ID: 5}, parts: []part{
			p("0d 00 62 61 6e 6b 2f 74 61 69 6c 43 68 61 6e", `name "bank/tailChan"`), p("80", "arguments []")}},
		{who: "S", says: "RESULT #5 WRONG_KIND flags=UNPROCESSED",
			h: frame.Header{Type: frame.Result, Flags: frame.Unprocessed, Code: 9, ID: 5}},
		{who: "C", says: "CALL #7 inline length=13", h: frame.Header{Type: frame.Call, ID: 7}, parts: []part{
			p("0a 00 62 61 6e 6b 2f 5f 69 6e 69 74", `name "bank/_init"`), p("80", "arguments []")}},
		{who: "S", says: "RESULT #7 PRIVATE flags=UNPROCESSED",
			h: frame.Header{Type: frame.Result, Flags: frame.Unprocessed, Code: 8, ID: 7}},
		{who: "C", says: "CALL #9 inline length=14", h: frame.Header{Type: frame.Call, ID: 9}, parts: []part{
			p("09 00 62 61 6e 6b 2f 6c 69 73 74", `name "bank/list"`), p("81 01 41", "malformed")}},
		{who: "S", says: "RESULT #9 INVALID_ARGUMENT flags=UNPROCESSED",
			h: frame.Header{Type: frame.Result, Flags: frame.Unprocessed, Code: 2, ID: 9}},
	},
}

var sessionOneway = script{
	title: "One way",
	text: "No RESULT comes. The slots return when the handlers have ended: at the latest when half are used, here at " +
		"once.",
	frames: []sent{
		clientHello, serverHello,
		{who: "C", says: "CALL #1 inline flags=ONEWAY length=15",
			h: frame.Header{Type: frame.Call, Flags: frame.Oneway, ID: 1}, parts: []part{
				p("09 00 62 61 6e 6b 2f 6e 6f 74 65", `name "bank/note"`), p("81 02 41 61", `arguments ["a"]`)}},
		{who: "C", says: "CALL #3 inline flags=ONEWAY|BULK length=15",
			h: frame.Header{Type: frame.Call, Flags: frame.Oneway | frame.Bulk, ID: 3}, parts: []part{
				p("09 00 62 61 6e 6b 2f 6e 6f 74 65", `name "bank/note"`), p("81 02 41 62", `arguments ["b"]`)}},
		{who: "S", says: "CREDIT connection calls=+2", h: frame.Header{Type: frame.Credit, Code: 2}},
	},
}
