"""What one side knows of a call, and of a body on its way out."""

import asyncio
from collections import deque

from . import frames, values
from .frames import BYTES, FINISH, MSG, STREAM

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
