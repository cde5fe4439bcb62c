package spectest

import "github.com/leverrpc/lever/frame"

// frameScripts are the examples of chapter 6.
var frameScripts = []script{
	{name: "hello", frames: []sent{
		{
			who: "C", says: "HELLO versions=1..1 length=27",
			h: frame.Header{Type: frame.Hello, Code: 1, ID: frame.Magic, Aux: 1},
			fields: [6]string{"27 bytes of payload", "HELLO", "none", "1, the highest version",
				"LEVR", "1, the lowest version"},
			parts: []part{
				p("01 00 04 00 00 00 01 00", "parameter 1 of 4 bytes: MAX_FRAME is 65,536"),
				p("0a 00 05 00 63 6c 69 2f 31", `parameter 10 of 5 bytes: PEER is "cli/1"`),
				p("2a 3a 06 00 01 02 03 04 05 06", "parameter 0x3a2a of 6 bytes: grease"),
			},
		},
		{
			who: "S", says: "HELLO version=1 length=16",
			h: frame.Header{Type: frame.Hello, Code: 1, ID: frame.Magic},
			fields: [6]string{"16 bytes of payload", "HELLO", "none", "1, the chosen version",
				"LEVR", "0"},
			parts: []part{
				p("03 00 04 00 00 04 00 00", "parameter 3 of 4 bytes: CALLS is 1,024"),
				p("06 00 04 00 00 04 00 00", "parameter 6 of 4 bytes: MAX_BINDINGS is 1,024"),
			},
		},
	}},
	{name: "call", frames: []sent{{
		who: "C", says: "CALL #5 inline deadline=250000µs flags=IDEMPOTENT|EXT length=29",
		h: frame.Header{Type: frame.Call, Flags: frame.Idempotent | frame.Ext, ID: 5, Aux: 250000},
		fields: [6]string{"29 bytes of payload", "CALL", "IDEMPOTENT (0x10) and EXT (0x20)",
			"0, the name follows", "5, the third call if the first was 1", "250,000 µs are left"},
		parts: []part{
			p("08 00 62 61 6e 6b 2f 67 65 74", `name of 8 bytes: "bank/get"`),
			p("0a 00", "extensions of 10 bytes"),
			p("01 07 00 61 63 63 74 2d 34 32", `RESOURCE of 7 bytes: "acct-42"`),
			p("82 05 43 45 55 52 d2", `arguments ["EUR",true]`),
		},
	}}},
	{name: "result", frames: []sent{
		{
			who: "S", says: "RESULT #5 OK took=85µs length=9",
			h: frame.Header{Type: frame.Result, ID: 5, Aux: 85},
			fields: [6]string{"9 bytes of payload", "RESULT", "none", "status 0, OK", "5",
				"85 µs in the handler"},
			parts: []part{p("91 07 03 63 74 73 b1 10 27", `value {"cts":10000}`)},
		},
		{
			who: "S", says: "RESULT #7 UNAVAILABLE retry-after=250ms flags=UNPROCESSED length=9",
			h: frame.Header{Type: frame.Result, Flags: frame.Unprocessed, Code: uint16(frame.Unavailable),
				ID: 7, Aux: 250},
			fields: [6]string{"9 bytes of payload", "RESULT", "UNPROCESSED (0x08)",
				"status 14, UNAVAILABLE", "7", "another attempt may do after 250 ms"},
			parts: []part{p("48 73 74 61 72 74 69 6e 67", `error "starting"`)},
		},
	}},
	{name: "msg", frames: []sent{{
		who: "S", says: "MSG #3 bytes=+32768 flags=BYTES length=5",
		h: frame.Header{Type: frame.Msg, Flags: frame.Bytes, ID: 3, Aux: 32768},
		fields: [6]string{"5 bytes of payload", "MSG", "BYTES (0x02)", "0", "3",
			"the client may send 32,768 bytes more on this call"},
		parts: []part{p("68 65 6c 6c 6f", "the bytes of hello")},
	}}},
	{name: "finish", frames: []sent{{
		who: "C", says: "FINISH #3", h: frame.Header{Type: frame.Finish, ID: 3},
		fields: [6]string{"no payload", "FINISH", "none", "0", "3", "0"},
	}}},
	{name: "cancel", frames: []sent{{
		who: "C", says: "CANCEL #9 TIMEOUT",
		h:      frame.Header{Type: frame.Cancel, Code: uint16(frame.Timeout), ID: 9},
		fields: [6]string{"no payload", "CANCEL", "none", "1, TIMEOUT", "9", "0"},
	}}},
	{name: "credit", frames: []sent{
		{
			who: "S", says: "CREDIT connection calls=+16 bytes=+65536",
			h:      frame.Header{Type: frame.Credit, Code: 16, Aux: 65536},
			fields: [6]string{"no payload", "CREDIT", "none", "16 calls more", "0, the connection", "65,536 bytes more"},
		},
		{
			who: "C", says: "CREDIT #3 bytes=+40000",
			h:      frame.Header{Type: frame.Credit, ID: 3, Aux: 40000},
			fields: [6]string{"no payload", "CREDIT", "none", "0", "3", "40,000 bytes more on call 3"},
		},
	}},
	{name: "ping", frames: []sent{
		{
			who: "S", says: "PING asks token=0x444e4547", h: frame.Header{Type: frame.Ping, Aux: 0x444E4547},
			fields: [6]string{"no payload", "PING", "none", "0, a question", "0", "the token"},
		},
		{
			who: "C", says: "PING answers token=0x444e4547",
			h:      frame.Header{Type: frame.Ping, Code: 1, Aux: 0x444E4547},
			fields: [6]string{"no payload", "PING", "none", "1, the answer", "0", "the same token"},
		},
	}},
	{name: "goaway", frames: []sent{{
		who: "S", says: "GOAWAY FLOW last=9 length=24",
		h: frame.Header{Type: frame.GoAway, Code: uint16(frame.ReasonFlow), Aux: 9},
		fields: [6]string{"24 bytes of payload", "GOAWAY", "none", "2, FLOW", "0",
			"9, the last call that was accepted"},
		parts: []part{str("CALL exceeds call credit", "text for people")},
	}}},
	{name: "bind", frames: []sent{{
		who: "C", says: "BIND method=1 length=8", h: frame.Header{Type: frame.Bind, Code: 1},
		fields: [6]string{"8 bytes of payload", "BIND", "none", "1, the first number", "0", "0"},
		parts:  []part{str("bank/get", "the name")},
	}}},
	{name: "grease", frames: []sent{{
		who: "C", says: "GREASE(0x9a) #77 code=1 aux=2 flags=0x1|0x80 length=3",
		h:      frame.Header{Type: 0x9A, Flags: 0x81, Code: 1, ID: 77, Aux: 2},
		fields: [6]string{"3 bytes of payload", "0x9a, ignorable", "anything", "anything", "anything", "anything"},
		parts:  []part{p("01 02 03", "anything")},
	}}},
}
