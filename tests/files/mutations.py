"""Damage to files: bytes anywhere, lengths, and parts of zips, JSON, arrays and PNG that fit again.

Every function takes its own dice, so that one number makes one mutation.
"""

from __future__ import annotations

import copy
import io
import json
import re
import struct
import warnings
import zipfile
import zlib
from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np

from flowlab.core.arrays import Array
from tests.files.zips import members_of

LENGTHS = (0, 1, 2, 3, 8, 63, 255, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, 2**62, 2**64 - 1)
WORDS = ("", "1e999", "nan", "-inf", "0x10", "1_0", "9" * 400, '"', "#", "\x85", "\u2028", "٣", ";")
KINDS = ("<f4", "<f8", "<f2", ">f4", "<i8", "<u2", "|b1", "|i1", "|O", "<c8", "<U4", "<f16", "<f9")


def damaged(content: bytes, dice: Random) -> bytes:
    """A few of: flipped, cut, spliced, doubled or deleted bytes, and other lengths."""
    for _ in range(dice.choice((1, 1, 1, 2, 5))):
        content = dice.choice(_DAMAGE)(content, dice)
    return content


def _span(content: bytes, dice: Random) -> tuple[int, int]:
    start = dice.randrange(len(content) + 1)
    return start, min(len(content), start + dice.choice((1, 2, 4, 16, 200, 5000)))


def _flip(content: bytes, dice: Random) -> bytes:
    changed = bytearray(content)
    for _ in range(dice.choice((1, 1, 3, 30))):
        if changed:
            changed[dice.randrange(len(changed))] ^= 1 << dice.randrange(8)
    return bytes(changed)


def _cut(content: bytes, dice: Random) -> bytes:
    return content[: dice.randrange(len(content) + 1)]


def _delete(content: bytes, dice: Random) -> bytes:
    start, stop = _span(content, dice)
    return content[:start] + content[stop:]


def _double(content: bytes, dice: Random) -> bytes:
    start, stop = _span(content, dice)
    return content[:stop] + content[start:stop] * dice.choice((1, 2, 300)) + content[stop:]


def _splice(content: bytes, dice: Random) -> bytes:
    start, stop = _span(content, dice)
    at = dice.randrange(len(content) + 1)
    return content[:at] + content[start:stop] + content[at + stop - start :]


def _noise(content: bytes, dice: Random) -> bytes:
    start, stop = _span(content, dice)
    return content[:start] + dice.randbytes(stop - start) + content[stop:]


def _length(content: bytes, dice: Random) -> bytes:
    form = dice.choice(("<H", ">H", "<L", ">L", "<Q"))
    size = struct.calcsize(form)
    value = dice.choice(LENGTHS) & (256**size - 1)
    head = dice.random() < 0.5
    at = dice.randrange(min(len(content), 80) + 1 if head else len(content) + 1)
    return content[:at] + struct.pack(form, value) + content[at + size :]


_DAMAGE = (_flip, _cut, _delete, _double, _splice, _noise, _length)


# --- JSON ---------------------------------------------------------------------------------------


def odd_value(dice: Random) -> Any:
    """A value that hardly any field takes."""
    deep: Any = 0
    for _ in range(dice.choice((3, 60, 900))):
        deep = [deep] if dice.random() < 0.9 else {"a": deep}
    simple = (None, True, False, 0, -1, 0.5, 2**31, 2**53, 2**64, 10**400, 1e308, -0.0, "", [], {})
    text = ("x" * 100_000, "a\nb", "\u2028", "😀", "custom", "reflow", "chain", "trajectories")
    numbers = (float("nan"), float("inf"), -float("inf"), 5e-324)
    lists = ([0] * 5000, [[0.0, 1.0] for _ in range(300)], [{}] * 300, deep)
    return dice.choice((*simple, *text, *numbers, *lists))


def odd_json(content: bytes, dice: Random) -> bytes:
    """The JSON with a few of its values replaced, removed or doubled."""
    try:
        value = json.loads(content)
        for _ in range(dice.choice((1, 1, 2, 3, 8))):
            _change(value, dice)
        return json.dumps(value).encode()
    except (ValueError, RecursionError, IndexError, TypeError):  # no JSON, or nothing in it
        return damaged(content, dice)


