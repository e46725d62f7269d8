"""The controls of a view, created from the limits of the document's fields."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from flowlab.core.document.document import Document
from flowlab.core.document.glance import EDITED
from flowlab.core.views.registry import VIEWS, room_of
from flowlab.ui.base.section import Section
from flowlab.ui.forms.lazy_form import LazyForm

if TYPE_CHECKING:
    from flowlab.ui.room.class_choice import ClassChoice

DOTS = "opacity", "dot"  # of the view: how each particle is drawn


class Controls(QWidget):
    """The controls of one view, in one column."""

    edited = Signal(object, str, str)  # document, words for the undo step, merge key
    settled = Signal()

    def __init__(self, document: Document) -> None:
        super().__init__()
        self.document = document
        self._forms: list[tuple[LazyForm, Callable[[Document], Any]]] = []
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(4)

    def show_document(self, document: Document) -> None:
        """Show the document's settings."""
        self.document = document
        for form, part in self._forms:
            form.set_value(part(document))

    def add_class_choice(self) -> ClassChoice:
        """Add the choice of a class, for conditional networks."""
        from flowlab.ui.room.class_choice import ClassChoice  # the first frame has none

        choice = ClassChoice()
        choice.chosen.connect(self._choose_class)
        self.column.addWidget(choice)
        return choice

    def _choose_class(self, document: Document) -> None:
        self.settled.emit()
        self.edited.emit(document, "Choose a class", "condition")
        self.settled.emit()

    def add_form(self, part: str, *fields: str) -> LazyForm:
        """Add a form for some fields of a part of the document; the part "" is the document."""
        form = self._form(part, fields)
        self.column.addWidget(form)
        return form

    def add_more(self, view: str, *settings: str) -> None:
        """Add a folded section of rarely changed settings: layers, some of the room's, the seed."""
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        layers = VIEWS[view].layers
        if layers:
            dots = DOTS if "show_particles" in layers else ()
            column.addWidget(self._form("view", (*layers, *dots)))
        if settings:
            column.addWidget(self._form(room_of(view).settings, settings))
        column.addWidget(self._form("", ("seed",)))
        self.more = Section("Layers and seed" if layers else "Seed", inner)
        self.column.addWidget(self.more)

    def _form(self, part: str, fields: Sequence[str]) -> LazyForm:
        def of(document: Document) -> Any:
            return getattr(document, part) if part else document

        form = LazyForm(of(self.document), fields=fields)
        form.edited.connect(lambda value: self.take(part, value))
        form.settled.connect(self.settled)
        self._forms.append((form, of))
        return form

    def take(self, part: str, value: Any) -> None:
        """Edit a part of the document."""
        document = self.document.with_parts(**{part: value}) if part else value
        key = part or "document"
        self.edited.emit(document, f"Change {EDITED.get(part, part) or 'the seed'}", key)
