"""The server that ../../conformance/README.md asks for.

    python3 subject_server.py tcp://127.0.0.1:0 [certificate.pem key.pem]

It writes its address on its first line, and drains when its standard input ends.
"""

import asyncio
import sys

from lever.call import Failed
from lever.link import context
from lever.server import Server

counts = {}


async def echo(call, x):
    return x


async def echoBytes(call, b: bytes):
    return b


async def fail(call, code: int):
    raise Failed(code, "failed" if code == 1 or code >= 1024 else None)


async def sleep(call, ms: int):
    await asyncio.sleep(ms / 1000)


async def count(call, key: str):
    counts[key] = counts.get(key, 0) + 1
    return counts[key]


async def big(call, n: int):
    return b"a" * n


async def echoChan(call):
    async for message in call:
        await call.send(message)


async def sinkChan(call):
    async for _ in call:
        pass


async def floodChan(call, n: int, size: int):
    for i in range(n):
        await call.send(bytes([i % 256]) * size)


async def holdChan(call):
    await asyncio.Event().wait()


async def main(addr, *tls):
    methods = [echo, echoBytes, fail, sleep, count, big, echoChan, sinkChan, floodChan, holdChan]
    server = Server("conformance", {method.__name__: method for method in methods})
    print(await server.listen(addr, context(True, *tls) if tls else None), flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await server.drain()


asyncio.run(main(*sys.argv[1:]))
