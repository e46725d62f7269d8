"""Damage to files: bytes anywhere, lengths, and JSON, tables and PNG that fit again.

Every function takes its own dice, so that one number makes one mutation.
"""

from __future__ import annotations

import copy
import json
import re
import struct
import zlib
from random import Random
from typing import Any

LENGTHS = (0, 1, 2, 3, 8, 63, 255, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, 2**62, 2**64 - 1)
WORDS = ("", "1e999", "nan", "-inf", "0x10", "1_0", "9" * 400, '"', "#", "\x85", "\u2028", "٣", ";")


def damaged(content: bytes, rng: Random) -> bytes:
    """A few of: flipped, cut, spliced, doubled or deleted bytes, and other lengths."""
    for _ in range(rng.choice((1, 1, 1, 2, 5))):
        content = rng.choice(_DAMAGE)(content, rng)
    return content


def _span(content: bytes, rng: Random) -> tuple[int, int]:
    start = rng.randrange(len(content) + 1)
    return start, min(len(content), start + rng.choice((1, 2, 4, 16, 200, 5000)))


def _flip(content: bytes, rng: Random) -> bytes:
    changed = bytearray(content)
    for _ in range(rng.choice((1, 1, 3, 30))):
        if changed:
            changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _cut(content: bytes, rng: Random) -> bytes:
    return content[: rng.randrange(len(content) + 1)]


def _delete(content: bytes, rng: Random) -> bytes:
    start, stop = _span(content, rng)
    return content[:start] + content[stop:]


def _double(content: bytes, rng: Random) -> bytes:
    start, stop = _span(content, rng)
    return content[:stop] + content[start:stop] * rng.choice((1, 2, 300)) + content[stop:]


def _splice(content: bytes, rng: Random) -> bytes:
    start, stop = _span(content, rng)
    at = rng.randrange(len(content) + 1)
    return content[:at] + content[start:stop] + content[at + stop - start :]


def _noise(content: bytes, rng: Random) -> bytes:
    start, stop = _span(content, rng)
    return content[:start] + rng.randbytes(stop - start) + content[stop:]


def _length(content: bytes, rng: Random) -> bytes:
    form = rng.choice(("<H", ">H", "<L", ">L", "<Q"))
    size = struct.calcsize(form)
    value = rng.choice(LENGTHS) & (256**size - 1)
    head = rng.random() < 0.5
    at = rng.randrange(min(len(content), 80) + 1 if head else len(content) + 1)
    return content[:at] + struct.pack(form, value) + content[at + size :]


_DAMAGE = (_flip, _cut, _delete, _double, _splice, _noise, _length)


# --- JSON ---------------------------------------------------------------------------------------


def odd_value(rng: Random) -> Any:
    """A value that hardly any field takes."""
    deep: Any = 0
    for _ in range(rng.choice((3, 60, 900))):
        deep = [deep] if rng.random() < 0.9 else {"a": deep}
    simple = (None, True, False, 0, -1, 0.5, 2**31, 2**53, 2**64, 10**400, 1e308, -0.0, "", [], {})
    text = ("x" * 100_000, "a\nb", "\u2028", "😀", "custom", "reflow", "chain", "trajectories")
    numbers = (float("nan"), float("inf"), -float("inf"), 5e-324)
    lists = ([0] * 5000, [[0.0, 1.0] for _ in range(300)], [{}] * 300, deep)
    return rng.choice((*simple, *text, *numbers, *lists))


def odd_json(content: bytes, rng: Random) -> bytes:
    """The JSON with a few of its values replaced, removed or doubled."""
    try:
        value = json.loads(content)
        for _ in range(rng.choice((1, 1, 2, 3, 8))):
            change(value, rng)
        return json.dumps(value).encode()
    except (ValueError, RecursionError, IndexError, TypeError):  # no JSON, or nothing in it
        return damaged(content, rng)


def change(value: Any, rng: Random) -> None:
    """Change something at a random place inside, mostly deep inside."""
    at = value
    while True:
        keys = list(at) if isinstance(at, dict) else list(range(len(at)))
        inner = [key for key in keys if isinstance(at[key], (dict, list)) and at[key]]
        if not inner or rng.random() < 0.1:
            break
        at = at[rng.choice(inner)]
    _change_one(at, rng.choice(keys), rng)


def _change_one(at: Any, key: Any, rng: Random) -> None:
    what, old = rng.random(), at[key]
    number = isinstance(old, (int, float)) and not isinstance(old, bool)
    if number and what < 0.2:
        at[key] = rng.choice((old * 2, old + 1, -old, old - 1, 0, 1, 0.3))
    elif what < 0.7:
        at[key] = odd_value(rng)
    elif what < 0.85:
        del at[key]
    elif isinstance(at, dict):
        at[rng.choice(("", "kind", "seed", "x" * 300, "a\nb", *at))] = odd_value(rng)
    else:
        many = len(json.dumps(old)) < 300
        at.extend(copy.deepcopy(old) for _ in range(rng.choice((1, 700 if many else 3))))


# --- pictures and tables --------------------------------------------------------------------------


def odd_png(content: bytes, rng: Random) -> bytes:
    """A PNG with one of its chunks changed, and the checksum of that one right."""
    chunks, at = [], 8
    while at + 12 <= len(content):
        size = int.from_bytes(content[at : at + 4], "big")
        chunks.append((content[at + 4 : at + 8], content[at + 8 : at + 8 + size]))
        at += 12 + size
    k = rng.choice((0, rng.randrange(len(chunks))))
    chunks[k] = (chunks[k][0], damaged(chunks[k][1], rng))
    if rng.random() < 0.2:
        chunks.insert(rng.randrange(len(chunks)), rng.choice(chunks))
    return content[:8] + b"".join(_chunk(*chunk) for chunk in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))


def odd_text(content: bytes, rng: Random) -> bytes:
    """A table with other words, separators or ends of lines in some places."""
    words = re.split(rb"([,;\t\r\n ])", content)
    for _ in range(rng.choice((1, 2, 10))):
        word = rng.choice((*WORDS, ",", "\t", "\r", "\n", "\r\n", " ")).encode()
        words[rng.randrange(len(words))] = word * rng.choice((1, 1, 1, 3000))
    return b"".join(words)
