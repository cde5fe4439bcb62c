"""Bodies that go out, SPEC.md 8.2, 8.4 and 8.5."""

from . import frames
from .frames import BULK, CALL, MORE, MSG, RESULT, URGENT


class Output:
    """The part of a connection that sends bodies, in turns, as credit allows."""

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
