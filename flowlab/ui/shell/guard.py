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
        window.closing.connect(self.autosave.release)
        self._signals = Signals(self._leave, window)
        self.autosave.start()

    def release(self) -> None:
        """Remove the autosave, after the user has saved or discarded everything."""
        self._signals.close()
        self.autosave.release()

    def _offer(self, recoveries: list[Recovery]) -> None:
        from flowlab.ui.shell.recovery_dialog import RecoveryDialog

        keeper = self.autosave
        RecoveryDialog(recoveries, keeper.recover, keeper.discard, self._window).open()

    def _leave(self) -> None:
        """Save first, then stop running jobs, because exports must remove unfinished files."""
        problem = self.autosave.save_now()
        if problem:
            sys.stderr.write(f"flowlab: the unsaved work could not be kept: {problem}\n")
        for widget in QApplication.topLevelWidgets():
            if isinstance(widget, QDialog) and widget.isVisible():
                widget.reject()
        self._window.shut_down()
