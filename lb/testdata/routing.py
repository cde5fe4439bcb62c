"""Routes resources as SPEC says, in another language than the engine, and compares.

Usage: routing.py routing.json   It checks every vector with members in several orders, and
prints how many it has checked, or the first that differs.
"""
import json
import random
import struct
import sys

MASK = (1 << 64) - 1
P1, P2, P3, P4, P5 = (0x9E3779B185EBCA87, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9,
                      0x85EBCA77C2B2AE63, 0x27D4EB2F165667C5)


def rotate(x, n):
    return (x << n | x >> 64 - n) & MASK


def step(acc, lane):
    return rotate((acc + lane * P2) & MASK, 31) * P1 & MASK


def xxh64(data):
    """XXH64 with seed 0."""
    n, at = len(data), 0
    if n >= 32:
        acc = [(P1 + P2) & MASK, P2, 0, -P1 & MASK]
        while at + 32 <= n:
            for i, lane in enumerate(struct.unpack_from("<4Q", data, at)):
                acc[i] = step(acc[i], lane)
            at += 32
        h = sum(rotate(a, r) for a, r in zip(acc, (1, 7, 12, 18))) & MASK
        for a in acc:
            h = ((h ^ step(0, a)) * P1 + P4) & MASK
    else:
        h = P5
    h = (h + n) & MASK
    while at + 8 <= n:
        lane, = struct.unpack_from("<Q", data, at)
        h = (rotate(h ^ step(0, lane), 27) * P1 + P4) & MASK
        at += 8
    if at + 4 <= n:
        lane, = struct.unpack_from("<I", data, at)
        h = (rotate(h ^ lane * P1 & MASK, 23) * P2 + P3) & MASK
        at += 4
    for byte in data[at:]:
        h = rotate(h ^ byte * P5 & MASK, 11) * P1 & MASK
    for shift, factor in ((33, P2), (29, P3), (32, 1)):
        h = (h ^ h >> shift) * factor & MASK
    return h


def rank(slot, members):
    """The ids of the members, the owner first."""
    def ticket(m):
        return max(xxh64(struct.pack("<II", slot, t) + m["id"].encode()) for t in range(m["weight"]))
    return [m["id"] for m in sorted(members, key=lambda m: (-ticket(m), m["id"].encode()))]


def digest(members):
    lines = ["%s\0%d\0%d\n" % (m["id"], m["weight"], m["incarnation"])
             for m in sorted(members, key=lambda m: m["id"].encode())]
    return xxh64("".join(lines).encode())


def main():
    checked = 0
    for fleet in json.load(open(sys.argv[1], encoding="utf-8")):
        members = fleet["members"]
        random.shuffle(members)
        if digest(members) != int(fleet["digest"], 16):
            sys.exit("digest of %r: %x" % (members, digest(members)))
        for v in fleet["vectors"]:
            slot = xxh64(v["resource"].encode()) >> 64 - fleet["bits"]
            got = [slot] + (rank(slot, members) + [""])[:2]
            if got != [v["slot"], v["owner"], v["deputy"]]:
                sys.exit("%r: got %r, want %r" % (v["resource"], got, v))
            checked += 1
    print(checked, "vectors agree")


main()
