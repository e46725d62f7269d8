"""Message boxes and dialogs: plain text, the program's own icons, in both themes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication, QFileDialog, QMessageBox, QStyle, QWidget
from pytestqt.qtbot import QtBot

from flowlab.resources import asset
from flowlab.scene.base.style import DARK, LIGHT, THEMES, Colour, Theme
from flowlab.ui.base import messages
from flowlab.ui.base.messages import BOX
from flowlab.ui.base.theme import apply_theme

SIGNS = {
    QStyle.StandardPixmap.SP_MessageBoxWarning: "warn",
    QStyle.StandardPixmap.SP_MessageBoxCritical: "warn",
    QStyle.StandardPixmap.SP_MessageBoxQuestion: "learned",
    QStyle.StandardPixmap.SP_MessageBoxInformation: "learned",
    QStyle.StandardPixmap.SP_DirIcon: "text",
    QStyle.StandardPixmap.SP_FileIcon: "text",
    QStyle.StandardPixmap.SP_FileDialogNewFolder: "text",
    QStyle.StandardPixmap.SP_FileDialogToParent: "text",
    QStyle.StandardPixmap.SP_FileDialogBack: "text",
    QStyle.StandardPixmap.SP_FileDialogListView: "text",
    QStyle.StandardPixmap.SP_FileDialogDetailedView: "text",
    QStyle.StandardPixmap.SP_DriveHDIcon: "text",
    QStyle.StandardPixmap.SP_ComputerIcon: "text",
    QStyle.StandardPixmap.SP_DirHomeIcon: "text",
}


@pytest.fixture(params=[DARK, LIGHT], ids=lambda theme: theme.name)
def theme(request: pytest.FixtureRequest, qapp: QApplication) -> Theme:
    apply_theme(qapp, request.param)
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    made = QWidget()
    qtbot.addWidget(made)
    made.show()
    return made


def inks(icon: QIcon) -> set[Colour]:
    image = icon.pixmap(48, 48).toImage()
    places = [(x, y) for x in range(image.width()) for y in range(image.height())]
    solid = [image.pixelColor(*at) for at in places if image.pixelColor(*at).alpha() == 255]
    return {(c.red(), c.green(), c.blue()) for c in solid}


@pytest.mark.parametrize("sign", list(SIGNS), ids=lambda sign: sign.name)
def test_dialogs_have_icons_of_the_theme(theme: Theme, sign: QStyle.StandardPixmap) -> None:
    assert inks(QApplication.style().standardIcon(sign)) == {getattr(theme, SIGNS[sign])}


def test_both_themes_have_the_same_drawings() -> None:
    folders = {name: asset(f"icons/flowlab-{name}") for name in THEMES}
    names = {k: sorted(p.name for p in f.glob("scalable/*.svg")) for k, f in folders.items()}
    assert names["dark"] == names["light"]
    for file in names["dark"]:
        drawn = [(folders[k] / "scalable" / file).read_text().split("stroke-width") for k in THEMES]
        assert drawn[0][1:] == drawn[1][1:]


def answered(press: Callable[[QMessageBox], None]) -> list[QMessageBox]:
    """Press something in the next message box."""
    seen: list[QMessageBox] = []

    def look() -> None:
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        seen.append(box)
        press(box)

    QTimer.singleShot(0, look)
    return seen


def test_a_question_returns_the_button(theme: Theme, parent: QWidget) -> None:
    def save(box: QMessageBox) -> None:
        assert box.textFormat() == Qt.TextFormat.PlainText
        assert all(button.icon().isNull() for button in box.buttons())
        assert box.button(BOX.Discard).text() == "Drop it"
        assert box.defaultButton() is box.button(BOX.Save)
        box.button(BOX.Save).click()

    answered(save)
    buttons = BOX.Save | BOX.Discard | BOX.Cancel
    words = {BOX.Discard: "Drop it"}
    assert messages.ask(parent, "Save <b>a</b>?", buttons, BOX.Save, words) == BOX.Save
    answered(lambda box: box.reject())
    assert messages.ask(parent, "Save?", buttons, BOX.Save) == BOX.Cancel


def test_a_problem_is_told(theme: Theme, parent: QWidget) -> None:
    told: list[str] = []
    answered(lambda box: (told.append(box.text()), box.accept()))  # type: ignore[func-returns-value,arg-type]
    messages.tell(parent, "x <i>y</i>.csv is empty.")
    assert told == ["x <i>y</i>.csv is empty."]


def test_the_own_file_dialog_has_icons_of_the_theme(theme: Theme, qtbot: QtBot) -> None:
    dialog = QFileDialog()
    dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
    qtbot.addWidget(dialog)
    for name in ("backButton", "toParentButton", "newFolderButton", "listModeButton"):
        button = dialog.findChild(QWidget, name)
        assert theme.text in inks(button.icon())  # type: ignore[union-attr]
