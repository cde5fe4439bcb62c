"""Answers a line of standard input with a line: a value by its canonical form, a header by "ok".

"value HEX" and "header HEX" are the questions; what SPEC.md does not allow is answered by "no".
Whoever compares two implementations on bytes that nobody has written down asks both.
"""

import sys

from lever import frames, values


def verdict(kind, data):
    try:
        if kind == "value":
            return values.encode(values.decode(data), canonical=True).hex()
        frames.check(frames.parse_header(data), frames.U24[1])
        return "ok"
    except (values.Malformed, frames.Violation):
        return "no"


for line in sys.stdin:
    kind, _, text = line.strip().partition(" ")
    print(verdict(kind, bytes.fromhex(text)))
