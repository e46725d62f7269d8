"""The reflected room in a workspace without an engine, and gestures on its picture."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from flowlab.core.document.document import Document
from flowlab.core.reflected.settings import Reflected
from flowlab.ui.reflected.panels import ReflectedPanels
from flowlab.ui.shell.workspace import Workspace
from flowlab.ui.state.document_store import DocumentStore
from flowlab.ui.state.playback import Playback
from tests.helpers.between_walls import bundle_of
from tests.helpers.links import Link

LEFT = Qt.MouseButton.LeftButton


class WallRoom:
    """A workspace that shows this document, with a picture of it."""

    def __init__(self, qtbot: QtBot, document: Document) -> None:
        self.qtbot, self.link = qtbot, Link()
        self.store = DocumentStore(document)
        self.workspace = Workspace(self.store, self.link, Playback())  # type: ignore[arg-type]
        self.canvas = self.workspace.canvas
        qtbot.addWidget(self.workspace)
        self.workspace.resize(1280, 690)
        self.workspace.show()
        self.show_picture()
        self.move(0.3, 0.9)  # Qt takes a mouse's first movement as its coming

    def show_picture(self) -> None:
        """Show the picture of the present document."""
        self.link.bundle = bundle_of(self.store.document)
        self.workspace.playback.ticked.emit(0.5)

    @property
    def panels(self) -> ReflectedPanels:
        """The room's panels."""
        assert isinstance(self.workspace.panels, ReflectedPanels)
        return self.workspace.panels

    @property
    def settings(self) -> Reflected:
        """The walls of the document."""
        return self.store.document.reflected

    def change(self, **changes: Any) -> None:
        """Change the room's settings."""
        document = self.store.document
        self.store.edit(
            replace(document, reflected=replace(document.reflected, **changes)), "Change"
        )
        self.store.settle()

    def spot(self, x: float, y: float) -> QPoint:
        """The pixel of a place of the plane."""
        canvas = self.canvas
        places = canvas.current_camera().to_screen([[x, y]], canvas.width(), canvas.height())
        return QPoint(*(round(value) for value in places[0].tolist()))

    @property
    def pixel(self) -> float:
        """The size of a pixel."""
        return self.canvas.unit(self.canvas.rect().center().toPointF())

    def move(self, x: float, y: float) -> None:
        """Move the mouse to a place."""
        self.qtbot.mouseMove(self.canvas, self.spot(x, y))

    def click(self, x: float, y: float, button: Qt.MouseButton = LEFT) -> None:
        """Click at a place."""
        self.qtbot.mouseClick(self.canvas, button, pos=self.spot(x, y))

    def drag(self, *places: tuple[float, float]) -> None:
        """Press at the first place, move through the others, and let go at the last."""
        pixels = [self.spot(*place) for place in places]
        self.qtbot.mousePress(self.canvas, LEFT, pos=pixels[0])
        for before, after in pairwise(pixels):
            for share in (1 / 3, 2 / 3, 1):
                self.qtbot.mouseMove(self.canvas, before + (after - before) * share)
        self.qtbot.mouseRelease(self.canvas, LEFT, pos=pixels[-1])

    def key(self, key: Qt.Key) -> None:
        """Press a key on the picture."""
        self.qtbot.keyClick(self.canvas, key)
