"""The controls of the views of the reflected room."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import Any

from flowlab.core.document.classes import classes_of, nearest_class
from flowlab.core.document.document import Document
from flowlab.core.document.learned import between_walls
from flowlab.core.document.limits import Invalid
from flowlab.core.reflected.edits import with_start_inside
from flowlab.core.reflected.outlines import OUTLINES
from flowlab.core.reflected.settings import Reflected
from flowlab.ui.base.widgets import heading
from flowlab.ui.reflected.exact_score import NOT_TOLD, add_exact_score
from flowlab.ui.reflected.wall_buttons import OutsideRow, WallButtons
from flowlab.ui.room.class_chips import ClassChips
from flowlab.ui.room.controls import Controls

ONLY_RECTANGLE = "Only a rectangle has a height of its own"
DRAWN = "Drawn walls have the size and the place that they were drawn in"
NO_TARGET = "Particles don't start from the target"
NO_POINT = "Particles don't start at one point: choose that as their start"
NO_CORRECTOR = "There are no corrector steps whose length it would set"
NO_CLASSES = "The target has no classes: choose a shape with several, as a checkerboard or text"
NO_CLASS = "Guidance leads to one class: switch that on first"
ONLY_BOX = "Dynamic thresholding clips coordinates: it needs walls that are a box"
NO_QUANTILE = "Only dynamic thresholding clips at a quantile"
ONLY_EXPLODING = "Brownian motion begins with no noise at all"
SIZES = "width", "height", "center_x", "center_y"


class WallControls(Controls):
    """Controls for the walls, for the noise between them, and for what is drawn."""

    view = "reflected_motion"
    drawn: tuple[str, ...] = ("particles", "highlighted", "colour")
    outside: OutsideRow | None = None  # where the target can lie outside the walls

    def __init__(self, document: Document) -> None:
        super().__init__(document)
        self.add_first()
        self.column.addWidget(heading("Walls"))
        self.buttons = WallButtons()
        self.add_walls()
        self.add_process()
        if self.drawn:
            self.column.addWidget(heading("Picture"))
            self.add_form("view", *self.drawn)
        self.add_more(self.view)
        self.buttons.chosen.connect(self._choose_outline)
        self.show_document(document)

    def add_first(self) -> None:
        """Add what only this view has, above all others."""

    def add_walls(self) -> None:
        """Add the settings of the walls, and what can be done about what lies outside them."""
        self.add_shape("clip")
        self.outside = OutsideRow()
        self.outside.clip.connect(lambda: self._take("Clip to the walls", clip=True))
        self.outside.fit.connect(self._fit)
        self.column.addWidget(self.outside)

    def add_shape(self, *others: str) -> None:
        """Add the choice of walls, their size and place, and other settings of them."""
        self.add_form("reflected", "walls")
        self.column.addWidget(self.buttons)
        self.walls = self.add_form("reflected", *SIZES, *others)

    def add_process(self) -> None:
        """Add the settings of what moves the particles."""
        self.column.addWidget(heading("Noise"))
        self.noise = self.add_form(
            "reflected", "process", "sigma_min", "sigma_max", "steps", "start", "start_x", "start_y"
        )

    def show_document(self, document: Document) -> None:
        """Show the document's settings, and why some can't be changed."""
        super().show_document(document)
        self.forbid(document)

    def forbid(self, document: Document, *, starts: bool = True) -> None:
        """Disable what has no effect, with its reason; `starts` if particles can start anywhere."""
        settings = document.reflected
        self.buttons.show_settings(settings)
        drawn = DRAWN if settings.walls == "drawn" else ""
        for name in ("width", "center_x", "center_y"):
            self.walls.forbid(name, drawn)
        self.walls.forbid("height", "" if settings.walls == "rectangle" else ONLY_RECTANGLE)
        if not starts:
            return
        self.walls.forbid("clip", "" if settings.start == "target" else NO_TARGET)
        self.noise.forbid("sigma_min", "" if settings.process == "ve" else ONLY_EXPLODING)
        for name in ("start_x", "start_y"):
            self.noise.forbid(name, "" if settings.start == "point" else NO_POINT)

    def take(self, part: str, value: Any) -> None:
        """Edit a part of the document; the one point stays between walls that change."""
        if part == "reflected" and _shape(value) != _shape(self.document.reflected):
            with suppress(Invalid):  # there are no walls: the picture says why
                value = with_start_inside(value)
        super().take(part, value)

    def _choose_outline(self, name: str) -> None:
        rings = OUTLINES[name].rings
        self._take(f"Walls: {OUTLINES[name].title}", walls="drawn", outline=rings)

    def _fit(self, fitted: Reflected) -> None:
        names = ("width", "height", "center_x", "center_y", "outline")
        self._take("Fit the walls", **{name: getattr(fitted, name) for name in names})

    def _take(self, words: str, **changes: Any) -> None:
        """Edit the walls, by one undo step."""
        made = replace(self.document.reflected, **changes)
        self.settled.emit()
        with suppress(Invalid):
            made = with_start_inside(made)
        self.edited.emit(self.document.with_parts(reflected=made), words, "walls")
        self.settled.emit()


def _shape(settings: Reflected) -> tuple[object, ...]:
    """What the walls are made from."""
    return settings.outline, *(getattr(settings, name) for name in ("walls", *SIZES))


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


class SamplingControls(WallControls):
    """Controls for the walls, for the schedule, and for the reverse processes."""

    view = "reflected_sampling"

    def add_first(self) -> None:
        """Add the choice of the score."""
        self.exact = add_exact_score(self)

    def add_process(self) -> None:
        """Add the schedule's and the reverse processes' settings."""
        self.column.addWidget(heading("Noise"))
        self.noise = self.add_form("reflected", "process", "sigma_min", "sigma_max")
        self.column.addWidget(heading("Reverse"))
        self.reverse = self.add_form(
            "reflected", "reverse_steps", "flow_steps", "annealed", "guard", "corrections", "snr",
            "denoise",
        )  # fmt: skip

    def show_document(self, document: Document) -> None:
        """Show the document's settings, and why some can't be changed."""
        Controls.show_document(self, document)
        self.forbid(document, starts=False)
        self.exact.show_document(document)
        self.reverse.forbid("snr", "" if document.reflected.corrections else NO_CORRECTOR)


class BothWaysControls(SamplingControls):
    """Controls for the walls, for the schedule, and for the number of steps of both processes."""

    view = "forward_and_reverse"

    def add_process(self) -> None:
        """Add the schedule's settings, and the number of steps."""
        self.column.addWidget(heading("Noise"))
        self.noise = self.add_form("reflected", "process", "sigma_min", "sigma_max")
        self.reverse = self.add_form("reflected", "reverse_steps")

    def show_document(self, document: Document) -> None:
        """Show the document's settings, and why some can't be changed."""
        Controls.show_document(self, document)
        self.forbid(document, starts=False)
        self.exact.show_document(document)


