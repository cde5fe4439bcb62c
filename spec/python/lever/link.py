"""Connections by tcp://, tls:// and unix://, SPEC.md chapter 3."""

import asyncio
import ssl


def context(server, certificate=None, key=None):
    """Gives what TLS needs. A client takes certificates that the given one, or the system, vouches
    for; a server shows its own."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER if server else ssl.PROTOCOL_TLS_CLIENT)
    tls.minimum_version = ssl.TLSVersion.TLSv1_2
    tls.set_alpn_protocols(["lever/1"])
    if server:
        tls.load_cert_chain(certificate, key)
    elif certificate:
        tls.load_verify_locations(certificate)
    else:
        tls.load_default_certs()
    return tls


def parse(addr):
    scheme, _, rest = addr.partition("://")
    if scheme == "unix":
        return scheme, rest, None
    host, _, port = rest.rpartition(":")
    if scheme not in ("tcp", "tls") or not host:
        raise ValueError("no address: " + addr)
    return scheme, host.strip("[]"), int(port)


async def dial(addr, protocol, tls=None):
    """Connects, and gives the protocol."""
    scheme, host, port = parse(addr)
    loop = asyncio.get_running_loop()
    if scheme == "unix":
        return (await loop.create_unix_connection(protocol, host))[1]
    tls = (tls or context(False)) if scheme == "tls" else None
    return (await loop.create_connection(protocol, host, port, ssl=tls))[1]


async def listen(addr, protocol, tls=None):
    """Listens, and gives the listener and its address."""
    scheme, host, port = parse(addr)
    loop = asyncio.get_running_loop()
    if scheme == "unix":
        return await loop.create_unix_server(protocol, host), addr
    tls = tls if scheme == "tls" else None
    listener = await loop.create_server(protocol, host, port, ssl=tls)
    return listener, "%s://%s:%d" % (scheme, host, listener.sockets[0].getsockname()[1])
