"""Readers tell how far they are, and end with whatever the listener raises."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from flowlab.core.document.arrays import Array
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import Points
from flowlab.files import session
from flowlab.files.pictures import read_picture
from flowlab.files.points import read_points

Reader = Callable[..., Any]
READERS: dict[str, Reader] = {
    "a.flowlab": session.load,
    "a.csv": read_points,
    "a.npy": read_points,
    "a.npz": read_points,
    "a.png": read_picture,
    "a.jpg": read_picture,
}


class Enough(BaseException):
    """What nobody else raises."""


def made(folder: Path, name: str) -> Path:
    """A good file of that kind."""
    path = folder / name
    cloud = np.random.default_rng(0).normal(size=(200_000, 2))
    if name.endswith(".flowlab"):
        session.save(path, Document(target=Points(points=Array(cloud))), state={"t": 0.5})
    elif name.endswith(".csv"):
        path.write_text("1,2\n3.25,4.75\n" * 100_000)
    elif name.endswith(".npy"):
        np.save(path, cloud)
    elif name.endswith(".npz"):
        np.savez(path, points=cloud, labels=np.arange(len(cloud)) % 2)
    else:
        Image.new("L", (40, 30), 200).save(path)
    return path


@pytest.mark.parametrize("name", list(READERS))
def test_progress_goes_from_nothing_to_all(name: str, tmp_path: Path) -> None:
    told: list[float] = []
    READERS[name](made(tmp_path, name), told.append)
    assert (told[0], told[-1]) == (0.0, 1.0)
    assert told == sorted(told)
    assert len(told) >= (3 if READERS[name] is read_picture else 4)


@pytest.mark.parametrize("name", list(READERS))
def test_what_progress_raises_ends_the_reading(name: str, tmp_path: Path) -> None:
    path = made(tmp_path, name)
    for error in (Enough(), Invalid("enough"), ValueError(), KeyError(), OSError(), MemoryError()):
        for after in range(3):
            assert_ends_with(READERS[name], path, error, after)


def assert_ends_with(read: Reader, path: Path, error: BaseException, after: int) -> None:
    told: list[float] = []

    def progress(share: float) -> None:
        told.append(share)
        if len(told) > after:
            raise error

    with pytest.raises(type(error)) as caught:
        read(path, progress)
    assert caught.value is error
    assert len(told) == after + 1


def test_the_reading_of_rows_can_be_stopped(tmp_path: Path) -> None:
    """Not only the reading of the file, which is the quicker half."""
    told: list[float] = []
    read_points(made(tmp_path, "a.csv"), told.append)
    assert sum(share > 0.5 for share in told) > 3
