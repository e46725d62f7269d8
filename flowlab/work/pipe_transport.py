"""Sends large arrays in slices, so that the receiver never holds its interpreter lock for long.

Read-only arrays that were sent before are named by number, not sent again: an exact flow stays
the same while weights change.
"""

from __future__ import annotations

import pickle
from collections import OrderedDict
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

import numpy as np

_SLICE = 1 << 20  # bytes
_LARGE = 1 << 16  # bytes that an array must have to travel beside the pickle
_CACHED = 1 << 28  # bytes of arrays that both ends cache


@dataclass(frozen=True)
class Part:
    """An array beside the pickle: its size, its number if cached, and whether it is sent."""

    size: int
    number: int = 0  # 0: used once
    follows: bool = True


@dataclass(frozen=True)
class Parcel:
    """A pickle whose large arrays follow it in order, except those that are cached."""

    content: bytes
    parts: tuple[Part, ...]
    forgotten: tuple[int, ...] = ()  # numbers of arrays that will not be named again


class Sender:
    """The end of a line that sends."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._known: OrderedDict[int, tuple[Any, int, int]] = OrderedDict()  # by id
        self._numbers = self._bytes = 0

    def send(self, epoch: int, word: str, value: object) -> None:
        """Send news; `Receiver.receive` is the other end."""
        parts: list[Part] = []
        following: list[memoryview] = []

        def keep(buffer: pickle.PickleBuffer) -> bool:
            """True if the array is small enough to stay within the pickle."""
            raw = buffer.raw()
            if raw.nbytes < _LARGE:
                return True
            part = self._part(memoryview(buffer), raw)
            parts.append(part)
            if part.follows:
                following.append(raw)
            return False

        content = pickle.dumps(value, protocol=5, buffer_callback=keep)
        self._pipe.send((epoch, word, Parcel(content, tuple(parts), self._forget())))
        for raw in following:
            for first in range(0, raw.nbytes, _SLICE):
                self._pipe.send_bytes(raw[first : first + _SLICE])

    def _part(self, view: memoryview, raw: memoryview) -> Part:
        if not raw.readonly or raw.nbytes > _CACHED // 2:
            return Part(raw.nbytes)
        known = self._known.get(id(view.obj))
        if known is not None:
            self._known.move_to_end(id(view.obj))
            return Part(raw.nbytes, known[1], follows=False)
        self._numbers += 1
        self._bytes += raw.nbytes
        self._known[id(view.obj)] = (
            view.obj,
            self._numbers,
            raw.nbytes,
        )  # a reference, so that the id isn't reused
        return Part(raw.nbytes, self._numbers)

    def _forget(self) -> tuple[int, ...]:
        """Drop the arrays that are least recently used; returns their numbers."""
        gone = []
        while self._bytes > _CACHED and len(self._known) > 1:
            _, (_, number, size) = self._known.popitem(last=False)
            self._bytes -= size
            gone.append(number)
        return tuple(gone)


class Receiver:
    """The end of a line that receives."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._known: dict[int, memoryview] = {}

    def receive(self) -> tuple[int, str, Any]:
        """The next news; raises EOFError or OSError where the line is broken."""
        epoch, word, parcel = self._pipe.recv()
        buffers = [self._buffer(part) for part in parcel.parts]
        for number in parcel.forgotten:
            del self._known[number]
        return epoch, word, pickle.loads(parcel.content, buffers=buffers)

    def _buffer(self, part: Part) -> memoryview:
        if not part.follows:
            return self._known[part.number]
        view = np.empty(part.size, np.uint8).data
        for first in range(0, part.size, _SLICE):
            self._pipe.recv_bytes_into(view[first : first + _SLICE])
        if part.number:
            view = self._known[part.number] = view.toreadonly()
        return view