class HeatControls(WallControls):
    """The numbers of terms and the start, above the walls and the schedule."""

    view = "heat_kernel"
    drawn = ()

    def add_first(self) -> None:
        """Add the numbers of terms, and where the particle starts."""
        self.add_form("reflected", "image_terms", "tone_terms", "start_x", "start_y")

    def add_walls(self) -> None:
        """Add the walls; there is nothing to be clipped."""
        self.add_shape()

    def add_process(self) -> None:
        """Add the schedule's settings."""
        self.column.addWidget(heading("Noise"))
        self.noise = self.add_form("reflected", "process", "sigma_min", "sigma_max")

    def show_document(self, document: Document) -> None:
        """Show the document's settings, and why some can't be changed."""
        Controls.show_document(self, document)
        self.forbid(document, starts=False)


class TonesControls(HeatControls):
    """Which tones are shown, above the walls."""

    view = "wall_tones"

    def add_first(self) -> None:
        """Add which tones are shown."""
        self.add_form("reflected", "tone", "tones_shown")

    def add_process(self) -> None:
        """Add nothing: tones don't depend on the noise."""


class LikelihoodControls(WallControls):
    """The steps of the flow, with the walls and the schedule."""

    view = "wall_likelihood"
    drawn = ()

    def add_process(self) -> None:
        """Add the schedule's settings, and the number of steps."""
        self.column.addWidget(heading("Noise"))
        self.noise = self.add_form("reflected", "process", "sigma_min", "sigma_max", "flow_steps")

    def show_document(self, document: Document) -> None:
        """Show the document's settings, and why some can't be changed."""
        Controls.show_document(self, document)
        self.forbid(document, starts=False)


class SlowControls(WallControls):
    """The way to stay inside, above the walls and the schedule."""

    view = "step_in_walls"
    drawn = ("highlighted",)

    def add_first(self) -> None:
        """Add the way and the number of steps."""
        self.exact = add_exact_score(self)
        self.ways = self.add_form("reflected", "way", "slow_steps", "quantile")

    def add_process(self) -> None:
        """Add the schedule's settings."""
        self.column.addWidget(heading("Noise"))
        self.noise = self.add_form("reflected", "process", "sigma_min", "sigma_max")

    def show_document(self, document: Document) -> None:
        """Show the document's settings, and why some can't be changed."""
        Controls.show_document(self, document)
        self.forbid(document, starts=False)
        settings = document.reflected
        box = "" if settings.walls in ("square", "rectangle") else ONLY_BOX
        self.exact.show_document(document)
        self.ways.forbid_option("way", "dynamic", box)
        self.ways.forbid("quantile", "" if settings.way == "dynamic" else NO_QUANTILE)


class GuidanceControls(SamplingControls):
    """The class and the strength of its guidance, above the walls."""

    view = "guidance_in_walls"

    def add_first(self) -> None:
        """Add the choice of the score, the class and its guidance."""
        self.exact = add_exact_score(self)
        self.guide = self.add_form("reflected", "one_class")
        self.chips = ClassChips()
        self.chips.chosen.connect(self._choose)
        self.column.addWidget(self.chips)
        self.strength = self.add_form("reflected", "guidance", "quantile")

    def add_process(self) -> None:
        """Add the schedule's settings and the numbers of steps."""
        self.column.addWidget(heading("Noise"))
        self.noise = self.add_form("reflected", "process", "sigma_min", "sigma_max")
        self.reverse = self.add_form("reflected", "reverse_steps", "flow_steps")

    def show_document(self, document: Document) -> None:
        """Show the document's settings, and why some can't be changed."""
        Controls.show_document(self, document)
        self.forbid(document, starts=False)
        settings, known = document.reflected, classes_of(document.target)
        self.guide.forbid("one_class", "" if known else NO_CLASSES)
        asked = bool(known) and settings.one_class
        told = document.network.conditional or not asked or not between_walls(document)
        self.exact.show_document(document, "" if told else NOT_TOLD)
        self.chips.setVisible(asked)
        if asked:
            chosen = nearest_class(known, settings.guided_class)
            self.chips.show_classes(known, chosen, document.target)
        self.strength.forbid("guidance", "" if asked else NO_CLASS)
        box = settings.walls in ("square", "rectangle")
        self.strength.forbid("quantile", "" if box else ONLY_BOX)

    def _choose(self, label: int) -> None:
        settings = replace(self.document.reflected, guided_class=label)
        document = replace(self.document, reflected=settings)
        self.edited.emit(document, "Choose a class", "guided class")
