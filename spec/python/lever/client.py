"""A client, SPEC.md chapters 6, 7.3 and 9 to 13."""

import asyncio
import struct

from . import frames, values
from .call import END, Body, Call as AnyCall, Failed
from .connection import Connection
from .frames import (
    BYTES, CALL, CANCEL, EXT, GOAWAY, HELLO, ONEWAY, RESULT, STREAM, UNPROCESSED, Refused,
    Violation,
)
from .link import dial


class Client:
    """Calls the methods of the server at an address. It connects when it must."""

    def __init__(self, addr, tls=None, **announced):
        self.addr, self.tls, self.announced = addr, tls, announced
        self.connection, self.dialing = None, asyncio.Lock()

    async def start(self, name, args, flags=0, timeout=None, extensions=None):
        """Begins a call: args is a list, or bytes. Await its result; it is a stream if the name
        says so. timeout is in seconds; extensions are bytes by id."""
        method = name.rpartition("/")[2]
        if method == "chan" or method.endswith(("Chan", "_chan")):
            flags |= STREAM
        return (await self.connected()).start(name, args, flags, timeout, extensions or {})

    async def call(self, name, *args, **options):
        """Calls a method, and gives its result."""
        only = len(args) == 1 and isinstance(args[0], bytes)
        return await (await self.start(name, args[0] if only else list(args), **options)).result

    async def connected(self):
        async with self.dialing:
            c = self.connection
            if c is None or c.closed or c.draining:
                self.connection = await dial(
                    self.addr, lambda: ClientConnection(**self.announced), self.tls
                )
            return self.connection

    def close(self):
        """Lets the calls in flight end, and then the connection."""
        if self.connection:
            self.connection.leave()


class Call(AnyCall):
    """A call at the client."""

    def __init__(self, connection, flags):
        super().__init__(connection, None, flags)
        self.result = connection.loop.create_future()
        self.result.add_done_callback(lambda f: f.cancelled() or f.exception())  # seen, if not read
        self.timer = None

    def cancel(self):
        self.connection.cancel(self, "CANCELLED", 0)


