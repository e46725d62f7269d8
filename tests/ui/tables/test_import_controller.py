"""Importing: at once with a line where a table has one meaning, else by the dialog."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.ui.base.notice import Notice
from flowlab.ui.tables import import_dialog
from flowlab.ui.tables.import_controller import ImportController

PLAIN = "x,y\n" + "".join(f"{k / 7},{k / 3}\n" for k in range(20))
DOUBTFUL = "a,b,c\n" + "".join(f"{k / 7},{k / 3},{k / 5}\n" for k in range(20))


class Desk:
    """A controller, the line it tells in, and what it has imported and complained about."""

    def __init__(self, qtbot: QtBot) -> None:
        window = QWidget()
        qtbot.addWidget(window)
        self.imported: list[tuple[str, object]] = []
        self.told: list[str] = []
        self.ends: list[object] = []  # of the document, which takes all that is imported
        self.refuses = False
        self.controller = ImportController(window, self.work, lambda: tuple(self.ends))
        self.controller.imported.connect(self.import_)
        self.notice = Notice(window)
        self.controller.show_in(self.notice)
        self.window = window

    def import_(self, role: str, shape: object) -> None:
        self.imported.append((role, shape))
        if not self.refuses:
            self.ends.append(shape)

    def work(self, words, work):
        try:
            return work(lambda _: None)
        except Invalid as error:
            self.told.append(str(error))
            return None


def button(desk: Desk, text: str) -> QPushButton:
    return next(b for b in desk.notice.findChildren(QPushButton) if b.text() == text)


@pytest.fixture
def desk(qtbot: QtBot) -> Desk:
    return Desk(qtbot)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """What the dialog was opened with; it is accepted as it opens."""
    seen: list[object] = []

    def accept(path, role, examined, parent, reach):
        seen.append(examined)
        return examined.cloud

    monkeypatch.setattr(import_dialog, "chosen_cloud", accept)
    return seen


def test_a_plain_table_is_imported_at_once(desk: Desk, asked, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(PLAIN)
    assert desk.controller.take(tmp_path / "a.csv", "source")
    assert [role for role, _ in desk.imported] == ["source"]
    assert asked == []
    assert not desk.notice.isHidden()
    assert desk.notice.words.text() == (
        "Source: a.csv: 20 points. Commas between columns, a header, x is “x”, y is “y”."
    )
    assert desk.notice.words.accessibleName() == desk.notice.words.text()


def test_the_line_leads_to_the_dialog(desk: Desk, asked, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(PLAIN)
    desk.controller.take(tmp_path / "a.csv", "target")
    button(desk, "Change…").click()
    assert len(asked) == 1
    assert len(desk.imported) == 2


def test_a_doubtful_table_opens_the_dialog(desk: Desk, asked, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(DOUBTFUL)
    assert desk.controller.take(tmp_path / "a.csv", "target")
    assert len(asked) == len(desk.imported) == 1


def test_a_dialog_that_is_cancelled_changes_nothing(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(import_dialog, "chosen_cloud", lambda *_: None)
    (tmp_path / "a.csv").write_text(DOUBTFUL)
    assert not desk.controller.take(tmp_path / "a.csv", "target")
    assert desk.imported == []
    assert desk.notice.isHidden()


def test_what_no_choice_can_mend_is_a_sentence(desk: Desk, asked, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x,y\n1,2\n3,four\n")
    assert not desk.controller.take(tmp_path / "a.csv", "target")
    assert desk.told == ["Row 3 of a.csv has 'four' in “y”, which is no number."]
    assert asked == []


def test_what_a_choice_may_mend_opens_the_dialog(desk: Desk, asked, tmp_path: Path) -> None:
    kinds = ["a"] * 600 + [f"kind {k}" for k in range(10)]  # more than the first rows tell
    rows = [f"{k / 7},{k / 3},{kind}\n" for k, kind in enumerate(kinds)]
    (tmp_path / "a.csv").write_text("x,y,class\n" + "".join(rows))
    assert not desk.controller.take(tmp_path / "a.csv", "target")
    assert desk.told == []
    assert "at most 8 classes can be shown" in asked[0].problem  # type: ignore[attr-defined]


def test_a_few_rows_with_empty_cells_are_left_out_and_counted(
    desk: Desk, asked, tmp_path: Path
) -> None:
    rows = [f"{k / 7},{k / 3}\n" for k in range(40)]
    rows[5], rows[9] = ",1.5\n", "2.5,\n"
    (tmp_path / "a.csv").write_text("x,y\n" + "".join(rows))
    assert desk.controller.take(tmp_path / "a.csv", "target")
    assert asked == []
    assert "38 points" in desk.notice.words.text()
    assert "2 rows with empty cells left out" in desk.notice.words.text()
    desk.controller.change()
    assert asked[0].empty == 2  # type: ignore[attr-defined]


def test_many_are_left_out_only_after_a_question(desk: Desk, asked, tmp_path: Path) -> None:
    rows = [f"{k / 7},{k / 3 if k % 4 else ''}\n" for k in range(40)]
    (tmp_path / "a.csv").write_text("x,y\n" + "".join(rows))
    desk.controller.take(tmp_path / "a.csv", "target")
    assert asked[0].empty == 10  # type: ignore[attr-defined]
    assert asked[0].cloud is not None  # type: ignore[attr-defined]


def test_the_line_goes_when_the_import_is_undone_or_another_document_opens(
    desk: Desk, asked, tmp_path: Path
) -> None:
    (tmp_path / "a.csv").write_text(PLAIN)
    desk.controller.take(tmp_path / "a.csv", "target")
    _, shape = desk.imported[0]
    document = Document()
    desk.controller.follow(document, document.with_parts(target=shape))
    assert not desk.notice.isHidden()
    desk.controller.follow(document.with_parts(target=shape), document)
    assert desk.notice.isHidden()
    desk.controller.take(tmp_path / "a.csv", "target")
    desk.controller.forget()
    assert desk.notice.isHidden()
    button(desk, "Change…").click()
    assert asked == []


def test_the_line_can_be_closed(desk: Desk, tmp_path: Path) -> None:
    desk.notice.tell("A sentence.")
    button(desk, "Close").click()
    assert desk.notice.isHidden()


def test_nothing_is_told_of_points_that_the_document_refuses(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "cloud.csv"
    path.write_text("x,y\n" + "".join(f"{k / 7},{k / 3}\n" for k in range(20)))
    assert desk.controller.take(path, "target")
    assert desk.notice.isVisibleTo(desk.window)
    desk.refuses, desk.ends = True, []
    desk.controller.take(path, "target")
    assert not desk.notice.isVisibleTo(desk.window)
