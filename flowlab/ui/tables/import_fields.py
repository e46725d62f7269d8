"""What the dialog of table imports lets choose, known without what reading a table needs."""

from __future__ import annotations

from flowlab.files.tables.dialect import DECIMALS, SEPARATORS
from flowlab.ui.base.dialog_controls import DialogControl

CONTROLS = (
    DialogControl("array_box", "Array", also="NPZ array, variable, key"),
    DialogControl(
        "sheet_box", "Sheet", also="XLSX sheet, worksheet, Excel sheet, tab of a workbook"
    ),
    DialogControl("x_box", "Column of x", also="CSV column, table column"),
    DialogControl("y_box", "Column of y", also="CSV column, table column"),
    DialogControl("label_box", "Class", also="CSV column, label column"),
    DialogControl(
        "separator",
        "Separator",
        also="delimiter, CSV, comma, semicolon, tab",
        options=tuple(words.capitalize() for words in SEPARATORS.values()),
    ),
    DialogControl(
        "decimal",
        "Decimal mark",
        also="decimal comma, CSV",
        options=tuple(words.capitalize() for words in DECIMALS.values()),
    ),
    DialogControl("header", "The first row holds names", also="header, column names, CSV"),
    DialogControl("flip", "y points down (pictures)", also="flip y, upside down, mirror"),
    DialogControl(
        "skip",
        "Leave out rows with empty cells",
        also="missing values, NaN, gaps, skip rows, drop rows",
    ),
    DialogControl("import_button", "Import"),
    DialogControl("cancel_button", "Cancel"),
)
