"""Frames, SPEC.md chapters 5, 6 and 9: their bytes, and what a single one may hold."""

import re
import struct
from typing import NamedTuple

HELLO, CALL, RESULT, MSG, FINISH, CANCEL, CREDIT, PING, GOAWAY, BIND = range(1, 11)
MORE, BYTES, STREAM, ONEWAY, IDEMPOTENT, EXT, URGENT, BULK = (1 << bit for bit in range(8))
UNPROCESSED, NORETRY = ONEWAY, IDEMPOTENT  # the same bits, on RESULT

STATUSES = """OK APPLICATION INVALID_ARGUMENT CANCELLED DEADLINE_EXCEEDED NO_SERVICE NO_METHOD
    NO_RESOURCE PRIVATE WRONG_KIND UNAUTHENTICATED PERMISSION_DENIED RESOURCE_EXHAUSTED TOO_LARGE
    UNAVAILABLE INTERNAL WRONG_OWNER NOT_LEASED MOVED FORGOTTEN""".split()
REASONS = """NONE PROTOCOL FLOW FRAME_TOO_LARGE CALM TIMEOUT BAD_VERSION REFUSED INTERNAL
    IDS_EXHAUSTED UNAVAILABLE""".split()
RETRY_NEVER = {"INVALID_ARGUMENT", "NO_METHOD", "PRIVATE", "WRONG_KIND", "TOO_LARGE"}

MAGIC = int.from_bytes(b"LEVR", "little")
ANY = 0xFFFFFFFF  # the last id of a GOAWAY that does not know it yet
MAX_CALL_ID = 0xFFFFFF01
MAX_INCREMENT = 2**31 - 1
MIN_FRAGMENT = 1024
MAX_HEAD = 4611
CRITICAL = {1: "RESOURCE", 2: "VIEW"}

# 5.1: flags that are defined, then the ranges of length, code, id and aux.
U16, U24, U31, U32 = (0, 2**16 - 1), (0, 2**24 - 1), (0, 2**31 - 1), (0, 2**32 - 1)
ZERO, IDS = (0, 0), (1, 2**32 - 1)
ALLOWED = {
    HELLO: (0x00, (0, 4096), (1, 2**16 - 1), (MAGIC, MAGIC), U16),
    CALL: (0xFF, U24, U16, IDS, U32),
    RESULT: (0x3B, U24, U16, IDS, U32),
    MSG: (0x03, U24, ZERO, IDS, U31),
    FINISH: (0x00, ZERO, ZERO, IDS, ZERO),
    CANCEL: (0x00, ZERO, U16, IDS, ZERO),
    CREDIT: (0x00, ZERO, U16, U32, U31),
    PING: (0x00, ZERO, (0, 1), ZERO, U32),
    GOAWAY: (0x00, (0, 1024), U16, ZERO, U32),
    BIND: (0x00, (5, 511), (1, 2**16 - 1), ZERO, ZERO),
}

# 15.4 and 16: id, name, form of the value, minimum (which is what absence means), maximum.
PARAMETERS = {
    1: ("MAX_FRAME", "<I", 16384, 2**24 - 1),
    2: ("MAX_MESSAGE", "<I", 4 << 20, 2**31 - 1),
    3: ("CALLS", "<I", 64, 1 << 20),
    4: ("CONN_BYTES", "<I", 65536, 2**31 - 1),
    5: ("STREAM_BYTES", "<I", 65536, 2**31 - 1),
    6: ("MAX_BINDINGS", "<I", 0, 65535),
    7: ("IDLE_MS", "<I", 0, 2**31 - 1),
    8: ("FEATURES", "<Q", 0, 2**64 - 1),
    9: ("AUTH", bytes, b"", 3072),
    10: ("PEER", str, "", 255),
    11: ("ENVIRONMENT", str, "", 255),
    12: ("INCARNATION", "<Q", 0, 2**64 - 1),
    13: ("KEEP_MS", "<I", 0, 2**31 - 1),
}
MINIMUM = {name: least for name, _, least, _ in PARAMETERS.values()}

NAME = re.compile(rb"([A-Za-z0-9_][A-Za-z0-9._-]{2,254})/([A-Za-z0-9._-]{1,255})")


class Violation(Exception):
    """A fault in a frame: it ends the connection, with a reason."""

    def __init__(self, reason, text):
        super().__init__("%s: %s" % (reason, text))
        self.reason, self.text = reason, text


class Refused(Exception):
    """A fault in a payload: it ends its call, with a status."""

    def __init__(self, status, text):
        super().__init__("%s: %s" % (status, text))
        self.status, self.text = status, text


class Header(NamedTuple):
    length: int
    type: int
    flags: int
    code: int
    id: int
    aux: int


def parse_header(data):
    return Header._make(struct.unpack("<IBBHII", data))


def frame(type, flags=0, code=0, id=0, aux=0, payload=b""):
    return struct.pack("<IBBHII", len(payload), type, flags, code, id, aux) + payload


