"""Protection of a window's work: autosaves, recovery, and saving at the program's end."""

from __future__ import annotations

import sys
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication, QDialog

from flowlab.ui.canvas.snapshot import snapshot
from flowlab.ui.shell.autosave import Autosave
from flowlab.ui.shell.signals import Signals

if TYPE_CHECKING:
    from flowlab.files.recovery import Recovery
    from flowlab.ui.shell.window import Window


class Guard:
    """Guards one window from its first frame to its end."""

    def __init__(self, window: Window, seconds: float) -> None:
        self._window = window
        picture = partial(snapshot, window.room.canvas)
        self.autosave = Autosave(window.session, picture, window, seconds=seconds)
        self.autosave.found.connect(self._offer)
        self._closed = False  # True once the person has closed the window
        window.closing.connect(self._close)
        self._signals = Signals(self._leave, window)
        self.autosave.start()

    def release(self) -> None:
        """End the guard with the event loop.

        Unless the person has closed the window, and so saved or discarded everything, the loop
        ended by itself, as when the display is lost: the work is kept then.
        """
        self._signals.close()
        if not self._closed:
            self._keep()

    def _close(self) -> None:
        self._closed = True
        self.autosave.release()

    def _offer(self, recoveries: list[Recovery]) -> None:
        from flowlab.ui.shell.recovery_dialog import RecoveryDialog

        keeper = self.autosave
        RecoveryDialog(recoveries, keeper.recover, keeper.discard, self._window).open()

    def _leave(self) -> None:
        """Save first, then stop running jobs, because exports must remove unfinished files."""
        self._keep()
        for widget in QApplication.topLevelWidgets():
            if isinstance(widget, QDialog) and widget.isVisible():
                widget.reject()
        self._window.shut_down()

    def _keep(self) -> None:
        problem = self.autosave.save_now()
        if problem:
            sys.stderr.write(f"flowlab: the unsaved work could not be kept: {problem}\n")
