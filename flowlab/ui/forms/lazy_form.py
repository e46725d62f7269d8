"""A form that is created when first shown, so that start-up creates fewer widgets."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from flowlab.ui.forms.editable import has_editor

if TYPE_CHECKING:
    from flowlab.ui.forms.fields import Field
    from flowlab.ui.forms.form import Form


class LazyForm(QWidget):
    """Stands for `Form(value, fields=fields, advanced=advanced)`, with its signals."""

    edited = Signal(object)
    settled = Signal()

    def __init__(
        self,
        value: Any,
        fields: Sequence[str] | None = None,
        advanced: Sequence[str] = (),
        check: Callable[[Any], None] = lambda _: None,
    ) -> None:
        super().__init__()
        self._check = check
        self.form: Form | None = None
        self._value, self._fields, self._advanced = value, fields, advanced
        self._reasons: dict[str, str] = {}
        self._options: dict[tuple[str, str], str] = {}  # why entries of lists are disabled
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)

    def set_value(self, value: Any) -> None:
        """Show another value without a signal."""
        self._value = value
        if self.form is not None:
            self.form.set_value(value)

    def forbid(self, name: str, reason: str) -> None:
        """Disable a field and show `reason` as its tooltip; an empty reason enables it again."""
        self._reasons[name] = reason
        if self.form is not None:
            self.form.forbid(name, reason)

    def forbid_option(self, name: str, key: str, reason: str) -> None:
        """Disable an entry of a field's list, with `reason` as its tooltip; "" enables it again."""
        self._options[name, key] = reason
        if self.form is not None:
            self.form.forbid_option(name, key, reason)

    @property
    def value(self) -> Any:
        """The value that is shown."""
        return self._value

    @property
    def specs(self) -> list[dataclasses.Field[Any]]:
        """The fields that have a row, known without creating the form."""
        if self._value is None:
            return []
        specs = {spec.name: spec for spec in dataclasses.fields(self._value)}
        names = specs if self._fields is None else self._fields
        return [specs[name] for name in names if name in specs and has_editor(specs[name])]

    @property
    def fields(self) -> dict[str, Field]:
        """The rows of the form, which is created if it isn't there yet."""
        return self.build().fields

    def row(self, name: str) -> Field:
        """Return the row of a field, created if it isn't there yet."""
        return self.fields[name]

    def build(self) -> Form:
        """Create the form, once."""
        if self.form is None:
            from flowlab.ui.forms.form import Form

            self.form = Form(
                self._value, fields=self._fields, advanced=self._advanced, check=self._check
            )
            self.form.edited.connect(self.edited)
            self.form.settled.connect(self.settled)
            for name, reason in self._reasons.items():
                self.form.forbid(name, reason)
            for (name, key), reason in self._options.items():
                self.form.forbid_option(name, key, reason)
            layout = self.layout()
            assert layout is not None
            layout.addWidget(self.form)
        return self.form

    def showEvent(self, event: QShowEvent) -> None:  # Qt's name
        """Create the form, once."""
        self.build()
        super().showEvent(event)
