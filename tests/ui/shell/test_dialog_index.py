"""The search box knows what is inside dialogs, and opens one at the control that was chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QDialog, QWidget
from pytestqt.qtbot import QtBot

from flowlab.core.document.shapes import Points
from flowlab.core.views.bundle import Bundle
from flowlab.files.points import examine
from flowlab.ui.base.dialog_controls import DialogControl
from flowlab.ui.shell import export_dialog, export_fields, keys_window, runs_dialog
from flowlab.ui.shell.control_index import controls_in
from flowlab.ui.shell.found import Found
from flowlab.ui.shell.window import Window
from flowlab.ui.tables import import_dialog, import_fields
from tests.helpers.events import settle
from tests.helpers.keys import focused
from tests.helpers.pictures import frame_of, gaussian_bundle

POINTS = np.array([[[0, 0], [3, 1]], [[0, 0], [3, 1]]], np.float32)


@pytest.fixture
def window(still_window: Window) -> Window:
    still_window.search.start()
    still_window.afterwards.finish()
    settle()
    return still_window


def show_a_picture(window: Window) -> None:
    bundle = Bundle(times=np.array([0, 1], np.float32), points=POINTS, source=POINTS[0])
    window.room.canvas.show_bundle(bundle)


def row_of(window: Window, typed: str, where: str) -> Found:
    window.search.setText(typed)
    row = next(row for row in window.search.matches() if row.where.startswith(where))
    window.search.clear()
    return row


def declared(controls: Sequence[DialogControl]) -> set[str]:
    return {part.title for part in controls} | {o for part in controls for o in part.options}


def in_the_open_dialog(act: Callable[[], object], look: Callable[[QDialog], object]) -> object:
    """What `look` sees in the modal dialog that `act` opens; then the dialog is closed."""
    seen: list[object] = []

    def close() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, QDialog)
        popup = QApplication.activePopupWidget()
        seen.append(look(dialog))
        if popup is not None:
            popup.close()
        dialog.reject()

    QTimer.singleShot(200, close)
    act()
    return seen[0]


@pytest.mark.parametrize("name", ["export", "import", "runs", "keys"])
def test_what_a_dialog_declares_is_what_it_has(
    name: str, request: pytest.FixtureRequest, qtbot: QtBot, tmp_path: Path
) -> None:
    made: QDialog
    if name == "export":
        module, made = (
            export_fields,
            export_dialog.ExportDialog(
                lambda t, *_: frame_of(gaussian_bundle(20), t), 0.5, "dark", proposal=tmp_path / "a"
            ),
        )
    elif name == "import":
        path = tmp_path / "a.csv"
        path.write_text("x,y\n0,1\n2,3\n4,5\n")
        module, made = import_fields, import_dialog.ImportDialog(path, "target", examine(path))
    elif name == "runs":
        module, made = runs_dialog, runs_dialog.RunsDialog()
    else:
        window = request.getfixturevalue("window")  # the others need none
        module, made = keys_window, keys_window.KeysWindow(window, window.findChildren(QAction))
    qtbot.addWidget(made)
    for part in module.CONTROLS:
        assert isinstance(getattr(made, part.attribute), QWidget)
    known = declared(module.CONTROLS)
    inside = {title for control in controls_in(made) for title in (control.title,)}
    if name == "import":
        inside -= {"X", "Y", "x", "y", "None"}  # the columns of this file
        inside = {title.removesuffix(" (0)") for title in inside}  # how many rows that would be
        known |= {"Column of x", "Column of y"}
    if name == "runs":
        inside |= {"Runs of this session"}  # a list, which is no single control
        inside -= {"Close"}
    assert inside == known
    made.close()


def test_the_export_dialog_opens_at_a_control(window: Window) -> None:
    show_a_picture(window)
    row = row_of(window, "frames a second", "Export dialog")
    assert not row.why
    name = in_the_open_dialog(row.act, lambda dialog: dialog.focusWidget().accessibleName())
    assert name == "Frames a second"


def test_the_export_dialog_opens_at_an_entry_of_a_list(window: Window) -> None:
    show_a_picture(window)
    row = row_of(window, "gif", "Export dialog")

    def entry(dialog: QDialog) -> str:
        assert isinstance(dialog, export_dialog.ExportDialog)
        return str(dialog.format.view().currentIndex().data())

    assert in_the_open_dialog(row.act, entry) == "GIF animation"


def test_what_no_dialog_can_be_opened_for_is_disabled_with_the_reason(window: Window) -> None:
    window.search.setText("mp4")
    [row] = window.search.matches()
    assert row.why == window.exports.why_not()
    assert "nothing to export" in row.why
    window.search.setText("decimal mark")
    row = window.search.matches()[0]
    assert row.words == "Decimal mark"
    assert "Import a file of points" in row.why


def test_the_table_dialog_opens_once_there_is_a_table(window: Window, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x,y\n" + "\n".join(f"{i},{i * i % 7}" for i in range(40)))
    window.session.tables.take(path, "target")
    settle()
    assert isinstance(window.store.document.target, Points)
    row = row_of(window, "decimal mark", "Table import dialog")
    assert not row.why
    name = in_the_open_dialog(row.act, lambda dialog: dialog.focusWidget().accessibleName())
    assert name == "Decimal mark"


def test_runs_and_keys_open_at_their_controls(window: Window) -> None:
    row_of(window, "search keys", "Keys and gestures").act()
    settle()
    assert focused().accessibleName() == "Search keys and gestures"
    window.actions_._keys_window.close()
    row_of(window, "runs of this session", "Runs of this session").act()
    settle()
    assert window.runs.dialog is not None
    assert window.runs.dialog.isVisible()
    window.runs.dialog.close()
