"""The client that ../../conformance/README.md asks for: commands come on the standard input, news
go to the standard output, a line of JSON each.

    python3 subject_client.py [certificate.pem]
"""

import asyncio
import json
import sys

from lever import frames, values
from lever.call import Failed
from lever.client import Client
from lever.link import context

CLASSES = {"urgent": frames.URGENT, "bulk": frames.BULK}


def tell(event, **fields):
    print(json.dumps({"event": event, **fields}), flush=True)


def given(command):
    """Gives the bytes, or else None, that a command has."""
    if "fill" in command:
        return b"a" * command["fill"]
    return bytes.fromhex(command["bytes"]) if "bytes" in command else None


def shown(value):
    return {"bytes": value.hex()} if isinstance(value, bytes) else {"value": value}


class Puppet:
    def __init__(self):
        self.client, self.calls, self.tasks = None, {}, set()

    async def do(self, command):
        what, name = command["do"], command.get("call")
        if command.get("retries"):
            sys.exit(127)  # it repeats nothing by itself
        elif what == "connect":
            tls = context(False, *sys.argv[1:]) if command["addr"].startswith("tls:") else None
            self.client = Client(command["addr"], tls)
        elif what == "call":
            await self.call(name, command)
        elif what == "message":
            data = given(command)
            self.spawn(self.calls[name].send(command["value"] if data is None else data))
        elif what == "finish":
            self.spawn(self.calls[name].finish())
        elif what == "cancel":
            self.calls[name].cancel()
        elif what == "close":
            self.client.close()
        else:
            tell("unsupported")

    async def call(self, name, command):
        extensions = {}
        if "resource" in command:
            extensions[0x01] = command["resource"].encode()
        if "key" in command:
            extensions[0x83] = bytes.fromhex(command["key"])
        flags = CLASSES.get(command.get("class"), 0)
        flags |= frames.ONEWAY if command.get("oneway") else 0
        flags |= frames.IDEMPOTENT if command.get("idempotent") else 0
        data = given(command)
        timeout = command["timeout_ms"] / 1000 if "timeout_ms" in command else None
        args = command.get("args", []) if data is None else data
        call = await self.client.start(command["method"], args, flags, timeout, extensions)
        self.calls[name] = call
        self.spawn(self.watch(name, call))

    async def watch(self, name, call):
        """Tells what comes on a call."""
        async for message in call:
            tell("message", call=name, **shown(message))
        try:
            value = await call.result
            tell("result", call=name, status="OK", effect="executed", **shown(value))
        except Failed as f:
            status = frames.STATUSES[f.status] if f.status < len(frames.STATUSES) else str(f.status)
            tell("result", call=name, status=status, effect=f.effect, **shown(f.value))

    def spawn(self, work):
        """Runs work beside the commands, which come in order whatever becomes of it."""
        async def quietly():
            try:
                await work
            except (BrokenPipeError, Failed):
                pass  # the result tells

        task = asyncio.ensure_future(quietly())
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)


async def main():
    puppet, loop = Puppet(), asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        await puppet.do(json.loads(line, parse_int=values.number, parse_float=values.number))


asyncio.run(main())
