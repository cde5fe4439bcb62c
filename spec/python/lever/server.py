"""A server, SPEC.md chapters 6, 7.2 and 9 to 11."""

import inspect
import sys

from . import frames, values
from .call import Body, Call as AnyCall, Failed
from .connection import Connection
from .frames import (
    BIND, BYTES, CALL, CANCEL, GOAWAY, HELLO, MORE, NORETRY, ONEWAY, PING, RESULT, STREAM,
    UNPROCESSED, Refused, Violation,
)
from .link import listen


class Server:
    """Serves the methods of one service: coroutine functions by name, which take the call and the
    arguments. What they return is the result; Failed ends a call otherwise. A method whose name
    ends in Chan reads messages from the call with `async for` and sends them with call.send."""

    def __init__(self, service, methods, **announced):
        self.service, self.methods, self.announced = service, methods, announced
        self.connections = set()

    async def listen(self, addr, tls=None):
        """Listens, and gives the address."""
        self.listener, addr = await listen(addr, lambda: ServerConnection(self), tls)
        return addr

    async def drain(self):
        """Takes no more calls, loses none, and returns when all are over (11.1)."""
        self.listener.close()
        for connection in list(self.connections):
            connection.drain()
        while self.connections:
            await next(iter(self.connections)).lost

    def route(self, call):
        """Finds the method of a call (9.1)."""
        match = frames.NAME.fullmatch(call.name)
        if not match:
            raise Refused("INVALID_ARGUMENT", "no name of a method: %r" % call.name)
        service, method = (part.decode() for part in match.groups())
        if method.startswith("_"):
            raise Refused("PRIVATE", method)
        if service != self.service:
            raise Refused("NO_SERVICE", service)
        if method not in self.methods:
            raise Refused("NO_METHOD", method)
        streams = method == "chan" or method.endswith(("Chan", "_chan"))
        if streams != bool(call.flags & STREAM):
            raise Refused("WRONG_KIND", method)
        return self.methods[method]


