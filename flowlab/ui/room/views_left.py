"""The left panel of a room with several views, each with its own controls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from PySide6.QtWidgets import QVBoxLayout

from flowlab.core.document.document import Document
from flowlab.core.views.registry import VIEWS, sees_network
from flowlab.core.views.rows import Room
from flowlab.ui.base.widgets import heading
from flowlab.ui.room.controls import Controls
from flowlab.ui.room.left import RoomLeft
from flowlab.ui.room.view_switch import ViewSwitch

MakeControls = Mapping[str, Callable[[Document], Controls]]


class ViewsLeft(RoomLeft):
    """Views, source, target and controls; Train below, if the picture shows a network."""

    def __init__(
        self,
        document: Document,
        room: Room,
        make: MakeControls,
        network_seen: Callable[[Document], bool] | None = None,
    ) -> None:
        self.views = ViewSwitch(room)
        super().__init__(document, top=(heading("View"), self.views))
        self.controls: dict[str, Controls] = {}  # each created when its view is first shown
        self._make, self._sees_network = make, network_seen or sees_network
        self.place = QVBoxLayout()
        self.column.addSpacing(2)
        self.column.addLayout(self.place)
        self.column.addStretch(1)
        self.views.chosen.connect(self.choose_view)
        self.show_document(document)

    def choose_view(self, name: str) -> None:
        """Show another view of the room; repeated changes are one undo step."""
        view = replace(self.document.view, name=name)
        title = VIEWS[name].button or VIEWS[name].title
        self.edited.emit(replace(self.document, view=view), f"Show {title}", "view name")

    def show_document(self, document: Document) -> None:
        """Show the document's settings, with the controls of its view only."""
        super().show_document(document)
        name = document.view.name
        self.views.show_choice(name)
        self.foot.setVisible(self._sees_network(document))
        self.prepare(name)
        for key, controls in self.controls.items():
            if key == name:
                controls.show_document(document)
            controls.setVisible(key == name)

    def prepare(self, name: str) -> None:
        """Create the controls of a view, hidden, unless they are there or it has none."""
        if name not in self._make or name in self.controls:
            return
        controls = self.controls[name] = self._make[name](self.document)
        controls.edited.connect(self.edited)
        controls.settled.connect(self.settled)
        controls.hide()
        self.place.addWidget(controls)
