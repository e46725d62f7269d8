"""The actions of files: sessions, presets, imports and exports, for the menu File."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QMenu

from flowlab.core.document.gallery import preset_names, preset_title
from flowlab.ui.base.allowed import allow

if TYPE_CHECKING:
    from flowlab.ui.shell.action_host import Adds

IMPORTS = {
    "points": (
        "points",
        "points file, CSV, TSV, Excel, XLSX, spreadsheet, NumPy, NPY, NPZ, table, data, load, "
        "upload",
    ),
    "picture": ("a picture", "image, PNG, JPEG, photo, load, upload"),
}
EXPORTS = "save picture, download, screenshot, image, video, movie, animation, record, figure"
NO_LOSS = "There is no loss yet; train first"
GONE = "This file is no longer there"


class FileMenu:
    """Fills the menu."""

    def __init__(self, actions: Adds) -> None:
        self.actions, self.host, self._add = actions, actions.host, actions.add

    def fill(self, menu: QMenu) -> None:
        """Add the actions to the menu."""
        self.actions.group = "Files and editing"
        session = self.host.session
        keys = QKeySequence.StandardKey
        self._add(
            menu, "New", session.new, keys.New, "plus", also="blank, empty document, new document"
        )
        self._add(menu, "Open…", session.open_dialog, keys.Open, "open", also="load, file, session")
        recent = menu.addMenu("Recent files")
        recent.setToolTipsVisible(True)
        recent.aboutToShow.connect(lambda: self._fill_recent(recent))
        presets = menu.addMenu("Presets")
        for name in preset_names():
            self._add(
                presets,
                preset_title(name),
                partial(self.host.welcome, name),
                also="preset, example, demo",
            )
        menu.addSeparator()
        self._add(
            menu, "Save", session.save, keys.Save, "save", also="checkpoint, weights, download"
        )
        self._add(menu, "Save as…", session.save_as, keys.SaveAs)
        menu.addSeparator()
        for role in ("source", "target"):
            for kind, (words, also) in IMPORTS.items():
                self._add(
                    menu,
                    f"Import {words} as the {role}…",
                    partial(session.import_dialog, role, kind),
                    also=also,
                )
        tables = session.tables
        self._add(
            menu,
            "Change how the points were read…",
            tables.change,
            why=tables.why_no_change,
            also="import options, read again",
        )
        menu.addSeparator()
        self._add(menu, "Export…", self.host.exports.open, "Ctrl+E", "export", also=EXPORTS)
        for name, words in (
            ("points", "the points at this t"),
            ("metrics", "the metrics"),
            ("loss", "the loss curve"),
        ):
            self._add(
                menu,
                f"Export {words}…",
                partial(self.host.exports.save_numbers, name),
                why=partial(self._why_no_numbers, name),
                also="CSV, NPY, table, numbers, data, save as, log, download",
            )
        menu.addSeparator()
        self._add(menu, "Quit", self.actions.window.close, "Ctrl+Q", also="exit, close, end, leave")

    def _why_no_numbers(self, name: str) -> str:
        status = self.host.room.link.status()
        if name == "loss" and (status is None or not len(status.history.steps)):
            return NO_LOSS
        return self.host.exports.why_not()

    def _fill_recent(self, menu: QMenu) -> None:
        menu.clear()
        paths = [Path(name) for name in self.host.preferences.recent]
        for path in paths:
            action = menu.addAction(f"{path.name}  –  {path.parent}")
            allow(action, "" if path.exists() else GONE)
            action.triggered.connect(lambda *_, path=path: self.host.session.open(path))
        if paths:
            menu.addSeparator()
            menu.addAction("Clear this list").triggered.connect(self.host.preferences.forget)
        else:
            menu.addAction("No files yet").setEnabled(False)