class ServerConnection(Connection):
    is_server = True

    def __init__(self, server):
        super().__init__(**server.announced)
        self.server = server
        self.names = []  # of methods, by BIND
        self.first = self.highest = self.accepted = 0
        self.drained = False
        self.handlers.update({CALL: self.on_call, CANCEL: self.on_cancel, BIND: self.on_bind})

    def opened(self):
        self.server.connections.add(self)

    def connection_lost(self, exc):
        self.server.connections.discard(self)
        super().connection_lost(exc)

    def check_version(self, h):
        if not h.aux <= 1 <= h.code:
            raise Violation("BAD_VERSION", "speaks 1 to 1, peer %d to %d" % (h.aux, h.code))

    def greet(self):
        self.control(HELLO, code=1, id=frames.MAGIC, payload=frames.parameters(self.announced))

    def last_id(self, reason):
        return self.accepted

    def was_begun(self, id):
        return id % 2 == 1 and 0 < self.first <= id <= self.highest

    def on_bind(self, h, payload):
        if h.code != len(self.names) + 1 or h.code > self.announced["MAX_BINDINGS"]:
            raise Violation("PROTOCOL", "number %d, want %d" % (h.code, len(self.names) + 1))
        if not frames.NAME.fullmatch(payload):
            raise Violation("PROTOCOL", "no name of a method: %r" % payload)
        self.names.append(payload)

    def on_call(self, h, payload):
        if h.id > frames.MAX_CALL_ID:
            raise Violation("IDS_EXHAUSTED", "id %d" % h.id)
        if h.id % 2 == 0 or self.first and h.id != self.highest + 2:
            raise Violation("PROTOCOL", "id %d follows %d" % (h.id, self.highest))
        if self.slots_out == 0:
            raise Violation("FLOW", "more calls than the credit")
        if h.code > len(self.names):
            raise Violation("PROTOCOL", "nothing is bound to %d" % h.code)
        call = Call(self, h)
        self.take_credit(call, h.length)
        self.slots_out -= 1
        self.first, self.highest = self.first or h.id, h.id
        self.calls_seen += 1
        if self.drained:
            self.due_slots += 1
            return
        self.accepted = h.id
        self.calls[h.id] = call
        if h.aux:
            call.timer = self.loop.call_later(h.aux / 1e6, self.on_deadline, call)
        try:
            name, call.extensions, data = frames.parse_head(h, payload)
        except Refused as fault:
            call.body_header, call.skipping = (h, True) if h.flags & MORE else (None, False)
            return self.on_fault(call, h, fault)
        call.name = name if h.code == 0 else self.names[h.code - 1]
        self.on_body(call, h, data, h.length - len(data))

    def on_cancel(self, h, payload):
        call = self.find(h.id)
        if call is None or self.loop.time() - call.came < 1:
            self.glitch()
        if call is None or call.cancelled or call.ended:
            return
        call.cancelled = True
        status = "DEADLINE_EXCEEDED" if h.code == 1 else "CANCELLED"
        if call.task is None:
            self.skip_body(call)
            call.body_header, call.skipping = None, False  # nothing more of it comes
            self.respond(call, status, flags=UNPROCESSED)
        else:
            self.clear_output(call)
            self.stop(call, status)

    def on_deadline(self, call):
        if call.task is None:
            self.skip_body(call)
            self.respond(call, "DEADLINE_EXCEEDED", flags=UNPROCESSED)
        else:
            self.clear_output(call, keep_begun=True)
            self.stop(call, "DEADLINE_EXCEEDED")

    def stop(self, call, status, text=None):
        """Tells the handler to stop; the RESULT comes when it has."""
        call.verdict = call.verdict or (status, text)
        self.stop_reading(call)
        call.task.cancel()

    def on_whole(self, call, first, body, size):
        if first.type != CALL:
            return self.on_message(call, first, body, size)
        method = self.server.route(call)
        self.check_extensions(call.extensions)
        args = [body] if first.flags & BYTES else values.decode(body)
        if not isinstance(args, list):
            raise Refused("INVALID_ARGUMENT", "the arguments are no array")
        check_arguments(method, [call, *args])
        call.task = self.loop.create_task(method(call, *args))
        call.task.add_done_callback(lambda task: self.on_done(call, task))

    def check_extensions(self, found):
        resource = found.get(1, b"")
        try:
            resource.decode()
        except UnicodeDecodeError:
            raise Refused("INVALID_ARGUMENT", "a resource that is not UTF-8") from None
        if b"\0" in resource or len(resource) > 1024 or len(found.get(2, bytes(16))) < 16:
            raise Refused("INVALID_ARGUMENT", "a resource or view that cannot be")

    def on_fault(self, call, first, fault):
        """Ends a call because of what its payload was."""
        status = getattr(fault, "status", "INVALID_ARGUMENT")
        if call.task:
            return self.stop(call, status, str(fault))
        flags = UNPROCESSED | (NORETRY if status in frames.RETRY_NEVER else 0)
        self.respond(call, status, str(fault), flags)

    def on_done(self, call, task):
        """The handler has ended."""
        if self.closed:
            return task.cancelled() or task.exception()
        status, value = "OK", None
        fault = None if task.cancelled() else task.exception()
        if task.cancelled() or isinstance(fault, BrokenPipeError):
            status, value = call.verdict or ("CANCELLED", None)
        elif isinstance(fault, Failed):
            status, value = fault.status, fault.value
        elif fault:
            print("handler: %r" % fault, file=sys.stderr)
            status = "INTERNAL"
        else:
            value = task.result()
        self.respond(call, status, value)

    def respond(self, call, status, value=None, flags=0):
        """Ends a call with its RESULT; with none if it is ONEWAY."""
        call.ended = True
        if call.timer:
            call.timer.cancel()
        self.stop_reading(call)
        if call.flags & ONEWAY:
            return None if call.skipping else self.over(call)
        code = frames.STATUSES.index(status) if isinstance(status, str) else status
        took = int((self.loop.time() - call.came) * 1e6) if code == 0 else 0
        body = self.result(code, value, flags)
        if len(body.payload) > self.remote["MAX_MESSAGE"]:
            body = self.result(13, "a result of %d bytes" % len(body.payload), flags)
        body.aux = lambda: min(took, 2**32 - 1)
        self.queue(call, body)

    def result(self, code, value, flags):
        if isinstance(value, (bytes, bytearray)):
            return Body(RESULT, flags | BYTES, code, data=bytes(value))
        if value is None and 1 < code < 1024:
            return Body(RESULT, flags, code)
        try:
            return Body(RESULT, flags, code, data=values.encode(value))
        except values.Malformed as fault:
            return Body(RESULT, flags, 15, data=values.encode(str(fault)))

    def on_skipped(self, call, first):
        if first.type == CALL and call.flags & ONEWAY:
            self.over(call)

    def on_sent(self, call, body):
        if body.type == RESULT:
            self.over(call)

    def over(self, call):
        """Forgets a call whose RESULT is through, and returns its slot."""
        del self.calls[call.id]
        self.due_slots += 1
        self.tokens = min(1000.0, self.tokens + 1)
        self.grant()
        self.close_if_drained()

    def end_lost(self, call):
        if call.timer:
            call.timer.cancel()
        if call.task:
            call.task.cancel()

    # Drain (11.1).

    def drain(self):
        if self.closed or not self.greeted:
            return self.closed or self.close()
        self.draining = True
        self.control(GOAWAY, aux=frames.ANY)
        self.control(PING, aux=0x444E4547)

    def on_answer(self, token):
        if self.draining and not self.drained and token == 0x444E4547:
            self.drained = True
            self.control(GOAWAY, aux=self.accepted)
            self.close_if_drained()

    def on_leave(self, last, code, text):
        pass

    def close_if_drained(self):
        if self.drained and not self.calls and not self.closed:
            self.close()


class Call(AnyCall):
    """A call at the server."""

    def __init__(self, connection, h):
        super().__init__(connection, h.id, h.flags)
        self.came = connection.loop.time()
        self.name, self.extensions = b"", {}
        self.task = self.timer = None
        self.verdict = None  # why the handler was told to stop


def check_arguments(method, args):
    """Refuses arguments whose number or types, if they are annotated, a method does not take."""
    try:
        bound = inspect.signature(method).bind(*args)
    except TypeError as fault:
        raise Refused("INVALID_ARGUMENT", str(fault)) from None
    for name, value in bound.arguments.items():
        want = inspect.signature(method).parameters[name].annotation
        if want is not inspect.Parameter.empty and type(value) is not want:
            raise Refused("INVALID_ARGUMENT", "%s is no %s" % (name, want.__name__))
