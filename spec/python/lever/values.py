"""Values, SPEC.md chapter 4.

None, bool, int, float, str, bytes, list and dict stand for themselves. Number is the text of a
number that neither 64 bits nor a binary64 hold.
"""

import json
import math
import struct

MAX_DEPTH = 128
VECTORS = "Bhiqfd"  # the kinds of vectors, as the struct module writes them


class Malformed(ValueError):
    """Bytes that are no value, or a value that has no bytes."""


class Number(str):
    """The text of a number, as JSON writes it, that no other type here can hold."""


def number(text):
    """Reads the text of a JSON number: int, float or Number (4.3)."""
    mantissa = text.lstrip("-").lower().split("e")[0]
    if mantissa == text.lstrip("-") and "." not in text:
        if text == "-0":
            return -0.0
        n = int(text) if len(text) < 400 else None
        if n is not None and -(2**63) <= n < 2**64:
            return n
        try:
            return float(n) if int(float(n)) == n else Number(text)
        except (OverflowError, TypeError):
            return Number(text)
    f = float(text)
    digits = mantissa.replace(".", "").lstrip("0")
    if math.isinf(f) or (f == 0 and digits):
        return Number(text)
    if len(digits.rstrip("0")) > 17 and not _exactly(f, text):
        return Number(text)
    return f


def _exactly(f, text):
    """Says whether a float is the number of the text. Only exponents near 0 can be."""
    from fractions import Fraction

    exponent = text.lower().partition("e")[2] or "0"
    return abs(int(exponent)) < 20_000 and Fraction(text) == Fraction(f)


def from_json(text):
    """Turns JSON text into a value. Objects with the one member "$bytes" are raw bytes."""
    return json.loads(text, parse_int=number, parse_float=number, object_pairs_hook=_object)


def _object(pairs):
    value = dict(pairs)
    if len(value) != len(pairs):
        raise Malformed("a key stands twice")
    if list(value) == ["$bytes"] and isinstance(value["$bytes"], str):
        import base64

        return base64.b64decode(value["$bytes"], validate=True)
    return value


def encode(value, canonical=False, depth=0):
    """Gives the bytes of a value: its normal form, or the canonical one (4.4)."""
    if value is None:
        return b"\xd0"
    if isinstance(value, bool):
        return b"\xd2" if value else b"\xd1"
    if isinstance(value, int):
        return _integer(value)
    if isinstance(value, float):
        return _float(value, canonical)
    if isinstance(value, Number):
        if not isinstance(number(value), Number):
            raise Malformed("%s has another form" % value)
        value = _scientific(value) if canonical else value
        return b"\xd6" + varint(len(value)) + value.encode()
    if isinstance(value, str):
        text = value.encode()
        return (bytes([0x40 + len(text)]) if len(text) < 64 else b"\xd7" + varint(len(text))) + text
    if isinstance(value, (bytes, bytearray)):
        return b"\xd8" + varint(len(value)) + bytes(value)
    if depth == MAX_DEPTH:
        raise Malformed("more than %d containers inside each other" % MAX_DEPTH)
    if isinstance(value, dict):
        members = [(k.encode(), v) for k, v in value.items()]
        if canonical:
            members.sort(key=lambda member: member[0])
        parts = (varint(len(k)) + k + encode(v, canonical, depth + 1) for k, v in members)
        return _container(0x90, len(members), b"".join(parts))
    if isinstance(value, (list, tuple)):
        parts = (encode(item, canonical, depth + 1) for item in value)
        return _container(0x80, len(value), b"".join(parts))
    raise Malformed("no value: %r" % type(value))


def _scientific(text):
    """Gives the one text of a number literal (4.4)."""
    sign, text = ("-", text[1:]) if text[0] == "-" else ("", text)
    mantissa, _, power = text.lower().partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    exponent = int(power or "0") - len(fraction) + len(digits) - 1
    digits = digits.rstrip("0")
    text = sign + digits[0] + ("." + digits[1:] if digits[1:] else "") + "e%d" % exponent
    if isinstance(number(text), Number):
        return text
    return sign + digits + "0" * (exponent + 1 - len(digits))


def _integer(n):
    if 0 <= n < 64:
        return bytes([n])
    if -16 <= n < 0:
        return bytes([0xBF - n])
    if not -(2**63) <= n < 2**64:
        return encode(number(str(n)))
    tag, n = (0xB0, n) if n > 0 else (0xB8, -1 - n)
    size = (n.bit_length() + 7) // 8
    return bytes([tag + size - 1]) + n.to_bytes(size, "little")


def _float(f, canonical):
    if not math.isfinite(f):
        raise Malformed("a float that is not finite")
    if canonical and f.is_integer() and abs(f) < 2**53 and (f or math.copysign(1, f) > 0):
        return _integer(int(f))
    if _short(f):
        return b"\xd4" + struct.pack("<f", f)
    return b"\xd5" + struct.pack("<d", f)


def _short(f):
    """Says whether binary32 holds the float exactly."""
    try:
        return struct.unpack("<f", struct.pack("<f", f))[0] == f
    except OverflowError:
        return False


def _container(tag, count, inner):
    head = bytes([tag + count]) if count < 15 else bytes([tag + 15]) + varint(count)
    return head + (varint(len(inner)) + inner if count else b"")