def check(h, max_frame):
    """Refuses what a header may not hold, whatever the state (5.3)."""
    if h.length > max_frame:
        raise Violation("FRAME_TOO_LARGE", "%d bytes, at most %d are taken" % (h.length, max_frame))
    if h.type >= 0x80:
        return
    if h.type not in ALLOWED:
        raise Violation("PROTOCOL", "type %d is reserved" % h.type)
    flags, length, code, id, aux = ALLOWED[h.type]
    for what, n, (low, high) in (
        ("length", h.length, length), ("code", h.code, code), ("id", h.id, id), ("aux", h.aux, aux)
    ):
        if not low <= n <= high:
            flow = what == "aux" and h.type in (MSG, CREDIT)
            raise Violation("FLOW" if flow else "PROTOCOL", "%s is %d" % (what, n))
    if h.flags & ~flags or not _fit_together(h):
        raise Violation("PROTOCOL", "flags are %02x" % h.flags)
    if h.type in (CALL, RESULT, MSG) and h.flags & MORE and h.length < MIN_FRAGMENT:
        raise Violation("PROTOCOL", "a fragment of %d bytes" % h.length)
    if h.type == CREDIT and h.id and h.code:
        raise Violation("PROTOCOL", "call slots on a call")
    if h.type == CREDIT and not h.code and not h.aux:
        raise Violation("FLOW", "credit that grants nothing")


def _fit_together(h):
    if h.type == CALL:
        return not (h.flags & URGENT and h.flags & BULK or h.flags & STREAM and h.flags & ONEWAY)
    return not (h.type == RESULT and h.code == 0 and h.flags & (UNPROCESSED | NORETRY))


def parse_parameters(payload):
    """Reads the parameters of a HELLO; those that are absent have their minimum."""
    found, seen = dict(MINIMUM), set()
    for id, value in _entries(payload, "<HH", lambda text: Violation("PROTOCOL", text)):
        if id in seen or len(seen) == 64:
            raise Violation("PROTOCOL", "parameter %d twice, or more than 64" % id)
        seen.add(id)
        if id in PARAMETERS:
            name, form, low, high = PARAMETERS[id]
            found[name] = _parameter(name, form, low, high, value)
    return found


def _parameter(name, form, low, high, value):
    if form in (bytes, str):
        if len(value) > high:
            raise Violation("PROTOCOL", "%s of %d bytes" % (name, len(value)))
        try:
            return value if form is bytes else value.decode()
        except UnicodeDecodeError:
            raise Violation("PROTOCOL", name + " is not UTF-8") from None
    if len(value) != struct.calcsize(form):
        raise Violation("PROTOCOL", "%s in %d bytes" % (name, len(value)))
    n = struct.unpack(form, value)[0]
    if not low <= n <= high or (name == "IDLE_MS" and 0 < n < 100):
        raise Violation("PROTOCOL", "%s is %d" % (name, n))
    return n


def parameters(values):
    """Gives the payload of a HELLO with these parameters, by name, and one of grease."""
    payload = b""
    for id, (name, form, _, _) in PARAMETERS.items():
        if name in values:
            v = values[name]
            b = v if form is bytes else v.encode() if form is str else struct.pack(form, v)
            payload += struct.pack("<HH", id, len(b)) + b
    return payload + struct.pack("<HH", 0x1A1A, 0)


def parse_head(h, payload):
    """Cuts the head off the payload of a CALL or RESULT: name, extensions by id, and the rest."""
    at, name = 0, None
    if h.type == CALL and h.code == 0:
        name, at = _sized(payload, 0, "name")
        if not 5 <= len(name) <= 511:
            raise Refused("INVALID_ARGUMENT", "a name of %d bytes" % len(name))
    extensions = {}
    if h.flags & EXT:
        block, at = _sized(payload, at, "extensions")
        extensions = parse_extensions(block)
    return name, extensions, payload[at:]


def _sized(payload, at, what):
    end = at + 2 + int.from_bytes(payload[at : at + 2], "little")
    if len(payload) < at + 2 or len(payload) < end:
        raise Refused("INVALID_ARGUMENT", what + " that the frame cuts short")
    return payload[at + 2 : end], end


def parse_extensions(block):
    """Reads an extension block (9.3)."""
    if len(block) > 4096:
        raise Refused("INVALID_ARGUMENT", "extensions of %d bytes" % len(block))
    found, cost = {}, 0
    for id, value in _entries(block, "<BH", lambda text: Refused("INVALID_ARGUMENT", text)):
        cost += len(value) + 32
        if id in found or len(found) == 64 or cost > 4096:
            raise Refused("INVALID_ARGUMENT", "extension %d twice, or too many" % id)
        found[id] = value
    for id in found:
        if id < 0x80 and id not in CRITICAL:
            raise Refused("INVALID_ARGUMENT", "extension %d is not known" % id)
    return found


def extensions(values):
    """Gives an extension block with its size in front."""
    block = b"".join(struct.pack("<BH", id, len(v)) + v for id, v in values.items())
    return struct.pack("<H", len(block)) + block


def _entries(data, form, fault):
    at, size = 0, struct.calcsize(form)
    while at < len(data):
        if len(data) - at < size:
            raise fault("%d bytes at the end" % (len(data) - at))
        id, n = struct.unpack_from(form, data, at)
        at += size
        if n > len(data) - at:
            raise fault("entry %d is cut short" % id)
        yield id, data[at : at + n]
        at += n
