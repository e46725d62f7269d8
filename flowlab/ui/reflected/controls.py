"""The controls of each view of the reflected room."""

from __future__ import annotations

from collections.abc import Callable

from flowlab.core.document.document import Document
from flowlab.ui.base.widgets import heading
from flowlab.ui.room.controls import Controls

ONLY_RECTANGLE = "Only a rectangle has a height of its own"
DRAWN = "Drawn walls have the size and the place that they were drawn in"
NO_TARGET = "Particles don't start from the target"
NO_POINT = "Particles don't start at one point: choose that as their start"
ONLY_EXPLODING = "Brownian motion begins with no noise at all"


class WallControls(Controls):
    """Controls for the walls, for the noise between them, and for what is drawn."""

    view = "reflected_motion"
    drawn: tuple[str, ...] = ("particles", "highlighted", "colour")

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.add_first()
        self.column.addWidget(heading("Walls"))
        self.walls = self.add_form(
            "reflected", "walls", "width", "height", "center_x", "center_y", "clip"
        )
        self.column.addWidget(heading("Noise"))
        self.noise = self.add_form(
            "reflected", "process", "sigma_min", "sigma_max", "steps", "start", "start_x", "start_y"
        )
        self.column.addWidget(heading("Picture"))
        self.add_form("view", *self.drawn)
        self.add_more(self.view)
        self.show_document(document)

    def add_first(self) -> None:
        """Add what only this view has, above all others."""

    def show_document(self, document: Document) -> None:
        """Show the document's settings, and why some can't be changed."""
        super().show_document(document)
        settings = document.reflected
        drawn = DRAWN if settings.walls == "drawn" else ""
        for name in ("width", "center_x", "center_y"):
            self.walls.forbid(name, drawn)
        self.walls.forbid("height", "" if settings.walls == "rectangle" else ONLY_RECTANGLE)
        self.walls.forbid("clip", "" if settings.start == "target" else NO_TARGET)
        self.noise.forbid("sigma_min", "" if settings.process == "ve" else ONLY_EXPLODING)
        for name in ("start_x", "start_y"):
            self.noise.forbid(name, "" if settings.start == "point" else NO_POINT)


class TimePlaneControls(WallControls):
    """The same, below the direction; paths have the colours of their starts."""

    view = "reflected_time_plane"
    drawn = ("particles", "highlighted")

    def add_first(self) -> None:
        """Add the direction."""
        self.add_form("reflected", "angle")


class WaysControls(WallControls):
    """The same, for the pictures of the ways."""

    view = "ways_to_stay"


CONTROLS: dict[str, Callable[[Document], Controls]] = {
    "reflected_motion": WallControls,
    "reflected_time_plane": TimePlaneControls,
    "ways_to_stay": WaysControls,
}
