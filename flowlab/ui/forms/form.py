"""A form for any of the document's dataclasses, created from the limits of its fields."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QSizePolicy, QToolButton, QWidget

from flowlab.core.document.fresh import needs_fresh_weights
from flowlab.core.document.limits import Invalid
from flowlab.ui.base.in_sight import bring_in_sight
from flowlab.ui.base.opened_by import set_opener
from flowlab.ui.forms.editable import is_table
from flowlab.ui.forms.fields import ChoiceField, Field, SwitchField, TextField
from flowlab.ui.forms.number_field import NumberField
from flowlab.ui.forms.tables import TableField

HALF_WIDTH = 96  # two switches no wider than this share a row


def editor(spec: dataclasses.Field[Any], part: type) -> Field | None:
    """The editor of a part's field; None if a form cannot edit it (arrays, strokes, parts)."""
    meta, starts_over = spec.metadata, needs_fresh_weights(part, spec.name)
    if "label" not in meta:
        return None
    if "low" in meta:
        return NumberField(spec, starts_over=starts_over)
    if "options" in meta:
        return ChoiceField(spec, starts_over=starts_over)
    if "longest" in meta:
        return TextField(spec)
    if isinstance(spec.default, bool):
        return SwitchField(spec, starts_over=starts_over)
    return TableField(spec, starts_over=starts_over) if is_table(spec) else None


def own_first(value: Any) -> list[str]:
    """Names of the fields: those declared by the class itself, then the inherited ones."""
    names = [spec.name for spec in dataclasses.fields(value)]
    annotations = inspect.get_annotations(type(value))
    return [n for n in names if n in annotations] + [n for n in names if n not in annotations]


