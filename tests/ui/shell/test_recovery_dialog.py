"""The dialog after a crash: its words, buttons and keys."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QBuffer, QIODevice, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from flowlab.files.recovery import Recovery
from flowlab.scene.base.style import THEMES
from flowlab.ui.base.theme import apply_theme
from flowlab.ui.shell.recovery_dialog import (
    PICTURE,
    RecoveryDialog,
    _picture,
    place_words,
    when_words,
)

NOW = datetime.now().timestamp()
Make = Callable[..., RecoveryDialog]


class Person:
    """Records the dialog's calls."""

    def __init__(self) -> None:
        self.recovered: list[str] = []
        self.discarded: list[str] = []
        self.opens = True

    def recover(self, recovery: Recovery) -> bool:
        self.recovered.append(recovery.name)
        return self.opens

    def discard(self, recovery: Recovery) -> None:
        self.discarded.append(recovery.name)


@pytest.fixture
def person() -> Person:
    return Person()


@pytest.fixture
def make(qtbot: QtBot, person: Person) -> Make:
    def build(count: int = 3, thumbnail: bytes = b"") -> RecoveryDialog:
        recoveries = [
            Recovery(Path(f"/x/{k}"), f"work {k}", NOW - 60, thumbnail, Path(f"/flows/{k}.flowlab"))
            for k in range(count)
        ]
        dialog = RecoveryDialog(recoveries, person.recover, person.discard)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
        qtbot.addWidget(dialog)
        dialog.open()
        return dialog

    return build


def png(rgb: int, width: int = 320, height: int = 200) -> bytes:
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(rgb)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())


# --- words ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("saved", "words"),
    [
        (datetime(2026, 3, 10, 14, 2), "today 14:02"),
        (datetime(2026, 3, 9, 23, 59), "yesterday 23:59"),
        (datetime(2026, 3, 8, 9, 5), "8 March 9:05"),
        (datetime(2025, 12, 31, 9, 5), "31 December 2025 9:05"),
        (datetime(2026, 3, 11, 1, 0), "11 March 1:00"),  # a clock that was set back
    ],
)
def test_a_moment_is_said_in_plain_words(saved: datetime, words: str) -> None:
    assert when_words(saved, datetime(2026, 3, 10, 0, 30)) == words


def test_the_place_is_said_from_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert place_words(None) == "Never saved to a file"
    assert place_words(tmp_path / "flows" / "a.flowlab") == f"From {Path('~/flows')}"
    assert place_words(Path("/elsewhere/a.flowlab")) == f"From {Path('/elsewhere')}"


def test_each_row_says_name_time_and_folder(make: Make) -> None:
    dialog = make(1)
    item = dialog.list.item(0)
    assert re.fullmatch(r"work 0\n(Today|Yesterday) \d+:\d\d\nFrom .flows", item.text())
    spoken = item.data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == item.text().replace("\n", ", ")
    dialog.reject()


def test_everything_has_a_name_that_is_read_aloud(make: Make) -> None:
    dialog = make()
    assert dialog.list.accessibleName() == "Unsaved work"
    assert [
        button.text()
        for button in (dialog.recover_button, dialog.discard_button, dialog.later_button)
    ] == ["Recover", "Discard", "Later"]
    dialog.reject()


# --- what is done --------------------------------------------------------------------------------


def test_the_chosen_one_is_recovered_and_the_dialog_closes(
    make: Make, person: Person, qtbot: QtBot
) -> None:
    dialog = make()
    qtbot.keyClick(dialog.list, Qt.Key.Key_Down)
    qtbot.keyClick(dialog.list, Qt.Key.Key_Return)
    assert person.recovered == ["work 1"]
    assert person.discarded == []
    assert not dialog.isVisible()


def test_one_that_does_not_open_leaves_the_choice(make: Make, person: Person, qtbot: QtBot) -> None:
    person.opens = False
    dialog = make()
    qtbot.mouseClick(dialog.recover_button, Qt.MouseButton.LeftButton)
    assert person.recovered == ["work 0"]
    assert dialog.isVisible()
    dialog.reject()


def test_discarding_takes_one_after_the_other_and_then_closes(
    make: Make, person: Person, qtbot: QtBot
) -> None:
    dialog = make()
    dialog.list.setCurrentRow(1)
    for left in (2, 1, 0):
        qtbot.mouseClick(dialog.discard_button, Qt.MouseButton.LeftButton)
        assert dialog.list.count() == left
    assert person.discarded[0] == "work 1"
    assert sorted(person.discarded) == ["work 0", "work 1", "work 2"]
    assert not dialog.isVisible()


def test_after_discarding_the_rows_are_still_those_of_their_recoveries(
    make: Make, person: Person, qtbot: QtBot
) -> None:
    dialog = make()
    qtbot.mouseClick(dialog.discard_button, Qt.MouseButton.LeftButton)
    shown = dialog.list.currentItem().text().split("\n")[0]
    qtbot.mouseClick(dialog.recover_button, Qt.MouseButton.LeftButton)
    assert person.recovered == [shown] == ["work 1"]


@pytest.mark.parametrize("how", ["later", "escape", "close"])
def test_later_keeps_everything(make: Make, person: Person, qtbot: QtBot, how: str) -> None:
    dialog = make()
    if how == "later":
        qtbot.mouseClick(dialog.later_button, Qt.MouseButton.LeftButton)
    elif how == "escape":
        qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    else:
        dialog.close()
    assert not dialog.isVisible()
    assert person.recovered == person.discarded == []


def test_every_button_is_reached_by_tab(make: Make, qtbot: QtBot) -> None:
    dialog = make()
    dialog.list.setFocus()
    reached = [dialog.focusWidget()]
    for _ in range(3):
        qtbot.keyClick(dialog.focusWidget(), Qt.Key.Key_Tab)
        reached.append(dialog.focusWidget())
    assert {dialog.list, dialog.discard_button, dialog.later_button, dialog.recover_button} == set(
        reached
    )
    dialog.reject()


# --- what is seen --------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_picture_is_shown_as_it_is_though_its_row_is_chosen(
    make: Make, qapp: QApplication, theme: str
) -> None:
    apply_theme(qapp, THEMES[theme])
    dialog = make(1, png(0xFF2266AA))
    image = dialog.list.viewport().grab().toImage()
    colours = {image.pixelColor(x, PICTURE.height() // 2).name() for x in (30, 60, 90)}
    assert colours == {"#2266aa"}
    dialog.reject()


def test_a_planted_picture_is_not_decoded_and_others_are_scaled_down(qapp: QApplication) -> None:
    assert _picture(png(0xFF2266AA, 8100, 8100)).isNull()
    assert _picture(png(0xFF2266AA, 1025, 2)).isNull()
    assert _picture(png(0xFF2266AA, 1024, 1024)).size() == PICTURE * 2
    assert _picture(png(0xFF2266AA, 100, 60)).size().toTuple() == (100, 60)


def test_what_is_no_picture_is_an_empty_one(make: Make) -> None:
    for content in (b"", b"nonsense", png(0)[:50]):
        dialog = make(1, content)
        assert not dialog.list.grab().isNull()
        dialog.reject()


def test_the_words_can_be_read_in_both_themes(make: Make, qapp: QApplication) -> None:
    for theme in THEMES.values():
        apply_theme(qapp, theme)
        dialog = make(2)
        image = dialog.list.viewport().grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
        pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)
        words = pixels[:, PICTURE.width() + 20 :, :3].astype(int).sum(axis=2)
        assert words.max() - words.min() > 350
        dialog.reject()
