"""Damage to zips that fits again: arrays, weights and JSON inside, checksums and all."""

from __future__ import annotations

import io
import json
import re
import warnings
import zipfile
from collections.abc import Callable
from random import Random
from typing import Any

import numpy as np

from flowlab.core.document.arrays import Array
from tests.files.mutations import LENGTHS, change, damaged, odd_json
from tests.files.zips import members_of

KINDS = ("<f4", "<f8", "<f2", ">f4", "<i8", "<u2", "|b1", "|i1", "|O", "<c8", "<U4", "<f16", "<f9")

# --- arrays and weights ---------------------------------------------------------------------------


def odd_npy(content: bytes, rng: Random) -> bytes:
    """An array whose header says something else, or whose numbers are odd, or another one."""
    if rng.random() < 0.2:
        return damaged(content, rng)
    if rng.random() < 0.5:
        return npy(odd_array(rng))
    head = content[: content.find(b"\n") + 1]
    rest = content[len(head) :]
    if rng.random() < 0.5:
        head = re.sub(rb"\([^)]*\)", lambda _: _shape(rng), head, count=1)
    if rng.random() < 0.5:
        head = re.sub(rb"'[<>|][a-zA-Z]\d+'", f"'{rng.choice(KINDS)}'".encode(), head, count=1)
    if rng.random() < 0.3:
        rest = np.frombuffer(rest, np.uint8).repeat(rng.choice((1, 2))).tobytes()
        rest = rng.choice((rest, b"\xff" * len(rest), b"\x00\x00\x80\x7f" * (len(rest) // 4)))
    return head + rest


def npy(values: np.ndarray[Any, Any]) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, values)
    return buffer.getvalue()


def _shape(rng: Random) -> bytes:
    lengths = [str(rng.choice((0, 1, 2, 3, 7, *LENGTHS))) for _ in range(rng.randrange(6))]
    return f"({', '.join(lengths)}{',' if len(lengths) == 1 else ''})".encode()


def odd_array(rng: Random) -> np.ndarray[Any, Any]:
    """A small array of some type and shape, with some odd numbers in it."""
    shape = tuple(rng.choice((0, 1, 2, 3, 4, 9)) for _ in range(rng.choice((1, 1, 2, 2, 3))))
    values = np.random.default_rng(rng.getrandbits(32)).normal(scale=50, size=shape)
    if values.size and rng.random() < 0.4:
        values.flat[0] = rng.choice((np.nan, np.inf, 1e308, -1.0, 1e30))
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return values.astype(rng.choice(("<f4", "<f8", "<f2", ">f8", "<i8", "<u1", "|b1")))


def odd_weights(content: bytes, rng: Random) -> bytes:
    """Safetensors whose header or note says something else."""
    size = int.from_bytes(content[:8], "little")
    try:
        header = json.loads(content[8 : 8 + size])
        if rng.random() < 0.5:
            note = header["__metadata__"]["flowlab"].encode()
            header["__metadata__"]["flowlab"] = odd_json(note, rng).decode("utf-8", "replace")
        else:
            change(header, rng)
        text = json.dumps(header).encode()
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return damaged(content, rng)
    return len(text).to_bytes(8, "little") + text + content[8 + size :]


# --- zips -----------------------------------------------------------------------------------------


def odd_zip(content: bytes, rng: Random) -> bytes:
    """The zip put together again with something in it changed, checksums and all."""
    members = members_of(content)
    for _ in range(rng.choice((1, 1, 2, 3))):
        rng.choice(_ZIPPED)(members, rng)
    methods = [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]
    methods += [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA] * (rng.random() < 0.03)
    twice = rng.random() < 0.03
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of two parts of one name
        for name, part in members.items():
            for _ in range(1 + (twice and rng.random() < 0.3)):
                archive.writestr(zipfile.ZipInfo(name), part, rng.choice(methods))
    return damaged(buffer.getvalue(), rng) if rng.random() < 0.1 else buffer.getvalue()


def _part(members: dict[str, bytes], rng: Random) -> None:
    """Change one part in the way of its kind, JSON more often than others."""
    kinds = {name.rpartition(".")[2] for name in members}
    kind = rng.choice(sorted(kinds) + 3 * sorted(kinds & {"json"}))
    name = rng.choice([name for name in members if name.rpartition(".")[2] == kind])
    members[name] = _odd_part(name)(members[name], rng)


def _odd_part(name: str) -> Callable[[bytes, Random], bytes]:
    ways = {".json": odd_json, ".npy": odd_npy, ".safetensors": odd_weights}
    return next((way for end, way in ways.items() if name.endswith(end)), damaged)


def _head(members: dict[str, bytes], rng: Random) -> None:
    """Change the document, which most of what is read depends on."""
    name = "document.json" if "document.json" in members else next(iter(members))
    members[name] = _odd_part(name)(members[name], rng)


def _swap(members: dict[str, bytes], rng: Random) -> None:
    first, second = rng.choice(list(members)), rng.choice(list(members))
    members[first], members[second] = members[second], members[first]


def _drop(members: dict[str, bytes], rng: Random) -> None:
    if len(members) > 1:
        del members[rng.choice(list(members))]


def _rename(members: dict[str, bytes], rng: Random) -> None:
    names = ("moments/7.safetensors", "arrays/.npy", "losses/step.npy", "../x", "a\x00b", "é")
    name = rng.choice(list(members))
    members[rng.choice((*names, *members))] = members[name]


def _other_array(members: dict[str, bytes], rng: Random) -> None:
    """Put an odd array in the place of one that the document names, with the digest that it has."""
    names = [name for name in members if name.startswith("arrays/")]
    if not names:
        return _part(members, rng)
    old, array = rng.choice(names)[7:-4], Array(odd := odd_array(rng), odd.dtype)
    members[f"arrays/{array.digest}.npy"] = npy(array.values)
    head = members.get("document.json", b"")
    members["document.json"] = head.replace(old.encode(), array.digest.encode())
    return None


_ZIPPED = (_part, _part, _head, _head, _head, _other_array, _other_array, _swap, _drop, _rename)
