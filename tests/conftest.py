"""For every test: offscreen Qt, one torch thread and a seed, own settings, no leftovers."""

from __future__ import annotations

import gc
import itertools
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

HOME = Path(tempfile.mkdtemp(prefix="flowlab-tests-"))  # nobody's own files are read or written

FOLDERS = (HOME / f"{number}" for number in itertools.count())

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
for _name in ("CACHE", "CONFIG", "DATA", "STATE"):
    os.environ[f"XDG_{_name}_HOME"] = str(HOME / _name.lower())


# On a busy machine any example may take long, whatever it is.
hypothesis.settings.register_profile("flowlab", deadline=None)
hypothesis.settings.load_profile("flowlab")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--mutations", type=int, default=300, help="damaged files that a fuzz test makes"
    )
    parser.addoption("--fuzz-seed", type=int, default=0, help="another seed, other damages")


def pytest_unconfigure() -> None:
    shutil.rmtree(HOME, ignore_errors=True)


@pytest.fixture(scope="session", autouse=True)
def _widgets_first(qapp: QApplication) -> None:
    """One application, made before any test could make another: a process keeps its first.

    What torch has made by then stays: collections of garbage need not visit it.
    """
    import torch  # noqa: F401

    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True)
def _quiet_numbers() -> None:
    import torch

    torch.set_num_threads(1)
    torch.default_generator.manual_seed(0)  # that of all devices keeps a traceback of each call


@pytest.fixture(autouse=True)
def _own_interpreter() -> Iterator[None]:
    """The program delays garbage and lets threads give way; no test does so for the next."""
    interval = sys.getswitchinterval()
    yield
    gc.enable()
    sys.setswitchinterval(interval)


@pytest.fixture(autouse=True)
def _own_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads what another wrote; the cache alone is shared, for a calibration takes long.

    Whoever writes makes these folders; most tests don't, and it takes long to delete thousands.
    """
    from PySide6.QtCore import QSettings

    home = next(FOLDERS)
    for name in ("CONFIG", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
    QSettings.setDefaultFormat(QSettings.Format.IniFormat)
    QSettings.setPath(QSettings.Format.IniFormat, QSettings.Scope.UserScope, str(home / "ini"))


@pytest.fixture(autouse=True)
def _no_leftovers() -> Iterator[None]:
    """No thread, running timer or top-level window outlives its test."""
    before = set(threading.enumerate())
    yield
    for thread in set(threading.enumerate()) - before:
        thread.join(5)
    left = [thread.name for thread in set(threading.enumerate()) - before]
    assert not left, f"threads left running: {left}"
    _check_qt()


def _check_qt() -> None:
    from PySide6.QtCore import QCoreApplication, QEvent, QTimer
    from PySide6.QtGui import QFont
    from PySide6.QtWidgets import QApplication

    app = QApplication.instance()
    if not isinstance(app, QApplication):
        return
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    windows = [w for w in app.topLevelWidgets() if w.isVisible()]
    ticking = [t for t in app.findChildren(QTimer) if t.isActive()]
    ticking += [t for w in app.topLevelWidgets() for t in w.findChildren(QTimer) if t.isActive()]
    left = [f"windows left open: {windows}"] if windows else []
    left += [f"timers left running: {ticking}"] if ticking else []  # said while they are there
    for window in app.topLevelWidgets():
        window.close()
        window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    if app.styleSheet():  # the next window is styled when it is made, as in use, not twice
        app.setStyleSheet("")
        app.setFont(QFont())
    assert not left, "; ".join(left)


@pytest.fixture(autouse=True)
def _mouse_at_rest() -> Iterator[None]:
    """Release what a double click of Qt's holds, which ends with a press, and move the pointer off.

    No window hears of a move to where the pointer is already: such as where a test left it.
    """
    yield
    from PySide6.QtCore import QPoint, Qt
    from PySide6.QtGui import QCursor
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication, QWidget

    QCursor.setPos(QPoint(-1000, -1000))
    for button in (Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton):
        if QApplication.instance() is not None and QApplication.mouseButtons() & button:
            QTest.mouseRelease(QWidget(), button)
