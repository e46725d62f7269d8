"""The path of a pair: its kind, its latent noise and its time schedule, with their curves."""

from __future__ import annotations

import dataclasses
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.document.path_checks import PEAKS
from flowlab.core.document.paths import Path
from flowlab.ui.base.in_sight import bring_in_sight
from flowlab.ui.forms.lazy_form import LazyForm

if TYPE_CHECKING:
    from flowlab.ui.forms.fields import ChoiceField
    from flowlab.ui.plots.path_curves import PathCurves

CHOICES = ("kind", "noise", "clock")
COMPANION = {"mirror": "brownian", "encoding": "sine"}  # the noise that each kind requires
MIRROR_NOTE = "Mirror leads from the target into noise and back, so the target is the source too."


class PathPanel(QWidget):
    """Edits the document's path; created when first shown, which start-up can do without."""

    edited = Signal(object)  # Path
    trained = Signal(object)  # Training, whose antithetic pairs need a noisy path
    settled = Signal()

    def __init__(self, document: Document) -> None:
        super().__init__()
        self.path, self.training = document.path, document.training
        self.choices: dict[str, ChoiceField] = {}
        self.curves: PathCurves | None = None
        self.level = LazyForm(self.path, fields=["level"])
        self.antithetic = LazyForm(self.training, fields=["antithetic"])
        self.warning, self.note = QLabel(self), QLabel(MIRROR_NOTE, self)
        for label, role in ((self.warning, "warn"), (self.note, "dim")):
            label.setProperty("role", role)
            label.setWordWrap(True)
            label.hide()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)

    def showEvent(self, event: QShowEvent) -> None:  # Qt's name
        """Create the widgets, once."""
        self._ensure()
        super().showEvent(event)

    def _build(self) -> None:
        from flowlab.ui.forms.fields import ChoiceField
        from flowlab.ui.plots.path_curves import PathCurves

        specs = {spec.name: spec for spec in dataclasses.fields(Path)}
        self.curves = PathCurves(self.path)
        self.curves.edited.connect(self.edited)
        self.curves.settled.connect(self.settled)
        for name in CHOICES:
            field = self.choices[name] = ChoiceField(specs[name], starts_over=True)
            field.changed.connect(lambda value, name=name: self._choose(name, value))
        for form, signal in ((self.level, self.edited), (self.antithetic, self.trained)):
            form.setProperty("needs", self.choices["noise"])  # without noise it isn't shown
            form.edited.connect(signal)
            form.settled.connect(self.settled)
        for widget in (
            self.choices["kind"],
            self.note,
            self.curves,
            self.choices["noise"],
            self.level,
            self.antithetic,
            self.choices["clock"],
            self.warning,
        ):
            self._column.addWidget(widget)

    @property
    def specs(self) -> list[dataclasses.Field[Any]]:
        """The fields that have a row, known before the widgets are created."""
        specs = {spec.name: spec for spec in dataclasses.fields(Path)}
        chosen = [specs[name] for name in CHOICES]
        return [*chosen, *self.level.specs, *self.antithetic.specs]

    def row(self, name: str) -> QWidget:
        """Return the row of a field, created if it isn't there yet."""
        self._ensure()
        forms = {"level": self.level, "antithetic": self.antithetic}
        return forms[name].row(name) if name in forms else self.choices[name]

    def _ensure(self) -> None:
        """Create the widgets, once."""
        if self.curves is None:
            self._build()
            self._show()

    def _choose(self, name: str, value: str) -> None:
        try:
            path = chosen(self.path, name, value)
        except Invalid as error:
            self._show()
            self._say(str(error))
            return
        self._say("")
        self.settled.emit()
        self.edited.emit(path)
        self.settled.emit()

    def _say(self, sentence: str) -> None:
        self.warning.setText(sentence)
        self.warning.setVisible(bool(sentence))
        if sentence:
            bring_in_sight(self.warning)

    # showing

    def show_document(self, document: Document) -> None:
        """Show the document's path."""
        if document.path != self.path:
            self._say("")
        self.path, self.training = document.path, document.training
        if self.curves is not None:
            self._show()

    def _show(self) -> None:
        assert self.curves is not None
        self.curves.show_path(self.path)
        for name, field in self.choices.items():
            field.show_value(getattr(self.path, name))
        self.level.set_value(self.path)
        self.antithetic.set_value(self.training)
        self.level.setVisible(self.path.noisy)
        self.antithetic.setVisible(self.path.noisy)
        self.note.setVisible(self.path.kind == "mirror")


def chosen(path: Path, name: str, value: str) -> Path:
    """The path with one choice changed, and all that the choice requires.

    Raises `Invalid` if the choice contradicts the kind.
    """
    kind = value if name == "kind" else path.kind
    noise = value if name == "noise" else path.noise
    if name == "kind" and noise == "none":
        noise = COMPANION.get(kind, noise)
    level = path.level
    if kind == "trigonometric" and level * PEAKS[noise] >= 0.9:
        level = 0.9 / PEAKS[noise]
    changes: dict[str, Any] = {name: value, "kind": kind, "noise": noise, "level": level}
    return replace(path, **changes)
