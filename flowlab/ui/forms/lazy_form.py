"""A form that is created when first shown, so that start-up creates fewer widgets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

if TYPE_CHECKING:
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

    def showEvent(self, event: QShowEvent) -> None:
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
            layout = self.layout()
            assert layout is not None
            layout.addWidget(self.form)
        super().showEvent(event)
