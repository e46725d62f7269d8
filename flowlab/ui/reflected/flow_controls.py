"""The controls of flow matching between walls."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton

from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.reflected.uniform_source import uniform_source
from flowlab.ui.base.allowed import allow
from flowlab.ui.base.widgets import heading
from flowlab.ui.reflected.controls import WallControls
from flowlab.ui.room.exact_switch import ExactSwitch

UNIFORM = "Makes the source uniform between these walls, as that of reflected flow matching"
UNIFORM_ALREADY = "The source is uniform between these walls already"


class FlowControls(WallControls, ExactSwitch):
    """Controls for the walls, for a source between them, and for the solver."""

    view = "flow_between_walls"

    def add_first(self) -> None:
        """Add the uniform source."""
        self.uniform = QPushButton("Uniform source")
        self.uniform.setToolTip(UNIFORM)
        self.uniform.clicked.connect(self._take_uniform)
        self.column.addWidget(self.uniform)

    def add_process(self) -> None:
        """Add the solver's settings."""
        self.column.addWidget(heading("Flow"))
        self.add_form("solver", "method", "steps")
        self.column.addWidget(self.exact)

    def show_document(self, document: Document) -> None:
        """Show the document's settings, and why some can't be changed."""
        ExactSwitch.show_document(self, document)
        self.forbid(document, starts=False)
        allow(self.uniform, _why_not_uniform(document))

    def _take_uniform(self) -> None:
        source = uniform_source(self.document.reflected)
        self.settled.emit()
        document = self.document.with_parts(source=source)
        self.edited.emit(document, "Make the source uniform", "uniform source")
        self.settled.emit()


def _why_not_uniform(document: Document) -> str:
    try:
        source = uniform_source(document.reflected)
    except Invalid as error:
        return str(error)
    return UNIFORM_ALREADY if source == document.source else ""
