"""The export dialog: it asks before it replaces a file, and says what the size becomes."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from flowlab.scene.base.frame import Frame
from flowlab.ui.shell.export_dialog import ExportDialog
from tests.helpers.pictures import frame_of, gaussian_bundle


def frame_at(t: float, _theme: str, _width: int, _height: int) -> Frame:
    return frame_of(gaussian_bundle(20), t)


@pytest.fixture
def dialog(qtbot: QtBot, tmp_path: Path) -> ExportDialog:
    made = ExportDialog(frame_at, 0.5, "dark", proposal=tmp_path / "my flow")
    qtbot.addWidget(made)
    made.width_box.setValue(160)
    made.height_box.setValue(120)
    made.seconds.setValue(0.1)
    return made


def choose(dialog: ExportDialog, suffix: str) -> None:
    dialog.format.setCurrentIndex(dialog.format.findData(suffix))
    dialog.format.activated.emit(dialog.format.currentIndex())


def finished(dialog: ExportDialog, qtbot: QtBot) -> str:
    qtbot.waitUntil(lambda: dialog.job is None, timeout=30_000)
    return dialog.words.text()


def test_it_proposes_a_free_name_in_every_format(dialog: ExportDialog, tmp_path: Path) -> None:
    assert dialog.spec.path == tmp_path / "my flow.mp4"
    (tmp_path / "my flow.png").touch()
    choose(dialog, ".png")
    assert dialog.spec.path == tmp_path / "my flow 2.png"
    choose(dialog, "")
    assert dialog.spec.path == tmp_path / "my flow"
    dialog.path.setText(str(tmp_path / "12.30.png"))
    dialog.path.textEdited.emit(dialog.path.text())
    choose(dialog, ".svg")
    assert dialog.spec.path == tmp_path / "12.30.svg"  # the user's own name stays


def test_an_older_file_is_replaced_only_after_a_question(
    dialog: ExportDialog, qtbot: QtBot, tmp_path: Path
) -> None:
    choose(dialog, ".png")
    older = tmp_path / "older.png"
    older.write_bytes(b"older")
    dialog.path.setText(str(older))
    dialog.path.textEdited.emit(str(older))
    dialog.start()
    assert dialog.job is None
    assert older.read_bytes() == b"older"
    assert dialog.start_button.text() == "Replace"
    assert "older.png exists already" in dialog.words.text()
    assert not dialog.start_button.isEnabled()  # nor by the second click of a double click
    qtbot.waitUntil(dialog.start_button.isEnabled, timeout=10_000)
    dialog.path.textEdited.emit(str(older))  # the question is withdrawn by any change
    assert dialog.start_button.text() == "Export"
    dialog.start()
    assert dialog.job is None
    dialog.start()
    assert "Written to" in finished(dialog, qtbot)
    assert older.read_bytes().startswith(b"\x89PNG")
    dialog.start()  # the file is there again
    assert dialog.job is None


def test_what_the_file_dialog_has_asked_is_not_asked_again(
    dialog: ExportDialog, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = tmp_path / "older.png"
    older.write_bytes(b"older")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(older), ""))
    dialog.browse.click()
    dialog.start()
    assert "Written to" in finished(dialog, qtbot)
    assert older.read_bytes().startswith(b"\x89PNG")


def test_a_film_of_odd_size_says_what_it_became(dialog: ExportDialog, qtbot: QtBot) -> None:
    dialog.width_box.setValue(161)
    dialog.height_box.setValue(121)
    words = "160 × 120 pixels: the sides of an MP4 are even"
    qtbot.waitUntil(lambda: words in dialog.words.text(), timeout=30_000)  # before
    dialog.start()
    assert words in finished(dialog, qtbot)  # and after


@pytest.mark.parametrize("name", ["width_box", "height_box", "fps", "seconds"])
def test_enter_in_a_box_takes_its_number_and_exports_nothing(
    dialog: ExportDialog, qtbot: QtBot, name: str
) -> None:
    box = getattr(dialog, name)
    dialog.show()
    box.setFocus()
    box.selectAll()
    qtbot.keyClicks(box, "44")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert box.value() == 44
    assert dialog.job is None
    assert not dialog.spec.path.exists()
    dialog.reject()