def varint(n):
    if n < 240:
        return bytes([n])
    if n < 2288:
        return bytes([0xF0 + (n - 240 >> 8), n - 240 & 0xFF])
    if n < 2**16:
        return b"\xf8" + struct.pack("<H", n)
    if n < 2**32:
        return b"\xf9" + struct.pack("<I", n)
    raise Malformed("a value is at most 2^31 - 1 bytes")


def decode(data):
    """Gives the value whose bytes these are, all of them."""
    reader = _Reader(data)
    value = reader.value(len(data), 0)
    if reader.at != len(data):
        raise Malformed("offset %d: bytes follow the value" % reader.at)
    return value


class _Reader:
    """Reads values from data, of which the first `at` bytes are read."""

    def __init__(self, data):
        self.data, self.at = bytes(data), 0

    def fail(self, what):
        raise Malformed("offset %d: %s" % (self.at, what))

    def take(self, n, end):
        if n > end - self.at:
            self.fail("%d bytes, and %d are left" % (n, end - self.at))
        self.at += n
        return self.data[self.at - n : self.at]

    def varint(self, end):
        first = self.take(1, end)[0]
        if first < 0xF0:
            return first
        if first < 0xF8:
            return 240 + (first - 0xF0) * 256 + self.take(1, end)[0]
        if first > 0xF9:
            self.fail("no varint begins with %02x" % first)
        size, least = (2, 2288) if first == 0xF8 else (4, 2**16)
        n = int.from_bytes(self.take(size, end), "little")
        if n < least:
            self.fail("a varint that has a shorter form")
        return n

    def text(self, n, end):
        try:
            return self.take(n, end).decode()
        except UnicodeDecodeError:
            self.fail("not UTF-8")

    def value(self, end, depth):
        tag = self.take(1, end)[0]
        if tag < 0x40:
            return tag
        if tag < 0x80:
            return self.text(tag - 0x40, end)
        if tag < 0xA0:
            return self.container(tag, end, depth + 1)
        if 0xB0 <= tag < 0xC0:
            return self.integer(tag, end)
        if 0xC0 <= tag < 0xD0:
            return 0xBF - tag
        if 0xD0 <= tag <= 0xD2:
            return {0xD0: None, 0xD1: False, 0xD2: True}[tag]
        if tag == 0xD4:
            return self.finite(struct.unpack("<f", self.take(4, end))[0])
        if tag == 0xD5:
            f = self.finite(struct.unpack("<d", self.take(8, end))[0])
            return f if not _short(f) else self.fail("binary32 holds this float")
        if tag == 0xD6:
            return self.number(end)
        if tag == 0xD7:
            n = self.varint(end)
            return self.text(n, end) if n >= 64 else self.fail("a string with a shorter form")
        if tag == 0xD8:
            return self.take(self.varint(end), end)
        if tag == 0xD9:
            return self.vector(end, depth + 1)
        return self.fail("no value has the tag %02x" % tag)

    def integer(self, tag, end):
        size = (tag & 7) + 1
        data = self.take(size, end)
        n = int.from_bytes(data, "little")
        if data[-1] == 0 or n < (64 if tag < 0xB8 else 16):
            self.fail("an integer that has a shorter form")
        if tag < 0xB8:
            return n
        return -1 - n if n < 2**63 else self.fail("an integer below -2^63")

    def finite(self, f):
        return f if math.isfinite(f) else self.fail("a float that is not finite")

    def number(self, end):
        text = self.text(self.varint(end), end)
        try:
            value = json.loads(text, parse_int=number, parse_float=number)
        except ValueError:
            value = None
        # JSON allows space around it, and other values.
        if not isinstance(value, Number) or value != text:
            self.fail("no number, or one that has another form")
        return value

    def vector(self, end, depth):
        self.check_depth(depth)
        kind = self.take(1, end)[0]
        if kind >= len(VECTORS):
            self.fail("no kind %d of vectors" % kind)
        count = self.varint(end)
        if count == 0:
            self.fail("a vector of 0 elements")
        width = struct.calcsize("<" + VECTORS[kind])
        items = struct.unpack("<%d%s" % (count, VECTORS[kind]), self.take(count * width, end))
        return [self.finite(x) for x in items] if kind >= 4 else list(items)

    def container(self, tag, end, depth):
        self.check_depth(depth)
        is_object, count = tag >= 0x90, tag & 15
        if count == 15:
            count = self.varint(end)
            if count < 15:
                self.fail("a count that has a shorter form")
        if count == 0:
            return {} if is_object else []
        size = self.varint(end)
        if size > end - self.at:
            self.fail("a size of %d, and %d bytes are left" % (size, end - self.at))
        if count * (2 if is_object else 1) > size:
            self.fail("%d things in %d bytes" % (count, size))
        end = self.at + size
        value = self.members(count, end, depth) if is_object else [
            self.value(end, depth) for _ in range(count)
        ]
        return value if self.at == end else self.fail("items end before their size")

    def members(self, count, end, depth):
        value = {}
        for _ in range(count):
            key = self.text(self.varint(end), end)
            if key in value:
                self.fail("the key %r twice" % key)
            value[key] = self.value(end, depth)
        return value

    def check_depth(self, depth):
        if depth > MAX_DEPTH:
            self.fail("more than %d containers inside each other" % MAX_DEPTH)
