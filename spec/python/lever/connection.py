"""What both sides of a connection do, SPEC.md chapters 6 to 12. One event loop owns it all."""

import asyncio
from collections import deque

from . import frames, values
from .call import END
from .frames import (
    BULK, BYTES, CALL, CREDIT, FINISH, GOAWAY, HELLO, MORE, MSG, PING, RESULT, URGENT, Refused,
    Violation,
)
from .output import Output

ANNOUNCED = {
    "MAX_FRAME": 65536, "MAX_MESSAGE": 4 << 20, "CALLS": 1024, "CONN_BYTES": 256 << 10,
    "STREAM_BYTES": 256 << 10, "MAX_BINDINGS": 1024, "IDLE_MS": 30000, "PEER": "lever.py",
}
ASSEMBLY_BYTES = 16 << 20


class Connection(Output, asyncio.Protocol):
    """One side of a connection. Client and server add what each has for itself."""

    is_server = False

    def __init__(self, **announced):
        self.announced = {**ANNOUNCED, **announced}
        self.remote = dict(frames.MINIMUM)
        self.greeted = self.closed = self.draining = self.paused = False
        self.may_send, self.slots = self.remote["CONN_BYTES"], self.remote["CALLS"]
        self.may_come, self.slots_out = self.announced["CONN_BYTES"], self.announced["CALLS"]
        self.due = self.due_slots = 0
        self.calls = {}  # by id, until the RESULT is through
        self.queues = {URGENT: deque(), 0: deque(), BULK: deque()}  # calls that have output
        self.assembling = 0
        self.tokens, self.refilled = 1000.0, None
        self.calls_seen = self.frames_sent = self.credits_seen = 0
        self.last_goaway = frames.ANY
        self.buffer, self.partial_since, self.misses = bytearray(), None, 0
        self.loop = asyncio.get_running_loop()
        self.lost = self.loop.create_future()
        self.handlers = {  # by type; the others are never sent by the other side
            HELLO: self.on_hello, MSG: self.on_msg, FINISH: self.on_finish,
            CREDIT: self.on_credit, PING: self.on_ping, GOAWAY: self.on_goaway,
        }

    # The transport.

    def connection_made(self, transport):
        self.transport = transport
        self.heard = self.began = self.refilled = self.loop.time()
        tls = transport.get_extra_info("ssl_object")
        if tls and tls.selected_alpn_protocol() != "lever/1":
            self.closed = True
            return transport.abort()
        self.opened()
        self.tick()

    def connection_lost(self, exc):
        self.closed = True
        if not self.lost.done():
            self.lost.set_result(None)
        self.end_all()

    def pause_writing(self):
        self.paused = True

    def resume_writing(self):
        self.paused = False
        self.pump()

    def data_received(self, data):
        if self.closed:
            return
        self.heard, self.misses = self.loop.time(), 0
        self.buffer += data
        try:
            while not self.closed and self.next_frame():
                pass
        except Violation as v:
            self.goodbye(v.reason, v.text)

    def next_frame(self):
        if len(self.buffer) < 16:
            self.partial_since = self.partial_since or (self.loop.time() if self.buffer else None)
            return False
        h = frames.parse_header(self.buffer[:16])
        frames.check(h, self.announced["MAX_FRAME"])
        if not self.greeted and h.type != HELLO and (self.is_server or h.type != GOAWAY):
            raise Violation("PROTOCOL", "the first frame is no HELLO")
        if len(self.buffer) < 16 + h.length:
            self.partial_since = self.partial_since or self.loop.time()
            return False
        payload = bytes(self.buffer[16 : 16 + h.length])
        del self.buffer[: 16 + h.length]
        self.partial_since = None
        self.receive(h, payload)
        return True

    def tick(self):
        """Looks at the clock: the times of 6.1, 5.3 and 11.4."""
        if self.closed:
            return
        now = self.loop.time()
        if not self.greeted and now - self.began > 5:
            return self.goodbye("TIMEOUT", "no HELLO in 5 s")
        if self.partial_since is not None and now - self.partial_since > 10:
            return self.goodbye("TIMEOUT", "a frame took 10 s")
        wishes = [n for n in (self.announced["IDLE_MS"], self.remote["IDLE_MS"]) if n]
        if wishes and self.calls and self.greeted:
            if now - self.heard > (self.misses + 1) * min(wishes) / 1000:
                self.misses += 1
                if self.misses == 3:
                    return self.goodbye("TIMEOUT", "silent for three idle times")
                self.control(PING, aux=self.misses)
        self.loop.call_later(0.02, self.tick)

    def control(self, type, **fields):
        """Sends a frame ahead of payload that waits."""
        if not self.closed:
            self.frames_sent += 1
            self.transport.write(frames.frame(type, **fields))

    def goodbye(self, reason, text=""):
        """Ends the connection with one GOAWAY, which says why (11.3)."""
        text = text.encode()[: 1024 if self.greeted else 48]
        code = frames.REASONS.index(reason)
        self.control(GOAWAY, code=code, aux=self.last_id(reason), payload=text)
        self.close()

    def close(self):
        """Sends the end of the stream. What still comes is read for a moment and thrown away, since
        a socket that is closed with input unread takes the last output back."""
        self.closed = True
        if self.transport.can_write_eof():
            self.transport.write_eof()
            self.loop.call_later(0.5, self.transport.abort)
        else:
            self.transport.close()
        self.end_all()

    def end_all(self):
        for call in self.all_calls():
            self.clear_output(call)
            self.end_lost(call)
        self.calls.clear()

    # Frames of the connection.

    def receive(self, h, payload):
        if h.type >= 0x80:
            return self.glitch()
        if h.type not in self.handlers:
            raise Violation("PROTOCOL", "a frame of type %d, which this side only sends" % h.type)
        if h.type in (CALL, RESULT, MSG):
            self.may_come -= h.length
            self.due += h.length  # at once: what a call holds is bounded by its own credit
            if self.may_come < 0:
                raise Violation("FLOW", "more bytes than the credit of the connection")
        self.handlers[h.type](h, payload)
        self.grant()

    def on_hello(self, h, payload):
        if self.greeted:
            raise Violation("PROTOCOL", "a second HELLO")
        self.check_version(h)
        before, self.remote = self.remote, frames.parse_parameters(payload)
        self.greeted = True
        self.greet()
        self.may_send += self.remote["CONN_BYTES"] - before["CONN_BYTES"]
        self.slots += self.remote["CALLS"] - before["CALLS"]
        for call in self.all_calls():
            call.may_send += self.remote["STREAM_BYTES"] - before["STREAM_BYTES"]
        self.pump()

    def all_calls(self):
        """Gives the calls that live, those included that wait to be sent."""
        waiting = (call for queue in self.queues.values() for call in queue if call.id is None)
        return [*self.calls.values(), *waiting]

    def on_ping(self, h, payload):
        if h.code == 0:
            self.glitch()
            self.control(PING, code=1, aux=h.aux)
        else:
            self.on_answer(h.aux)

    def greet(self):
        """Says HELLO, at the side that says it second."""

    def on_answer(self, token):
        """Takes the answer to a PING."""

    def on_goaway(self, h, payload):
        if h.aux > self.last_goaway:
            raise Violation("PROTOCOL", "a GOAWAY with a higher last id than before")
        self.last_goaway = h.aux
        self.draining = True
        self.on_leave(h.aux, h.code, payload.decode(errors="replace"))
        if h.code != 0:
            self.close()

    def on_credit(self, h, payload):
        self.credits_seen += 1
        if self.credits_seen > 5 + 2 * (self.calls_seen + 10 * self.frames_sent):
            self.glitch()
        if h.id == 0:
            self.may_send += h.aux
            self.slots += h.code
            if max(self.may_send, self.slots) > frames.MAX_INCREMENT:
                raise Violation("FLOW", "credit above 2^31 - 1")
        else:
            self.credit_call(self.find(h.id), h.aux)
        self.pump()

    def credit_call(self, call, n):
        if call:
            call.may_send += n
            if call.may_send > frames.MAX_INCREMENT:
                raise Violation("FLOW", "credit of a call above 2^31 - 1")

    def glitch(self):
        """Takes a token for a frame that makes no progress (12.1)."""
        now = self.loop.time()
        self.tokens = min(1000.0, self.tokens + 33 * (now - self.refilled))
        self.refilled = now
        if self.tokens < 1:
            raise Violation("CALM", "too many frames that make no progress")
        self.tokens -= 1

    # Frames of a call.

    def find(self, id):
        """Gives a call, or None if it is over."""
        if id not in self.calls and not self.was_begun(id):
            raise Violation("PROTOCOL", "call %d has not begun" % id)
        return self.calls.get(id)

    def on_stray(self, h):
        """Takes a frame for a call that is over. A server drops it: it may have been on its way."""

    def take_credit(self, call, n):
        call.may_come -= n
        if call.may_come < 0:
            raise Violation("FLOW", "more bytes than the credit of call %d" % call.id)

    def on_msg(self, h, payload):
        if h.length == 0:
            self.glitch()
        call = self.find(h.id)
        if call is None:
            return self.on_stray(h)
        self.take_credit(call, h.length)
        self.credit_call(call, h.aux)
        if call.body_header is not None:
            if h.flags & ~MORE:
                raise Violation("PROTOCOL", "a continuation with flags")
            self.on_part(call, h, payload)
        elif call.takes_messages or call.cancelled and not self.is_server:
            self.on_body(call, h, payload)
        else:
            raise Violation("PROTOCOL", "a message that call %d does not take" % h.id)
        if h.aux:
            self.pump()

    def on_body(self, call, h, data, head=0):
        """Takes the first frame of a body: the data behind its head."""
        call.body_header, call.body, call.skipping = h, bytearray(), call.deaf
        self.on_part(call, h, data, head)

    def on_part(self, call, h, data, head=0):
        first, more = call.body_header, h.flags & MORE
        in_one_frame = h is first and not more
        if not call.skipping:
            call.body += data
            self.assembling += len(data)
        if first.type == MSG and in_one_frame and not call.skipping:
            size = len(data)  # due when the application has consumed it
        else:
            size = 0
            self.part_due(call, first, head + len(data))
        if not in_one_frame and not call.skipping:
            self.check_size(call, first)
        if more:
            return
        body, skipping = self.forget_body(call), call.skipping
        call.body_header, call.skipping = None, False
        if skipping:
            return self.on_skipped(call, first)
        try:
            self.on_whole(call, first, body, size)
        except (Refused, values.Malformed) as fault:
            self.on_fault(call, first, fault)

    def part_due(self, call, first, n):
        """Bytes were moved to where a body is put together. While messages before it wait to be
        consumed, they wait as well (8.3)."""
        if first.type == MSG and call.inbox and not call.skipping:
            call.held += n
        else:
            call.due += n
            self.grant_call(call)

    def check_size(self, call, first):
        if len(call.body) > self.announced["MAX_MESSAGE"]:
            fault = Refused("TOO_LARGE", "a body above MAX_MESSAGE")
        elif self.assembling > ASSEMBLY_BYTES:
            fault = Refused("RESOURCE_EXHAUSTED", "unfinished bodies of %d bytes" % self.assembling)
        else:
            return
        self.skip_body(call)
        self.on_fault(call, first, fault)

    def skip_body(self, call):
        """Throws away what has come of an unfinished body, and what still comes."""
        if call.body_header is not None:
            self.forget_body(call)
            call.skipping = True

    def forget_body(self, call):
        self.assembling -= len(call.body)
        body, call.body = bytes(call.body), bytearray()
        return body

    def on_message(self, call, h, body, size):
        """Delivers a message, of which size bytes are due when it is consumed."""
        call.put(body if h.flags & BYTES else values.decode(body), size)

    def on_finish(self, h, payload):
        call = self.find(h.id)
        if call is None:
            self.on_stray(h)
            return self.glitch()
        if call.cancelled and not self.is_server:
            return self.glitch()
        if call.body_header is not None or not call.takes_messages:
            raise Violation("PROTOCOL", "a FINISH that call %d does not take" % h.id)
        call.takes_messages = False
        if not call.deaf:
            call.put(END, 0)

    # Credit that goes back (8.3).

    def consumed(self, call, size):
        call.due += size
        if not call.inbox or call.inbox[0][0] is END:
            call.due, call.held = call.due + call.held, 0
        self.grant_call(call)

    def stop_reading(self, call):
        """Nobody reads the messages of a call any more: their bytes are due."""
        self.skip_body(call)
        call.deaf = True
        call.due += sum(size for _, size in call.inbox) + call.held
        call.held = 0
        call.inbox.clear()
        self.grant_call(call)

    def grant(self):
        """Grants what is due when it is as much as the other side may still send."""
        bytes_ripe = self.due and self.due >= self.may_come
        slots_ripe = self.due_slots and self.due_slots >= self.slots_out
        if (bytes_ripe or slots_ripe) and not self.closed:
            slots = min(self.due_slots, 65535)
            self.control(CREDIT, code=slots, aux=self.due)
            self.may_come += self.due
            self.slots_out += slots
            self.due, self.due_slots = 0, self.due_slots - slots

    def grant_call(self, call):
        if call.due and call.due >= call.may_come and call.id in self.calls:
            self.control(CREDIT, id=call.id, aux=call.due)
            call.may_come, call.due = call.may_come + call.due, 0
