"""The controls of the dialogs, so that the search box can open a dialog at one of them.

Each dialog's module declares its own, as `CONTROLS`: a dialog need not exist to be known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QWidget

from flowlab.ui.base.called import APART
from flowlab.ui.base.dialog_controls import DialogControl, Reach
from flowlab.ui.shell.control_index import Control
from flowlab.ui.shell.flash import Flash, open_at

if TYPE_CHECKING:
    from flowlab.ui.shell.find_host import FindHost

BEHIND = -18.0  # for a dialog's controls, behind what the window itself calls the same


@dataclass(frozen=True)
class Dialog:
    """A dialog: where it is, its controls, how it is opened, and why it can't be at present."""

    where: str
    controls: Sequence[DialogControl]
    open: Callable[[Reach], object]
    why: Callable[[], str]


def dialogs(window: FindHost) -> Iterator[Dialog]:
    """The dialogs that may be opened from the search box."""
    from flowlab.ui.shell import export_fields, keys_window, runs_dialog
    from flowlab.ui.tables import import_fields

    tables = window.session.tables
    yield Dialog(
        "Export dialog", export_fields.CONTROLS, window.exports.open, window.exports.why_not
    )
    yield Dialog("Table import dialog", import_fields.CONTROLS, tables.change, tables.why_no_change)
    yield Dialog("Runs of this session", runs_dialog.CONTROLS, window.runs.open, str)
    yield Dialog("Keys and gestures", keys_window.CONTROLS, window.show_keys, str)


def controls_of(dialog: Dialog) -> Iterator[Control]:
    """The controls of a dialog, and the entries of their lists."""
    for part in dialog.controls:
        whole = (part.title, dialog.where, part.also, "")
        entries = ((o, f"{dialog.where}{APART}{part.title}", "", o) for o in part.options)
        for title, where, also, option in (whole, *entries):
            act = partial(dialog.open, partial(_reach, part.attribute, option))
            yield Control(
                title, where, part.tip, QWidget, also=also, act=act, why=dialog.why, bonus=BEHIND
            )


def _reach(attribute: str, option: str, dialog: QWidget) -> None:
    """Give the focus to a control of an open dialog, and light it up."""
    control: QWidget = getattr(dialog, attribute)
    Flash(control)
    if option and isinstance(control, QComboBox):
        open_at(control, option)
    else:
        control.setFocus(Qt.FocusReason.TabFocusReason)