class Form(QWidget):
    """Edits a frozen dataclass: every change makes a new value, every gesture ends with `settled`.

    `fields` selects and orders the rows (default: all). Fields named in `advanced`, or marked so in
    their metadata, are folded away under "More". `check` raises `Invalid` for values that can't be
    used although their fields are within the limits.
    """

    edited = Signal(object)
    settled = Signal()

    def __init__(
        self,
        value: Any,
        *,
        fields: Sequence[str] | None = None,
        advanced: Sequence[str] = (),
        check: Callable[[Any], None] = lambda _: None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.check = check
        self._names = list(fields) if fields is not None else None
        self._advanced = tuple(advanced)
        self._value: Any = None
        self._pending: dict[str, Any] = {}
        self._unsettled = False
        self.fields: dict[str, Field] = {}
        self.errors: dict[str, QLabel] = {}
        self.more = QToolButton(self)
        self.more.hide()
        self._folded: list[QWidget] = []
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(8)
        self._grid.setVerticalSpacing(4)
        self._build(value)

    @property
    def value(self) -> Any:
        """The last valid value."""
        return self._value

    def set_value(self, value: Any) -> None:
        """Show another value without a signal."""
        if type(value) is not type(self._value):
            self._clear()
            self._build(value)
        elif value != self._value:
            self._pending.clear()
            self._show(value)

    def forbid(self, name: str, reason: str) -> None:
        """Disable a field and show `reason` as its tooltip; an empty reason enables it again."""
        if name in self.fields:
            self.fields[name].forbid(reason)

    def forbid_option(self, name: str, key: str, reason: str) -> None:
        """Disable an entry of a field's list, with `reason` as its tooltip; "" enables it again."""
        field = self.fields.get(name)
        if isinstance(field, ChoiceField):
            field.forbid_option(key, reason)

    # rows

    def _build(self, value: Any) -> None:
        specs = {spec.name: spec for spec in dataclasses.fields(value)}
        names = self._names if self._names is not None else own_first(value)
        editors = {n: editor(specs[n], type(value)) for n in names if n in specs}
        self.fields = {n: field for n, field in editors.items() if field is not None}
        folded = [
            n for n in self.fields if n in self._advanced or specs[n].metadata.get("advanced")
        ]
        row = self._place([n for n in self.fields if n not in folded], 0)
        if folded:
            row = self._place_more(row)
            self._place(folded, row)
            self._folded = [self.fields[n] for n in folded]
            for widget in self._folded:
                set_opener(widget, self.more)
            self._fold(False)
        for name, field in self.fields.items():
            self._connect(name, field)
        self._show(value)

    def _place(self, names: Sequence[str], row: int) -> int:
        column = 0
        for i, name in enumerate(names):
            field = self.fields[name]
            half = self._narrow(name) and (
                column == 1 or (i + 1 < len(names) and self._narrow(names[i + 1]))
            )
            if not half:
                row, column = row + column, 0
            self._grid.addWidget(field, row, column, 1, 1 if half else 2)
            self.errors[name] = self._error_label()
            if half:
                row, column = row + column, 1 - column
            else:
                self._grid.addWidget(self.errors[name], row + 1, 0, 1, 2)
                row += 2
        return row + column

    def _narrow(self, name: str) -> bool:
        field = self.fields[name]
        return isinstance(field, SwitchField) and field.sizeHint().width() <= HALF_WIDTH

    def _place_more(self, row: int) -> int:
        self.more = QToolButton(self)
        self.more.setText("More")
        self.more.setProperty("role", "more")
        self.more.setProperty("unlisted", True)  # the search box finds what it shows
        self.more.setToolTip("Show the settings seldom changed")
        self.more.setCheckable(True)
        self.more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.more.toggled.connect(self._fold)
        self._grid.addWidget(self.more, row, 0, 1, 2)
        return row + 1

    def _fold(self, shown: bool) -> None:
        arrow = Qt.ArrowType.DownArrow if shown else Qt.ArrowType.RightArrow
        self.more.setArrowType(arrow)
        for widget in self._folded:
            widget.setVisible(shown)

    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        """Give wrapped sentences the height they need at the new width."""
        super().resizeEvent(event)
        for label in self.errors.values():
            if label.text():
                label.setMinimumHeight(label.heightForWidth(self.width()))

    def _error_label(self) -> QLabel:
        label = QLabel(self)
        label.setProperty("role", "warn")
        label.setWordWrap(True)
        label.hide()
        return label

    def _clear(self) -> None:
        for widget in (*self.fields.values(), *self.errors.values(), self.more):
            self._grid.removeWidget(widget)
            widget.hide()
            widget.deleteLater()
        self.fields, self.errors, self._folded = {}, {}, []
        self._pending.clear()
        self.more = QToolButton(self)
        self.more.hide()

    def _connect(self, name: str, field: Field) -> None:
        field.changed.connect(lambda new: self._edit({name: new}))
        field.settled.connect(self._settle)
        if isinstance(field, TableField):
            field.row_added.connect(lambda: self._each_linked(name, lambda rows: (*rows, rows[-1])))
            field.row_removed.connect(
                lambda at: self._each_linked(name, lambda rows: (*rows[:at], *rows[at + 1 :]))
            )

    # edits

    def _linked(self, name: str) -> list[str]:
        """Return the tables that share their rows, such as means, covariances and weights."""
        size = len(self.fields[name].default)
        tables = {n: f for n, f in self.fields.items() if isinstance(f, TableField) and not f.fixed}
        return [n for n, f in tables.items() if len(f.default) == size]

    def _each_linked(self, name: str, change: Callable[[Any], Any]) -> None:
        new = {n: change(getattr(self._value, n)) for n in self._linked(name)}
        self._edit(new, draft=False)
        self._settle()

    def _edit(self, new: dict[str, Any], *, draft: bool = True) -> None:
        """Emit the edited value; if it is invalid, show the reason below the row."""
        name = next(iter(new))
        try:
            new = {n: v() if callable(v) else v for n, v in new.items()}
            value = self._replaced(new)
        except Invalid as error:
            if draft:
                self._pending |= new
            self._say(name, str(error))
            return
        self._show(value)
        self._unsettled = True
        self.edited.emit(value)

    def _replaced(self, new: dict[str, Any]) -> Any:
        drafts = {n: v for n, v in self._pending.items() if n not in new and not callable(v)}
        if drafts:
            try:
                value = self._made(**{**drafts, **new})
            except Invalid:
                value = self._made(**new)
                drafts = {}
            for name in (*drafts, *new):
                self._pending.pop(name, None)
            return value
        value = self._made(**new)
        for name in new:
            self._pending.pop(name, None)
        return value

    def _made(self, **new: Any) -> Any:
        """Return the value with some fields replaced; raises `Invalid` if it can't be used."""
        value = dataclasses.replace(self._value, **new)
        self.check(value)
        return value

    def _settle(self) -> None:
        if self._unsettled:
            self._unsettled = False
            self.settled.emit()

    def _show(self, value: Any) -> None:
        self._value = value
        for name, field in self.fields.items():
            if name not in self._pending:
                self._say(name, "")
                field.show_value(getattr(value, name))

    def _say(self, name: str, sentence: str) -> None:
        label = self.errors[name]
        label.setText(sentence)
        label.setMinimumHeight(label.heightForWidth(max(1, self.width())) if sentence else 0)
        label.setVisible(bool(sentence))
        if sentence:
            bring_in_sight(label)