class ClientConnection(Connection):
    def __init__(self, **announced):
        super().__init__(**announced)
        self.next_id = 1
        self.refused = None  # or what the server has said when it did not accept this client
        self.handlers[RESULT] = self.on_result

    def opened(self):
        payload = frames.parameters(self.announced)
        self.control(HELLO, code=1, id=frames.MAGIC, aux=1, payload=payload)

    def check_version(self, h):
        if h.code != 1:
            raise Violation("BAD_VERSION", "version %d was not offered" % h.code)

    def last_id(self, reason):
        return frames.ANY if reason == "NONE" else 0

    def was_begun(self, id):
        return id % 2 == 1 and id < self.next_id

    # Calls that begin.

    def start(self, name, args, flags, timeout, extensions):
        call = Call(self, flags)
        if self.closed or self.draining:
            self.end_lost(call)
            return call
        head = struct.pack("<H", len(name)) + name.encode()
        if extensions:
            flags |= EXT
            head += frames.extensions(extensions)
        if isinstance(args, bytes):
            flags, data = flags | BYTES, args
        else:
            data = values.encode(args)
        if len(data) > self.remote["MAX_MESSAGE"]:
            self.end(call, Failed("TOO_LARGE", "%d bytes" % len(data), "not-sent"))
            return call
        deadline = None if timeout is None else self.loop.time() + timeout
        if timeout is not None:
            call.timer = self.loop.call_later(timeout, self.cancel, call, "DEADLINE_EXCEEDED", 1)
        self.queue(call, Body(CALL, flags, 0, head, data, lambda: self.time_left(deadline)))
        return call

    def time_left(self, deadline):
        us = 0 if deadline is None else max(1, int((deadline - self.loop.time()) * 1e6) + 1)
        return us if us < 2**32 else 0

    def may_call(self):
        return not self.draining

    def give_id(self, call):
        call.id, self.next_id = self.next_id, self.next_id + 2
        self.calls[call.id] = call
        self.slots -= 1
        self.calls_seen += 1
        if call.id == frames.MAX_CALL_ID:
            self.leave()

    def on_sent(self, call, body):
        if body.type == CALL and call.flags & ONEWAY:
            self.over(call)
            self.end(call, None)

    def on_stray(self, h):
        raise Violation("PROTOCOL", "a frame behind the RESULT of %d" % h.id)

    # Calls that end.

    def on_result(self, h, payload):
        call = self.calls.get(h.id)
        if call is None or call.flags & ONEWAY:
            raise Violation("PROTOCOL", "a RESULT for %d, which waits for none" % h.id)
        if call.body_header and (call.body_header.type == RESULT or not call.cancelled):
            raise Violation("PROTOCOL", "a RESULT inside a body")
        self.take_credit(call, h.length)
        self.clear_output(call)
        if call.body_header:
            self.forget_body(call)
        call.ended = True
        try:
            _, _, data = frames.parse_head(h, payload)
        except Refused as fault:
            self.on_fault(call, h, fault)
            data = b""
        self.on_body(call, h, data, h.length - len(data))

    def on_whole(self, call, first, body, size):
        if first.type != RESULT:
            return self.on_message(call, first, body, size)
        effect = "not-executed" if first.flags & UNPROCESSED else "executed"
        self.over(call)
        value = None
        if first.flags & BYTES:
            value = body
        elif body or first.code in (0, 1) or first.code >= 1024:
            value = values.decode(body)
        if first.code == 0:
            return self.end(call, value)
        self.end(call, Failed(15 if 20 <= first.code < 1024 else first.code, value, effect))

    def on_skipped(self, call, first):
        if first.type == RESULT:
            self.over(call)

    def on_fault(self, call, first, fault):
        status = getattr(fault, "status", "INTERNAL")
        status = "INTERNAL" if status == "INVALID_ARGUMENT" else status
        if first.type == RESULT:
            call.deaf = True
            return self.end(call, Failed(status, str(fault)))
        self.cancel(call, status, 2, str(fault))

    def cancel(self, call, status, reason, text=None):
        """Ends a call here, and tells the server that its result is no longer wanted."""
        if call.result.done():
            return
        if call.id is None:
            self.clear_output(call)
            return self.end(call, Failed(status, text, "not-sent"))
        if not call.ended:
            call.cancelled = call.ended = True
            self.clear_output(call)
            self.control(CANCEL, id=call.id, code=reason)
        self.stop_reading(call)
        if call.flags & ONEWAY:
            self.over(call)
        self.end(call, Failed(status, text, "maybe"))

    def end(self, call, outcome):
        """Tells the application how a call ended."""
        if call.timer:
            call.timer.cancel()
        if call.result.done():
            return
        if isinstance(outcome, Failed):
            call.result.set_exception(outcome)
        else:
            call.result.set_result(outcome)
        call.put(END, 0)

    def over(self, call):
        self.calls.pop(call.id, None)
        self.tokens = min(1000.0, self.tokens + 1)
        self.close_if_left()

    def end_lost(self, call):
        effect = "maybe"
        if call.id is None:
            effect = "not-sent"
        elif call.id > self.last_goaway:
            effect = "not-executed"
        status = "UNAVAILABLE"
        if self.refused and effect != "maybe":
            status = "UNAUTHENTICATED"
        self.end(call, Failed(status, self.refused or "the connection was lost", effect))

    # The end of the connection (11).

    def on_leave(self, last, code, text):
        if code == frames.REASONS.index("REFUSED"):
            self.refused = text or "refused"
        for call in self.all_calls():
            if call.id is None or call.id > last:
                self.clear_output(call)
                self.end_lost(call)
                self.calls.pop(call.id, None)
        self.close_if_left()

    def leave(self):
        """Drains: no more calls, and the end of the connection when the last is over."""
        if not self.closed and not self.draining:
            self.draining = True
            self.control(GOAWAY, aux=frames.ANY)
            self.close_if_left()

    def close_if_left(self):
        if self.draining and not self.calls and not self.closed:
            self.close()
