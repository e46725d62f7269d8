"""The import dialog: what it finds, what is chosen, and that rows, cloud and sentence follow."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import openpyxl
import pytest
from PySide6.QtWidgets import QComboBox, QDialog
from pytestqt.qtbot import QtBot

from flowlab.files.points import examine
from flowlab.files.tables.table import FOUND, Options
from flowlab.ui.tables.import_dialog import ImportDialog

TABLE = "id;a;b;c;kind\n" + "".join(
    f"{k};{k / 7:.4f};{k * k / 9:.4f};{k / 3:.4f};{['cat', 'dog'][k % 2]}\n" for k in range(40)
).replace(".", ",")


@pytest.fixture
def opened(qtbot: QtBot, tmp_path: Path):
    made: list[ImportDialog] = []

    def build(
        content: str | np.ndarray = TABLE, name: str = "a.csv", options: Options = FOUND
    ) -> ImportDialog:
        path = tmp_path / name
        if isinstance(content, str):
            path.write_text(content)
        else:
            np.save(path, content)
        dialog = ImportDialog(path, "target", examine(path, options=options))
        qtbot.addWidget(dialog)
        dialog.show()
        made.append(dialog)
        return dialog

    yield build
    for dialog in made:
        dialog.reject()


def choose(qtbot: QtBot, dialog: ImportDialog, combo: QComboBox, words: str) -> None:
    index = combo.findText(words)
    assert index >= 0, [combo.itemText(k) for k in range(combo.count())]
    combo.setCurrentIndex(index)
    combo.activated.emit(index)
    read(qtbot, dialog)


def read(qtbot: QtBot, dialog: ImportDialog) -> None:
    qtbot.waitUntil(lambda: dialog._job is None, timeout=20_000)


def heads(dialog: ImportDialog) -> list[str]:
    return [dialog.rows.horizontalHeaderItem(k).text() for k in range(dialog.rows.columnCount())]


def test_of_several_arrays_one_is_chosen(qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, a=np.random.default_rng(0).normal(size=(9, 2)), b=np.eye(5, 2) + 3)
    dialog = ImportDialog(path, "target", examine(path))
    qtbot.addWidget(dialog)
    dialog.show()
    assert dialog.array_box.isVisible()
    assert (dialog.array_box.currentText(), dialog.picture.shown) == ("a", 9)
    assert "may be in the array “a” or “b”" in dialog.words.text()
    choose(qtbot, dialog, dialog.array_box, "b")
    assert (dialog.array_box.currentText(), dialog.picture.shown) == ("b", 5)
    assert "The points are the array “b”" in dialog.words.text()
    dialog.reject()


def test_of_several_sheets_one_is_chosen(qtbot: QtBot, tmp_path: Path) -> None:
    path, book = tmp_path / "a.xlsx", openpyxl.Workbook()
    book.active.title = "notes"
    book.active.append(["Measured on Monday"])
    for name, count in (("data", 4), ("more", 3)):
        sheet = book.create_sheet(name)
        for k in range(count):
            sheet.append([k / 2, 3 - k])
    book.save(path)
    dialog = ImportDialog(path, "target", examine(path))
    qtbot.addWidget(dialog)
    dialog.show()
    assert dialog.sheet_box.isVisible()
    assert not dialog.array_box.isVisible()
    assert (dialog.sheet_box.currentText(), dialog.picture.shown) == ("data", 4)
    choose(qtbot, dialog, dialog.sheet_box, "more")
    assert (dialog.sheet_box.currentText(), dialog.picture.shown) == ("more", 3)
    choose(qtbot, dialog, dialog.sheet_box, "notes")
    assert "The sheet “notes” of a.xlsx holds no rows of numbers" in dialog.words.text()
    assert not dialog.import_button.isEnabled()
    choose(qtbot, dialog, dialog.sheet_box, "data")
    assert dialog.import_button.isEnabled()
    dialog.reject()


def test_columns_of_arrays_are_told_from_the_names_of_arrays(qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, X=np.random.default_rng(0).normal(size=(9, 2)), y=np.arange(9) % 2)
    dialog = ImportDialog(path, "target", examine(path))
    qtbot.addWidget(dialog)
    assert dialog.x_box.currentText() == "Column 1 of “X”"
    assert dialog.label_box.currentText() == "The array “y”"
    assert heads(dialog)[0] == "column 1 of “X” → x"
    dialog.reject()


def test_a_file_of_one_table_asks_for_no_array_and_no_sheet(opened) -> None:
    assert not opened().array_box.isVisible()
    assert not opened().sheet_box.isVisible()


def test_it_opens_with_what_was_found_and_says_what_is_doubtful(opened) -> None:
    dialog = opened()
    assert dialog.windowTitle() == "Import points as the target"
    assert heads(dialog) == ["id", "a → x", "b → y", "c", "kind → class"]
    assert dialog.separator.currentText() == "Semicolons"
    assert dialog.decimal.currentText() == "Decimal commas"
    assert dialog.header.isChecked()
    assert dialog.words.text().startswith("Please check: 3 columns hold numbers")
    assert dialog.picture.shown == 40
    assert dialog.import_button.isEnabled()


def test_other_columns_are_read(opened, qtbot: QtBot) -> None:
    dialog = opened()
    choose(qtbot, dialog, dialog.y_box, "c")
    choose(qtbot, dialog, dialog.label_box, "None")
    assert heads(dialog) == ["id", "a → x", "b", "c → y", "kind"]
    assert dialog.cloud.points.labels is None
    k = np.arange(40)
    assert np.allclose(dialog.cloud.points.points.values, np.c_[k / 7, k / 3], atol=1e-4)
    assert "40 points." in dialog.words.text()


def test_y_points_down(opened, qtbot: QtBot) -> None:
    dialog = opened()
    before = dialog.cloud.points.points.values
    dialog.flip.click()
    read(qtbot, dialog)
    assert np.array_equal(dialog.cloud.points.points.values, before * (1, -1))
    assert dialog.flip.isChecked()


def test_a_wrong_choice_is_a_sentence_and_can_be_taken_back(opened, qtbot: QtBot) -> None:
    dialog = opened()
    choose(qtbot, dialog, dialog.label_box, "b")
    assert "must be words or whole numbers" in dialog.words.text()
    assert not dialog.import_button.isEnabled()
    assert dialog.cloud is None
    choose(qtbot, dialog, dialog.label_box, "kind")
    assert dialog.import_button.isEnabled()
    choose(qtbot, dialog, dialog.y_box, "a")
    assert "must be two columns" in dialog.words.text()
    choose(qtbot, dialog, dialog.y_box, "c")
    choose(qtbot, dialog, dialog.separator, "Bars")
    assert not dialog.import_button.isEnabled()
    choose(qtbot, dialog, dialog.separator, "Semicolons")
    assert dialog.import_button.isEnabled()


def test_a_header_that_is_a_point(opened, qtbot: QtBot) -> None:
    dialog = opened("0,1\n3,4\n5,6\n")
    assert "may be a header or a point" in dialog.words.text()
    assert dialog.picture.shown == 3
    dialog.header.click()
    read(qtbot, dialog)
    assert heads(dialog) == ["0 → x", "1 → y"]
    assert dialog.picture.shown == 2
    assert "Please check" not in dialog.words.text()


def test_arrays_have_no_separator_and_no_header(opened) -> None:
    dialog = opened(np.random.default_rng(0).normal(size=(30, 4)), "a.npy")
    for widget in (dialog.separator, dialog.decimal, dialog.header):
        assert not dialog.form.isRowVisible(widget)
    assert dialog.x_box.count() == 4
    assert heads(dialog)[0] == "1 → x"


def test_quick_choices_end_with_the_last(opened, qtbot: QtBot) -> None:
    dialog = opened(
        "x,y,z,w\n" + "".join(f"{k}.5,{2 * k}.5,{3 * k}.5,{4 * k}.5\n" for k in range(9000))
    )
    for words in ("z", "w", "y", "w"):
        index = dialog.x_box.findText(words)
        dialog.x_box.setCurrentIndex(index)
        dialog.x_box.activated.emit(index)
    read(qtbot, dialog)
    assert heads(dialog)[3] == "w → x"
    assert dialog.cloud.points.points.values[1].tolist() == [4.5, 2.5]
    assert dialog.picture.shown <= 4000


def test_a_file_that_is_gone_is_told(opened, qtbot: QtBot) -> None:
    dialog = opened()
    dialog.path.unlink()
    dialog.flip.click()
    read(qtbot, dialog)
    assert "no such file" in dialog.words.text()
    assert not dialog.import_button.isEnabled()


def test_closing_ends_what_is_being_read(opened) -> None:
    dialog = opened()
    dialog.flip.click()
    dialog.reject()
    assert dialog.result() == QDialog.DialogCode.Rejected


def test_rows_with_empty_cells_have_a_switch_with_their_number(opened, qtbot: QtBot) -> None:
    rows = [f"{k / 7:.4f},{k / 3:.4f}\n" for k in range(40)]
    whole = opened("x,y\n" + "".join(rows))
    assert not whole.form.isRowVisible(whole.skip)
    rows[5], rows[9] = ",1.5\n", "2.5,\n"
    dialog = opened("x,y\n" + "".join(rows), options=Options(empty="skip"))
    assert dialog.form.isRowVisible(dialog.skip)
    assert dialog.skip.text() == "Leave out rows with empty cells (2)"
    assert dialog.skip.isChecked()
    assert dialog.words.text().startswith("38 points. ")
    assert dialog.words.text().endswith("2 rows with empty cells left out.")
    dialog.skip.click()
    read(qtbot, dialog)
    assert dialog.cloud is None
    assert dialog.words.text().startswith("2 of 40 rows of a.csv have empty cells, the first is")
    assert dialog.form.isRowVisible(dialog.skip)
    assert not dialog.import_button.isEnabled()
    dialog.skip.click()
    read(qtbot, dialog)
    assert dialog.picture.shown == 38
