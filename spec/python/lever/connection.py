"""What both sides of a connection do, SPEC.md chapters 6 to 12. One event loop owns it all."""

import asyncio
from collections import deque

from . import frames, values
from .frames import (
    BULK, BYTES, CALL, CREDIT, FINISH, GOAWAY, HELLO, MORE, MSG, PING, RESULT, STREAM, URGENT,
    Refused, Violation,
)

ANNOUNCED = {
    "MAX_FRAME": 65536, "MAX_MESSAGE": 4 << 20, "CALLS": 1024, "CONN_BYTES": 256 << 10,
    "STREAM_BYTES": 256 << 10, "MAX_BINDINGS": 1024, "IDLE_MS": 30000, "PEER": "lever.py",
}
ASSEMBLY_BYTES = 16 << 20
END = object()  # stands in an inbox behind the last message


class Failed(Exception):
    """How a call ended that did not end well. effect says what may have happened: "not-sent",
    "not-executed", "maybe" or "executed" (13)."""

    def __init__(self, status, value=None, effect="executed"):
        self.status = frames.STATUSES.index(status) if isinstance(status, str) else status
        self.value, self.effect = value, effect
        name = frames.STATUSES[self.status] if self.status < len(frames.STATUSES) else self.status
        super().__init__("%s: %s" % (name, value))


class Body:
    """A body on its way out, with its head; or a FINISH, which waits for its turn like one."""

    def __init__(self, type, flags=0, code=0, head=b"", data=b"", aux=lambda: 0):
        self.type, self.flags, self.code, self.aux = type, flags, code, aux
        self.payload, self.head, self.sent = head + data, len(head), 0
        self.through = asyncio.get_running_loop().create_future()
        self.through.add_done_callback(lambda f: f.cancelled() or f.exception())  # may go unread

    def drop(self):
        if not self.through.done():
            self.through.set_exception(BrokenPipeError("the call is over"))


class Call:
    """A call, at either side."""

    def __init__(self, connection, id, flags):
        self.connection, self.id, self.flags = connection, id, flags
        self.may_send = connection.remote["STREAM_BYTES"]
        self.may_come = connection.announced["STREAM_BYTES"]
        self.due = 0  # bytes that came and can be granted again
        self.held = 0  # parts that wait until the messages before them are consumed
        self.out = deque()  # bodies, of which the first may be on its way
        self.body_header = None  # of the first frame of the unfinished body that comes, or None
        self.body = bytearray()  # what has come of it
        self.skipping = False  # it is thrown away
        self.inbox, self.waiter = deque(), None  # (message, bytes that are due when it is read)
        self.takes_messages = bool(flags & STREAM)  # false once FINISH has come
        self.deaf = False  # what comes is dropped: nobody will read it
        self.cancelled = False  # CANCEL was sent, or has come
        self.ended = False  # nothing more is to be sent but what already waits

    async def send(self, message):
        """Sends a message of a stream, and waits until it is on its way. It fails with
        BrokenPipeError when the call is over."""
        flags = BYTES if isinstance(message, (bytes, bytearray)) else 0
        data = bytes(message) if flags else values.encode(message)
        if len(data) > self.connection.remote["MAX_MESSAGE"]:
            raise Failed("TOO_LARGE", "a message of %d bytes" % len(data))
        await self._queue(Body(MSG, flags, data=data))

    async def finish(self):
        """Says that no more messages come from this side."""
        await self._queue(Body(FINISH))

    async def _queue(self, body):
        if self.ended:
            raise BrokenPipeError("the call is over")
        await self.connection.queue(self, body)

    def __aiter__(self):
        return self

    async def __anext__(self):
        """Gives the next message of a stream."""
        while not self.inbox:
            self.waiter = asyncio.get_running_loop().create_future()
            await self.waiter
        message, size = self.inbox.popleft()
        if message is END:
            self.inbox.append((END, 0))
            raise StopAsyncIteration
        self.connection.consumed(self, size)
        return message

    def put(self, message, size):
        self.inbox.append((message, size))
        if self.waiter and not self.waiter.done():
            self.waiter.set_result(None)


class Connection(asyncio.Protocol):
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
        self.control(GOAWAY, code=frames.REASONS.index(reason), aux=self.last_id(reason), payload=text)
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

    # Bodies that go out (8.2, 8.4, 8.5).

    def queue(self, call, body):
        """Lets a body wait for its turn. The future that it gives is done when it is through."""
        if self.closed:
            body.drop()
            return body.through
        call.out.append(body)
        if len(call.out) == 1:
            self.queues[call.flags & (URGENT | BULK)].append(call)
        self.pump()
        return body.through

    def clear_output(self, call, keep_begun=False):
        """Forgets what a call has to send; a body that is begun may have to be finished."""
        while call.out and not (keep_begun and len(call.out) == 1 and call.out[0].sent):
            call.out.pop().drop()
        queue = self.queues[call.flags & (URGENT | BULK)]
        if not call.out and call in queue:
            queue.remove(call)

    def pump(self):
        """Sends what credit and the transport allow, a frame of each call in turn."""
        while not self.paused and not self.closed:
            ready = self.ready()
            if not ready:
                return
            call, size = ready[0]
            if len(ready) > 1:
                size = min(size, 16384)
            self.send_part(call, size)

    def ready(self):
        """Gives the call whose turn it is, and another one of its class that could send as well."""
        for queue in self.queues.values():
            ready = []
            for call in queue:
                size = self.part(call)
                if size is not None:
                    ready.append((call, size))
                if len(ready) == 2:
                    break
            if ready:
                return ready
        return []

    def part(self, call):
        """Gives how many bytes a call may send now, or None."""
        body = call.out[0]
        if body.type == CALL and call.id is None and not (self.slots > 0 and self.may_call()):
            return None
        left = len(body.payload) - body.sent
        credit = min(self.may_send, call.may_send)
        if left <= credit and left <= self.remote["MAX_FRAME"]:
            return left
        if body.type == RESULT and 1 < body.code < 1024 and body.sent == 0 and left > credit:
            body.payload = body.payload[:0]  # the text of an error waits for no credit (9.5)
            return 0
        size = min(credit, self.remote["MAX_FRAME"])
        return size if size >= max(frames.MIN_FRAGMENT, 0 if body.sent else body.head) else None

    def send_part(self, call, size):
        body, queue = call.out[0], self.queues[call.flags & (URGENT | BULK)]
        if body.type == CALL and call.id is None:
            self.give_id(call)
        type, flags, code, aux = body.type, body.flags, body.code, body.aux()
        if body.sent:
            type, flags, code, aux = MSG, 0, 0, 0
        data = body.payload[body.sent : body.sent + size]
        body.sent += size
        through = body.sent == len(body.payload)
        queue.remove(call)
        if through:
            call.out.popleft()
        if call.out:
            queue.append(call)
        self.may_send -= size
        call.may_send -= size
        flags |= 0 if through else MORE
        self.frames_sent += 1
        self.transport.write(frames.frame(type, flags, code, call.id, aux, data))
        if through:
            if not body.through.done():
                body.through.set_result(None)
            self.on_sent(call, body)
