"""Files that ask too much, or come from a newer version: told in a sentence, the window alive."""

from __future__ import annotations

import contextlib
import gc
import json
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from flowlab.core.document.shapes import Picture, Points
from flowlab.core.document.view import View
from flowlab.files import session
from flowlab.ui.base.job import JobDialog
from flowlab.ui.shell.window import Window
from tests.helpers.events import settle
from tests.helpers.windows import LONG, SMALL, shows

BLOCKED = 0.5  # seconds; on an idle machine it is a frame, on a busy one it may be many


@contextlib.contextmanager
def never_blocked() -> Iterator[None]:
    """The event loop has its turn all the time.

    Garbage is collected as in the program, which does so by a timer of the window: otherwise a
    collection amid the reading would visit all that the tests before have left.
    """
    gc.disable()
    gaps, last, timer = [0.0], [time.perf_counter()], QTimer()

    def tick() -> None:
        now = time.perf_counter()
        gaps.append(now - last[0])
        last[0] = now

    timer.timeout.connect(tick)
    timer.start(1)
    try:
        yield
        tick()
    finally:
        timer.stop()
        gc.enable()
    assert max(gaps) < BLOCKED


def swollen(path: Path, unknown: bool = False) -> Path:
    """A session of some kB with a JSON part, or an unknown one, of 90 MB."""
    session.save(path, SMALL)
    with zipfile.ZipFile(path) as archive:
        head = archive.read("document.json")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        if unknown:
            archive.writestr("document.json", head)
        with archive.open("more.json" if unknown else "document.json", "w") as part:
            part.write(b'{"format": 1, "document": [')
            for _ in range(30):
                part.write(b"{}," * 1_000_000)
            part.write(b"{}]}")
    assert path.stat().st_size < 200_000
    return path


def test_a_part_that_would_fill_the_memory_is_refused_at_once(
    window: Window, tmp_path: Path
) -> None:
    path, start = swollen(tmp_path / "swollen.flowlab"), time.perf_counter()
    with never_blocked():
        assert not window.session.open(path)
    assert time.perf_counter() - start < 2.0
    (words,) = window.complaints  # type: ignore[attr-defined]
    assert words.startswith("swollen.flowlab cannot be opened: ")
    assert window.store.document == SMALL


def test_a_part_that_is_not_known_is_not_read(window: Window, tmp_path: Path) -> None:
    path, start = swollen(tmp_path / "more.flowlab", unknown=True), time.perf_counter()
    assert window.session.open(path)
    assert time.perf_counter() - start < 2.0
    assert not window.complaints  # type: ignore[attr-defined]


def test_a_view_of_a_newer_version_opens_with_the_rest_and_one_sentence(
    window: Window, qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "newer.flowlab"
    session.save(path, SMALL.with_parts(seed=9))
    with zipfile.ZipFile(path) as archive:
        head = json.loads(archive.read("document.json"))
    head["document"]["view"]["name"] = "hologram"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("document.json", json.dumps(head))
    assert window.session.open(path)
    (words,) = window.complaints  # type: ignore[attr-defined]
    assert "hologram" in words
    assert words.endswith(".")
    expected = SMALL.with_parts(seed=9, view=View(particles=300))
    assert window.store.document == expected
    qtbot.waitUntil(lambda: shows(window, step=0), timeout=LONG)
    settle()
    assert not [w for w in QApplication.topLevelWidgets() if w is not window and w.isVisible()]


def test_points_and_pictures_are_read_while_the_window_lives(
    window: Window, tmp_path: Path
) -> None:
    rng = np.random.default_rng(0)
    np.savetxt(tmp_path / "cloud.csv", rng.normal(size=(300_000, 2)), delimiter=",", fmt="%.4f")
    noise = rng.integers(0, 255, (2500, 2500, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "noise.png", compress_level=1)
    with never_blocked():
        assert window.session.take_file(tmp_path / "cloud.csv", "source")
        assert window.session.take_file(tmp_path / "noise.png")
    assert isinstance(window.store.document.source, Points)
    assert isinstance(window.store.document.target, Picture)


def test_reading_is_cancelled_and_nothing_changes(
    window: Window, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(_path: Path, progress: Callable[[float], None]) -> None:
        for k in range(2000):
            progress(k / 2000)
            time.sleep(0.005)

    monkeypatch.setattr(session, "load", slow)
    timer = QTimer()
    timer.timeout.connect(
        lambda: [w.reject() for w in QApplication.topLevelWidgets() if isinstance(w, JobDialog)]
    )
    timer.start(400)
    start = time.perf_counter()
    assert not window.session.open(tmp_path / "slow.flowlab")
    timer.stop()
    assert time.perf_counter() - start < 3.0
    assert not window.complaints  # type: ignore[attr-defined]
    assert window.store.document == SMALL
