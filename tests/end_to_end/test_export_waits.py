"""An export that is begun at once has the frames of one that is begun later."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from flowlab.core.document.document import Document
from flowlab.core.document.gallery import named
from flowlab.core.document.shapes import Gaussian
from flowlab.core.document.view import View
from flowlab.ui.canvas import known_densities
from flowlab.ui.shell.export_dialog import ExportDialog
from flowlab.ui.shell.window import Window
from tests.helpers.windows import LONG

LAYERS = View(particles=300, show_density=True, show_ends=True, show_particles=False)
EDITS: dict[str, Callable[[Document], Document]] = {
    "the exact flow of another target": lambda d: replace(
        d, target=named("eight_gaussians"), view=replace(LAYERS, shows="exact")
    ),
    "learned, another source": lambda d: replace(d, source=Gaussian(scale=0.6), view=LAYERS),
    "blends": lambda d: replace(d, view=replace(LAYERS, name="blending", show_contours=True)),
    "a grid and arrows": lambda d: replace(
        d, view=replace(LAYERS, show_grid=True, field="arrows", particles=3000)
    ),
    "chains": lambda d: replace(d, view=replace(LAYERS, name="chain", show_particles=True)),
}


def exported(window: Window, qtbot: QtBot, folder: Path) -> list[bytes]:
    bundle = window.room.canvas.bundle
    assert bundle is not None
    dialog: ExportDialog = window.exports.dialog_of(bundle)
    qtbot.addWidget(dialog)
    dialog.format.setCurrentIndex(dialog.format.findData(""))
    dialog.path.setText(str(folder))
    for box, value in ((dialog.width_box, 240), (dialog.height_box, 180), (dialog.fps, 8)):
        box.setValue(value)
    dialog.seconds.setValue(1.0)
    qtbot.mouseClick(dialog.start_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not dialog.running, timeout=LONG)
    assert "Written" in dialog.words.text()
    dialog.reject()
    return [path.read_bytes() for path in sorted(folder.iterdir())]


@pytest.mark.parametrize("name", EDITS)
def test_same_document_same_frames_whenever_it_begins(
    window: Window, qtbot: QtBot, tmp_path: Path, name: str
) -> None:
    window.store.edit(EDITS[name](window.store.document), "An edit")
    window.room.canvas._own_camera = True  # the camera isn't fitted to what is still to come
    at_once = exported(window, qtbot, tmp_path / "at once")
    qtbot.wait(600)
    assert not window.room.densities.waits(window.room.canvas.document)
    later = exported(window, qtbot, tmp_path / "later")
    assert len(at_once) == len(later) == 8
    assert [a == b for a, b in zip(at_once, later, strict=True)] == [True] * 8


def test_a_waiting_export_says_so_and_can_be_cancelled(
    window: Window, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(known_densities, "REST", 1e9)  # they are never asked for
    window.store.edit(EDITS["learned, another source"](window.store.document), "An edit")
    bundle = window.room.canvas.bundle
    assert bundle is not None
    dialog = window.exports.dialog_of(bundle)
    qtbot.addWidget(dialog)
    dialog.path.setText(str(tmp_path / "flow.png"))
    dialog.path.textEdited.emit(dialog.path.text())
    dialog.start()
    qtbot.waitUntil(lambda: "exact densities" in dialog.words.text(), timeout=LONG)
    assert dialog.running
    assert dialog.close_button.text() == "Cancel"
    qtbot.mouseClick(dialog.close_button, Qt.MouseButton.LeftButton)
    assert not dialog.running
    assert dialog.words.text() == "Cancelled; nothing was written."
    assert not list(tmp_path.glob("*.png"))
    dialog.reject()
