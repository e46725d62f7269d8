"""Reads files of torch as inert values: a zip of a pickle and numbers, or an old pickle."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path
from typing import Any, BinaryIO

from flowlab.core.document.limits import Invalid
from flowlab.images.formats.inert import BYTES, DAMAGED, Storage, StoredTensor
from flowlab.images.formats.pickle_machine import read_pickle

_LONGEST = 16 << 20  # bytes of the pickle: names, shapes and settings
_MOST_PARTS = 100_000
_MAGIC, _PROTOCOL = 0x1950A86A20F9469CFC6C, 1001  # how an old file of torch begins
CUT = "it is only a part of the file (its end is missing); copy or download it again."


def read_zip(path: Path) -> Any:
    """The inert value in a zip of torch.

    Raises `Invalid` for TorchScript, other zips, and where parts are not what they claim to be.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            parts = _parts(archive)
            pickle = _pickle_part(parts)
            top = read_pickle(io.BytesIO(archive.read(pickle)))
    except Invalid:
        raise
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError):
        raise Invalid(CUT) from None
    except (ValueError, OverflowError, struct.error):
        raise Invalid(DAMAGED) from None
    _check_storages(top, parts, pickle.filename.removesuffix("data.pkl"))
    return top


def _parts(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    entries = archive.infolist()
    parts = {entry.filename: entry for entry in entries}
    if len(entries) > _MOST_PARTS or len(parts) != len(entries):
        raise Invalid(DAMAGED)
    return parts


def _pickle_part(parts: dict[str, zipfile.ZipInfo]) -> zipfile.ZipInfo:
    """The pickle of a zip; raises `Invalid` where there is none, or code beside it."""
    names = [name for name in parts if name.count("/") == 1 and name.endswith("/data.pkl")]
    if any("/code/" in name or name.endswith("/constants.pkl") for name in parts):
        raise Invalid("it is a TorchScript program, whose code isn't run; save its state_dict().")
    if len(names) != 1:
        raise Invalid("it is a zip of other files; unpack it and open what is in it.")
    pickle = parts[names[0]]
    if pickle.compress_type != zipfile.ZIP_STORED or pickle.file_size > _LONGEST:
        raise Invalid("what describes its tensors is larger than that of any network.")
    return pickle


def _check_storages(top: Any, parts: dict[str, zipfile.ZipInfo], folder: str) -> None:
    """Raise `Invalid` unless the numbers of every tensor lie in the zip, uncompressed."""
    for storage in storages_in(top):
        part = parts.get(f"{folder}data/{storage.key}")
        if part is None or part.compress_type != zipfile.ZIP_STORED:
            raise Invalid(DAMAGED)
        if part.file_size < storage.numel * BYTES[storage.dtype]:
            raise Invalid("a tensor in it claims to be larger than what is stored.")


def storages_in(top: Any) -> list[Storage]:
    """The storages of all tensors in an inert value, each once."""
    found: dict[str, Storage] = {}
    seen: set[int] = set()
    waiting = [top]
    while waiting:
        value = waiting.pop()
        if isinstance(value, StoredTensor):
            kept = found.setdefault(value.storage.key, value.storage)
            if kept != value.storage:
                raise Invalid(DAMAGED)
        elif id(value) not in seen:
            seen.add(id(value))
            waiting.extend(_within(value))
    return list(found.values())


def _within(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    if isinstance(value, (list, tuple)):
        return list(value)
    state = getattr(value, "state", None)
    return [] if state is None else [state]


def read_old(path: Path) -> Any:
    """The inert value in a file of the days before torch wrote zips.

    Four pickles (a number, a version, the machine, the value), one of keys, then each storage
    with its length. Raises `Invalid` for pickles that torch did not write, and for a part of one.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        window = io.BytesIO(file.read(_LONGEST))
    if read_pickle(window) != _MAGIC:
        raise Invalid("it is a pickle that torch did not write, so it isn't opened.")
    if read_pickle(window) != _PROTOCOL:
        raise Invalid(DAMAGED)
    read_pickle(window)
    top, keys = read_pickle(window), read_pickle(window)
    _check_length(storages_in(top), keys, window, size)
    return top


def _check_length(storages: list[Storage], keys: Any, window: BinaryIO, size: int) -> None:
    """Raise `Invalid` unless the storages fill the rest of the file."""
    if not isinstance(keys, list) or not {s.key for s in storages} <= {
        key for key in keys if isinstance(key, str)
    }:
        raise Invalid(DAMAGED)
    end = window.tell() + sum(8 + s.numel * BYTES[s.dtype] for s in storages)
    if end > size:
        raise Invalid(CUT)