def _change(value: Any, dice: Random) -> None:
    """Change something at a random place inside, mostly deep inside."""
    at = value
    while True:
        keys = list(at) if isinstance(at, dict) else list(range(len(at)))
        inner = [key for key in keys if isinstance(at[key], (dict, list)) and at[key]]
        if not inner or dice.random() < 0.1:
            break
        at = at[dice.choice(inner)]
    _change_one(at, dice.choice(keys), dice)


def _change_one(at: Any, key: Any, dice: Random) -> None:
    what, old = dice.random(), at[key]
    number = isinstance(old, (int, float)) and not isinstance(old, bool)
    if number and what < 0.2:
        at[key] = dice.choice((old * 2, old + 1, -old, old - 1, 0, 1, 0.3))
    elif what < 0.7:
        at[key] = odd_value(dice)
    elif what < 0.85:
        del at[key]
    elif isinstance(at, dict):
        at[dice.choice(("", "kind", "seed", "x" * 300, "a\nb", *at))] = odd_value(dice)
    else:
        many = len(json.dumps(old)) < 300
        at.extend(copy.deepcopy(old) for _ in range(dice.choice((1, 700 if many else 3))))


# --- arrays and weights ---------------------------------------------------------------------------


def odd_npy(content: bytes, dice: Random) -> bytes:
    """An array whose header says something else, or whose numbers are odd, or another one."""
    if dice.random() < 0.2:
        return damaged(content, dice)
    if dice.random() < 0.5:
        return npy(odd_array(dice))
    head = content[: content.find(b"\n") + 1]
    rest = content[len(head) :]
    if dice.random() < 0.5:
        head = re.sub(rb"\([^)]*\)", lambda _: _shape(dice), head, count=1)
    if dice.random() < 0.5:
        head = re.sub(rb"'[<>|][a-zA-Z]\d+'", f"'{dice.choice(KINDS)}'".encode(), head, count=1)
    if dice.random() < 0.3:
        rest = np.frombuffer(rest, np.uint8).repeat(dice.choice((1, 2))).tobytes()
        rest = dice.choice((rest, b"\xff" * len(rest), b"\x00\x00\x80\x7f" * (len(rest) // 4)))
    return head + rest


def npy(values: np.ndarray[Any, Any]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, values)
    return buffer.getvalue()


def _shape(dice: Random) -> bytes:
    lengths = [str(dice.choice((0, 1, 2, 3, 7, *LENGTHS))) for _ in range(dice.randrange(6))]
    return f"({', '.join(lengths)}{',' if len(lengths) == 1 else ''})".encode()


def odd_array(dice: Random) -> np.ndarray[Any, Any]:
    """A small array of some type and shape, with some odd numbers in it."""
    shape = tuple(dice.choice((0, 1, 2, 3, 4, 9)) for _ in range(dice.choice((1, 1, 2, 2, 3))))
    values = np.random.default_rng(dice.getrandbits(32)).normal(scale=50, size=shape)
    if values.size and dice.random() < 0.4:
        values.flat[0] = dice.choice((np.nan, np.inf, 1e308, -1.0, 1e30))
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return values.astype(dice.choice(("<f4", "<f8", "<f2", ">f8", "<i8", "<u1", "|b1")))


def odd_weights(content: bytes, dice: Random) -> bytes:
    """Safetensors whose header or note says something else."""
    size = int.from_bytes(content[:8], "little")
    try:
        header = json.loads(content[8 : 8 + size])
        if dice.random() < 0.5:
            note = header["__metadata__"]["flowlab"].encode()
            header["__metadata__"]["flowlab"] = odd_json(note, dice).decode("utf-8", "replace")
        else:
            _change(header, dice)
        text = json.dumps(header).encode()
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return damaged(content, dice)
    return len(text).to_bytes(8, "little") + text + content[8 + size :]


# --- zips -----------------------------------------------------------------------------------------


def odd_zip(content: bytes, dice: Random) -> bytes:
    """The zip put together again with something in it changed, checksums and all."""
    members = members_of(content)
    for _ in range(dice.choice((1, 1, 2, 3))):
        dice.choice(_ZIPPED)(members, dice)
    methods = [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]
    methods += [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA] * (dice.random() < 0.03)
    twice = dice.random() < 0.03
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of two parts of one name
        for name, part in members.items():
            for _ in range(1 + (twice and dice.random() < 0.3)):
                archive.writestr(zipfile.ZipInfo(name), part, dice.choice(methods))
    return damaged(buffer.getvalue(), dice) if dice.random() < 0.1 else buffer.getvalue()


def _part(members: dict[str, bytes], dice: Random) -> None:
    """Change one part in the way of its kind, JSON more often than others."""
    kinds = {name.rpartition(".")[2] for name in members}
    kind = dice.choice(sorted(kinds) + 3 * sorted(kinds & {"json"}))
    name = dice.choice([name for name in members if name.rpartition(".")[2] == kind])
    members[name] = _odd_part(name)(members[name], dice)


def _odd_part(name: str) -> Callable[[bytes, Random], bytes]:
    ways = {".json": odd_json, ".npy": odd_npy, ".safetensors": odd_weights}
    return next((way for end, way in ways.items() if name.endswith(end)), damaged)


def _head(members: dict[str, bytes], dice: Random) -> None:
    """Change the document, which most of what is read depends on."""
    name = "document.json" if "document.json" in members else next(iter(members))
    members[name] = _odd_part(name)(members[name], dice)


def _swap(members: dict[str, bytes], dice: Random) -> None:
    first, second = dice.choice(list(members)), dice.choice(list(members))
    members[first], members[second] = members[second], members[first]


def _drop(members: dict[str, bytes], dice: Random) -> None:
    if len(members) > 1:
        del members[dice.choice(list(members))]


def _rename(members: dict[str, bytes], dice: Random) -> None:
    names = ("moments/7.safetensors", "arrays/.npy", "losses/step.npy", "../x", "a\x00b", "é")
    name = dice.choice(list(members))
    members[dice.choice((*names, *members))] = members[name]


def _other_array(members: dict[str, bytes], dice: Random) -> None:
    """Put an odd array in the place of one that the document names, with the digest that it has."""
    names = [name for name in members if name.startswith("arrays/")]
    if not names:
        return _part(members, dice)
    old, array = dice.choice(names)[7:-4], Array(odd := odd_array(dice), odd.dtype)
    members[f"arrays/{array.digest}.npy"] = npy(array.values)
    head = members.get("document.json", b"")
    members["document.json"] = head.replace(old.encode(), array.digest.encode())
    return None


_ZIPPED = (_part, _part, _head, _head, _head, _other_array, _other_array, _swap, _drop, _rename)


# --- pictures and tables --------------------------------------------------------------------------


def odd_png(content: bytes, dice: Random) -> bytes:
    """A PNG with one of its chunks changed, and the checksum of that one right."""
    chunks, at = [], 8
    while at + 12 <= len(content):
        size = int.from_bytes(content[at : at + 4], "big")
        chunks.append((content[at + 4 : at + 8], content[at + 8 : at + 8 + size]))
        at += 12 + size
    k = dice.choice((0, dice.randrange(len(chunks))))
    chunks[k] = (chunks[k][0], damaged(chunks[k][1], dice))
    if dice.random() < 0.2:
        chunks.insert(dice.randrange(len(chunks)), dice.choice(chunks))
    return content[:8] + b"".join(_chunk(*chunk) for chunk in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))


def odd_text(content: bytes, dice: Random) -> bytes:
    """A table with other words, separators or ends of lines in some places."""
    words = re.split(rb"([,;\t\r\n ])", content)
    for _ in range(dice.choice((1, 2, 10))):
        word = dice.choice((*WORDS, ",", "\t", "\r", "\n", "\r\n", " ")).encode()
        words[dice.randrange(len(words))] = word * dice.choice((1, 1, 1, 3000))
    return b"".join(words)
