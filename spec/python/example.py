"""Calls a server under test (../../conformance/README.md) in every way there is, and checks what
comes back.

    python3 example.py tcp://127.0.0.1:7400 [certificate.pem]
"""

import asyncio
import sys

from lever import frames
from lever.call import Failed
from lever.client import Client
from lever.link import context


async def main(addr, *certificate):
    client = Client(addr, context(False, *certificate) if certificate else None)

    # Values, and raw bytes, which are in several frames when they are many.
    value = {"name": "Ann", "sizes": [1, -2, 2.5, 2**63], "none": None, "raw": b"\0\xff"}
    check(await client.call("conformance/echo", value), value)
    large = bytes(range(250)) * 1200
    check(await client.call("conformance/echoBytes", large), large)
    check(await client.call("conformance/echo", "x" * 300_000), "x" * 300_000)

    # Errors tell whether the call ran.
    check(await failure(client.call("conformance/fail", 1024)), (1024, "executed"))
    check(await failure(client.call("conformance/nope")), (6, "not-executed"))
    slow = client.call("conformance/sleep", 60_000, timeout=0.05)
    check((await failure(slow))[0], 4)  # it may have run, or the server says so first

    # A call that is given up; the connection goes on.
    call = await client.start("conformance/sleep", [60_000])
    call.cancel()
    check(await failure(call.result), (3, "maybe"))

    # Both directions of a stream are independent.
    stream = await client.start("conformance/echoChan", [])
    sent = [1, "two", b"three", large, {"four": 4}]
    writing = asyncio.ensure_future(write(stream, sent))
    check([message async for message in stream], sent)
    await writing
    check(await stream.result, None)
    stream = await client.start("conformance/floodChan", [40, 10_000])
    check(sum([len(message) async for message in stream]), 400_000)

    # Many calls at once, of which an urgent one passes those in bulk.
    calls = [client.call("conformance/echoBytes", large, flags=frames.BULK) for _ in range(8)]
    urgent = client.call("conformance/echo", 7, flags=frames.URGENT)
    *results, last = await asyncio.gather(*calls, urgent)
    check((results, last), ([large] * 8, 7))

    connection = client.connection
    client.close()
    await asyncio.wait_for(connection.lost, 10)
    print("all is well")


async def write(stream, messages):
    for message in messages:
        await stream.send(message)
    await stream.finish()


async def failure(call):
    try:
        raise AssertionError("no failure, but %r" % await call)
    except Failed as f:
        return f.status, f.effect


def check(got, want):
    if got != want:
        raise AssertionError("got %.200r, want %.200r" % (got, want))


asyncio.run(main(*sys.argv[1:]))
