package spectest

import "github.com/leverrpc/lever/frame"

// The openings that most sessions share: HELLO without parameters promises the minimum.
var (
	clientHello = sent{who: "C", says: "HELLO versions=1..1",
		h: frame.Header{Type: frame.Hello, Code: 1, ID: frame.Magic, Aux: 1}}
	serverHello = sent{who: "S", says: "HELLO version=1",
		h: frame.Header{Type: frame.Hello, Code: 1, ID: frame.Magic}}
)

// sessionScripts are the sessions of chapter 17.
var sessionScripts = []script{
	{
		title: "Hello and a unary call",
		text:  "The client sends its call right behind its HELLO. Both answers come together: one round trip in all.",
		frames: []sent{
			{who: "C", says: "HELLO versions=1..1 length=39",
				h: frame.Header{Type: frame.Hello, Code: 1, ID: frame.Magic, Aux: 1}, parts: []part{
					p("01 00 04 00 00 00 01 00", "MAX_FRAME is 65,536"),
					p("04 00 04 00 00 00 10 00", "CONN_BYTES is 1,048,576"),
					p("05 00 04 00 00 00 04 00", "STREAM_BYTES is 262,144"),
					p("0a 00 07 00 63 6c 69 20 31 2e 30", `PEER is "cli 1.0"`),
					p("1a 1a 00 00", "grease"),
				}},
			{who: "C", says: "CALL #1 inline deadline=2000000µs length=28",
				h: frame.Header{Type: frame.Call, ID: 1, Aux: 2000000}, parts: []part{
					p("0d 00 62 61 6e 6b 2f 74 72 61 6e 73 66 65 72", `name "bank/transfer"`),
					p("83 0b 43 61 6e 6e 43 62 6f 62 b1 f4 01", `arguments ["ann","bob",500]`),
				}},
			{who: "S", says: "HELLO version=1 length=32",
				h: frame.Header{Type: frame.Hello, Code: 1, ID: frame.Magic}, parts: []part{
					p("01 00 04 00 00 00 01 00", "MAX_FRAME is 65,536"),
					p("03 00 04 00 00 04 00 00", "CALLS is 1,024"),
					p("06 00 04 00 00 04 00 00", "MAX_BINDINGS is 1,024"),
					p("07 00 04 00 30 75 00 00", "IDLE_MS is 30,000"),
				}},
			{who: "S", says: "RESULT #1 OK took=85µs length=6",
				h:     frame.Header{Type: frame.Result, ID: 1, Aux: 85},
				parts: []part{p("91 04 02 69 64 07", `value {"id":7}`)}},
		},
	},
	{
		title: "A bound method",
		text:  "The name travels once; from then on a call has 16 bytes more than its arguments.",
		frames: []sent{
			clientHello,
			{who: "S", says: "HELLO version=1 length=8",
				h:     frame.Header{Type: frame.Hello, Code: 1, ID: frame.Magic},
				parts: []part{p("06 00 04 00 10 00 00 00", "MAX_BINDINGS is 16")}},
			{who: "C", says: "BIND method=1 length=8", h: frame.Header{Type: frame.Bind, Code: 1},
				parts: []part{str("bank/get", `name "bank/get"`)}},
			{who: "C", says: "CALL #1 method=1 length=6", h: frame.Header{Type: frame.Call, Code: 1, ID: 1},
				parts: []part{p("81 04 43 61 6e 6e", `arguments ["ann"]`)}},
			{who: "C", says: "CALL #3 method=1 length=6", h: frame.Header{Type: frame.Call, Code: 1, ID: 3},
				parts: []part{p("81 04 43 62 6f 62", `arguments ["bob"]`)}},
			{who: "S", says: "RESULT #3 OK took=4µs length=1",
				h: frame.Header{Type: frame.Result, ID: 3, Aux: 4}, parts: []part{p("2a", "value 42")}},
			{who: "S", says: "RESULT #1 OK took=9µs length=1",
				h: frame.Header{Type: frame.Result, ID: 1, Aux: 9}, parts: []part{p("07", "value 7")}},
		},
	},
	{
		title: "A stream with half-close",
		text:  "The client finishes its direction; the server goes on until its RESULT. Values and raw bytes mix.",
		frames: []sent{
			clientHello, serverHello,
			{who: "C", says: "CALL #1 inline flags=STREAM length=20",
				h: frame.Header{Type: frame.Call, Flags: frame.Stream, ID: 1}, parts: []part{
					p("0c 00 6c 6f 67 2f 74 61 69 6c 43 68 61 6e", `name "log/tailChan"`),
					p("81 04 43 61 70 70", `arguments ["app"]`)}},
			{who: "C", says: "MSG #1 length=6", h: frame.Header{Type: frame.Msg, ID: 1},
				parts: []part{p("91 04 02 75 70 05", `message {"up":5}`)}},
			{who: "S", says: "MSG #1 length=8", h: frame.Header{Type: frame.Msg, ID: 1},
				parts: []part{p("47 73 74 61 72 74 65 64", `message "started"`)}},
			{who: "C", says: "FINISH #1", h: frame.Header{Type: frame.Finish, ID: 1}},
			{who: "S", says: "MSG #1 flags=BYTES length=4", h: frame.Header{Type: frame.Msg, Flags: frame.Bytes, ID: 1},
				parts: []part{p("00 ff 00 ff", "raw bytes")}},
			{who: "S", says: "MSG #1 length=8", h: frame.Header{Type: frame.Msg, ID: 1},
				parts: []part{p("47 73 74 6f 70 70 65 64", `message "stopped"`)}},
			{who: "S", says: "RESULT #1 OK took=900000µs length=1",
				h: frame.Header{Type: frame.Result, ID: 1, Aux: 900000}, parts: []part{p("d0", "value null")}},
		},
	},
	{
		title: "Fragments, interleaved",
		text: "40,000 bytes go in three frames. The small call does not wait for them: no more than 16,384 bytes of " +
			"one body go in a row while another call is ready. The server returns credit of call 1 while it puts the " +
			"body together, and of the connection when half is used.",
		frames: []sent{
			clientHello, serverHello,
			{who: "C", says: "CALL #1 inline flags=MORE|BYTES length=16384",
				h: frame.Header{Type: frame.Call, Flags: frame.More | frame.Bytes, ID: 1}, parts: []part{
					p("08 00 62 6c 6f 62 2f 70 75 74", `name "blob/put"`),
					p("61 ×16374", "raw bytes: 16,374 of 40,000")}},
			{who: "C", says: "CALL #3 inline length=17", h: frame.Header{Type: frame.Call, ID: 3}, parts: []part{
				p("08 00 62 61 6e 6b 2f 67 65 74", `name "bank/get"`),
				p("81 05 44 63 61 72 6c", `arguments ["carl"]`)}},
			{who: "C", says: "MSG #1 flags=MORE length=16384", h: frame.Header{Type: frame.Msg, Flags: frame.More, ID: 1},
				parts: []part{p("61 ×16384", "raw bytes: 32,758 of 40,000")}},
			{who: "S", says: "RESULT #3 OK took=3µs length=1", h: frame.Header{Type: frame.Result, ID: 3, Aux: 3},
				parts: []part{p("0b", "value 11")}},
			{who: "S", says: "CREDIT #1 bytes=+32768", h: frame.Header{Type: frame.Credit, ID: 1, Aux: 32768}},
			{who: "S", says: "CREDIT connection calls=+1 bytes=+32785", h: frame.Header{Type: frame.Credit, Code: 1, Aux: 32785}},
			{who: "C", says: "MSG #1 length=7242", h: frame.Header{Type: frame.Msg, ID: 1},
				parts: []part{p("61 ×7242", "raw bytes: 40,000 of 40,000")}},
			{who: "S", says: "RESULT #1 OK took=40µs length=3", h: frame.Header{Type: frame.Result, ID: 1, Aux: 40},
				parts: []part{p("b1 40 9c", "value 40000")}},
		},
	},
	{
		title: "A cancel race",
		text: "The first CANCEL crosses the RESULT: the client discards the one, the server ignores the other. The " +
			"second stops the handler. The third comes when the call is not whole yet: no handler ran.",
		frames: []sent{
			clientHello, serverHello,
			{who: "C", says: "CALL #1 inline length=12", h: frame.Header{Type: frame.Call, ID: 1}, parts: []part{
				p("09 00 62 61 6e 6b 2f 6c 69 73 74", `name "bank/list"`), p("80", "arguments []")}},
			{who: "S", says: "RESULT #1 OK took=7µs length=1", h: frame.Header{Type: frame.Result, ID: 1, Aux: 7},
				parts: []part{p("80", "value []")}},
			{who: "C", says: "CANCEL #1 CALLER", h: frame.Header{Type: frame.Cancel, ID: 1}},
			{who: "C", says: "CALL #3 inline length=12", h: frame.Header{Type: frame.Call, ID: 3}, parts: []part{
				p("09 00 62 61 6e 6b 2f 6c 69 73 74", `name "bank/list"`), p("80", "arguments []")}},
			{who: "C", says: "CANCEL #3 CALLER", h: frame.Header{Type: frame.Cancel, ID: 3}},
			{who: "S", says: "RESULT #3 CANCELLED", h: frame.Header{Type: frame.Result, Code: 3, ID: 3}},
			{who: "C", says: "CALL #5 inline flags=MORE|BYTES length=1024",
				h: frame.Header{Type: frame.Call, Flags: frame.More | frame.Bytes, ID: 5}, parts: []part{
					p("08 00 62 6c 6f 62 2f 70 75 74", `name "blob/put"`), p("61 ×1014", "raw bytes, to be continued")}},
			{who: "C", says: "CANCEL #5 CALLER", h: frame.Header{Type: frame.Cancel, ID: 5}},
			{who: "S", says: "RESULT #5 CANCELLED flags=UNPROCESSED", h: frame.Header{
				Type: frame.Result, Flags: frame.Unprocessed, Code: 3, ID: 5}},
		},
	},
	sessionStall, sessionDrain, sessionVersion, sessionGrease, sessionErrors, sessionOneway,
	sessionRegistration,
}
