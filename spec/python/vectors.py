"""Holds this implementation to the vectors of a folder: ../../conformance/vectors if none is given.

It prints what differs, and exits with 1 if anything does.
"""

import json
import pathlib
import re
import sys

from lever import frames, values
from lever.frames import Refused, Violation

FLAGS = {
    frames.CALL: "MORE BYTES STREAM ONEWAY IDEMPOTENT EXT URGENT BULK".split(),
    frames.RESULT: "MORE BYTES 0x04 UNPROCESSED NORETRY EXT".split(),
    frames.MSG: "MORE BYTES".split(),
}
NAMES = "HELLO CALL RESULT MSG FINISH CANCEL CREDIT PING GOAWAY BIND".split()


def unhex(text):
    """Reads pairs of digits; 61*3 is the byte 61 three times."""
    parts = re.findall(r"([0-9a-f]{2})(?:\*(\d+))?", text)
    return b"".join(bytes.fromhex(pair) * int(count or 1) for pair, count in parts)


def same(a, b):
    return repr(a) == repr(b)  # tells 1 from 1.0, and 0.0 from -0.0


def value_valid(v):
    data, want = unhex(v["hex"]), values.from_json(v["value"])
    got = values.decode(data)
    if not same(got, want):
        return "is %r, want %r" % (got, want)
    if not v["id"].startswith("vector/") and values.encode(want) != data:
        return "is written as " + values.encode(want).hex()
    return None


def value_invalid(v):
    try:
        return "is taken as %r" % values.decode(unhex(v["hex"]))
    except values.Malformed:
        return None


def meaning(data, max_frame=frames.U24[1]):
    """Says what a frame means, in the words of the vectors."""
    h = frames.parse_header(data[:16])
    frames.check(h, max_frame)
    payload = data[16:]
    known = 1 <= h.type <= len(NAMES)
    names = FLAGS.get(h.type, ["0x%02x" % (1 << bit) for bit in range(8)])
    means = {
        "type": NAMES[h.type - 1] if known else "0x%02x" % h.type, "length": h.length,
        "flags": [name for bit, name in enumerate(names) if h.flags >> bit & 1],
        "code": h.code, "id": h.id, "aux": h.aux,
    }
    if h.type == frames.HELLO:
        means["params"] = frames.parse_parameters(payload)
        means["params"]["AUTH"] = means["params"]["AUTH"].hex()
    if h.type == frames.BIND:
        if not frames.NAME.fullmatch(payload):
            raise Violation("PROTOCOL", "the name of BIND")
        means["name"] = payload.decode()
    if h.type in (frames.CALL, frames.RESULT):
        name, extensions, body = frames.parse_head(h, payload)
        if name is not None:
            if not frames.NAME.fullmatch(name):
                raise Refused("INVALID_ARGUMENT", "the name of CALL")
            means["name"] = name.decode()
        if extensions:
            means["extensions"] = [{"id": i, "value": e.hex()} for i, e in extensions.items()]
        if len(body) < len(payload):
            means["body_at"] = len(payload) - len(body)
    return means


def frame_valid(v):
    got, want = meaning(unhex(v["hex"])), dict(v["frame"])
    if "params" in want:
        got["params"] = {name: got["params"][name] for name in want["params"]}
    return None if same(sorted(got.items()), sorted(want.items())) else "means %r" % got


def frame_invalid(v):
    try:
        return "means %r" % meaning(unhex(v["hex"]))
    except Violation as fault:
        ok = fault.reason in v["error"].get("reason", ())
    except Refused as fault:
        status = "INTERNAL" if v.get("from") == "server" else fault.status
        ok = status == v["error"].get("call")
    return None if ok else "leads to another error"


def main(folder):
    wrong = count = 0
    for check in value_valid, value_invalid, frame_valid, frame_invalid:
        name = check.__name__.replace("_", "-") + ".json"
        for v in json.loads((folder / name).read_text()):
            count += 1
            try:
                fault = check(v)
            except (values.Malformed, Violation, Refused) as error:
                fault = "is refused: %s" % error
            if fault:
                wrong += 1
                print("%s: %s: %s" % (name, v["id"], fault[:200]))
    print("%d vectors, %d differ" % (count, wrong))
    sys.exit(wrong > 0)


here = pathlib.Path(__file__).resolve().parent
main(pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else here / "../../conformance/vectors")
