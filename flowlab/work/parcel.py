"""Sending large arrays in slices, so that the receiver never holds its lock for long."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

_SLICE = 1 << 20  # bytes
_LARGE = 1 << 20  # bytes that an array must have to travel beside the pickle


@dataclass(frozen=True)
class Parcel:
    """A pickle whose large arrays follow it on the line, in order."""

    content: bytes
    sizes: tuple[int, ...]


def send(pipe: Connection, epoch: int, word: str, value: object) -> None:
    """Send news; `receive` is its other end."""
    apart: list[memoryview] = []

    def keep(buffer: pickle.PickleBuffer) -> bool:
        """Whether an array stays within the pickle."""
        raw = buffer.raw()
        if raw.nbytes >= _LARGE:
            apart.append(raw)
        return raw.nbytes < _LARGE

    content = pickle.dumps(value, protocol=5, buffer_callback=keep)
    pipe.send((epoch, word, Parcel(content, tuple(part.nbytes for part in apart))))
    for part in apart:
        for first in range(0, part.nbytes, _SLICE):
            pipe.send_bytes(part[first : first + _SLICE])


def receive(pipe: Connection) -> tuple[int, str, Any]:
    """The next news; raises EOFError or OSError where the line is broken."""
    epoch, word, parcel = pipe.recv()
    buffers = [np.empty(size, np.uint8) for size in parcel.sizes]
    for buffer in buffers:
        view = buffer.data
        for first in range(0, len(view), _SLICE):
            pipe.recv_bytes_into(view[first : first + _SLICE])
    return epoch, word, pickle.loads(parcel.content, buffers=buffers)
