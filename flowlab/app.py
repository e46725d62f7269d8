"""Starts the program: the window first, torch afterwards."""

from __future__ import annotations

import ctypes
import gc
import importlib
import os
import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from flowlab.environment import safe_path_is_ignored

if TYPE_CHECKING:
    from flowlab.ui.shell.guard import Guard
    from flowlab.ui.shell.window import Window
    from flowlab.ui.state.preferences import Preferences

WELCOME = "eight_gaussians"
ARGUMENTS = ("-style", "Fusion")  # as an argument, since setting it later takes ten times longer
GC_SECONDS = 5.0
AUTOSAVE_SECONDS = 30.0
SWITCH_SECONDS = 5e-4  # so that threads that import or receive don't delay the next frame

# library that Qt opens -> Debian and Ubuntu package
X11 = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
}
ALWAYS = {
    "libGL.so.1": "libgl1",
    "libEGL.so.1": "libegl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libglib-2.0.so.0": "libglib2.0-0",
}


def missing_libraries(platform: str | None = None) -> list[str]:
    """Debian packages of the libraries that Qt needs here and that can't be loaded."""
    if not sys.platform.startswith("linux"):
        return []
    platform = os.environ.get("QT_QPA_PLATFORM", "") if platform is None else platform
    needed = ALWAYS | ({} if platform.startswith(("offscreen", "minimal")) else X11)
    return [package for name, package in needed.items() if not _loads(name)]


def library_hint(packages: list[str]) -> str:
    """One line that says what to install."""
    return f"FlowLab needs system libraries; on Debian or Ubuntu: apt install {' '.join(packages)}"


def _loads(name: str) -> bool:
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True


def obstacle() -> str:
    """Why no window can open here, in one line with the remedy; empty if one can."""
    if safe_path_is_ignored():
        return (
            "After `python -E` FlowLab's engine would run modules of the current folder; "
            "add -P: `python -E -P -m flowlab`."
        )
    missing = missing_libraries()
    if missing:
        return library_hint(missing)
    display = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if sys.platform.startswith("linux") and not display and "QT_QPA_PLATFORM" not in os.environ:
        return "FlowLab found no display; start it in a graphical session, or use `flowlab render`."
    return ""


def main(path: str | None = None, device: str = "auto") -> int:
    """Open the window, with a session if one is named; returns the exit code."""
    words = obstacle()
    if words:
        sys.stderr.write(words + "\n")
        return 2
    from PySide6.QtWidgets import QApplication

    from flowlab.ui.shell.error_reporter import ErrorReporter

    calm_interpreter()
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # nothing can be lost before the first frame
    app = QApplication([*sys.argv[:1], *ARGUMENTS])
    window = open_window(path, device)
    release = guard(window)
    reporter = ErrorReporter(window)
    reporter.install()
    collect_on_this_thread(window)
    code = app.exec()
    release()
    window.shut_down()
    reporter.close()
    return code


def guard(window: Window, seconds: float = AUTOSAVE_SECONDS) -> Callable[[], None]:
    """Autosave unsaved work from the first frame on; returns a function that ends it."""
    made: list[Guard] = []

    def begin() -> None:
        from flowlab.ui.shell.guard import Guard

        made.append(Guard(window, seconds))

    def end() -> None:
        for each in made:
            each.release()

    parts = ("signals", "autosave", "guard")  # one by one: together they take longer than a frame
    window.afterwards.add(
        *(partial(importlib.import_module, f"flowlab.ui.shell.{n}") for n in parts)
    )
    window.afterwards.add(begin)
    return end


def calm_interpreter() -> None:
    """Disable garbage collection until the first frame, and switch threads more often."""
    gc.disable()
    sys.setswitchinterval(SWITCH_SECONDS)


def open_window(
    path: str | None, device: str = "auto", preferences: Preferences | None = None
) -> Window:
    """Show the window; open the session, or the welcome preset, after its first frame."""
    from PySide6.QtGui import QGuiApplication

    from flowlab.ui.shell.window import Window

    QGuiApplication.setApplicationDisplayName("FlowLab")
    QGuiApplication.setDesktopFileName("flowlab")
    window = Window(preferences, device=device)
    window.place()
    window.room.canvas.first_painted.connect(lambda: _open_first(window, path))
    window.show()
    return window


def _open_first(window: Window, path: str | None) -> None:
    if path is None or not window.session.open(Path(path)):
        window.welcome(WELCOME)


def collect_on_this_thread(window: Window) -> None:
    """Collect garbage only in the GUI thread; another thread might destroy Qt's objects."""
    from PySide6.QtCore import QTimer

    window.link.ready.connect(gc.freeze)  # objects made at start-up stay: don't visit them again
    timer = QTimer(window)
    timer.timeout.connect(gc.collect)
    timer.start(int(GC_SECONDS * 1000))
