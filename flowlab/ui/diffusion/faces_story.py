"""The story of the faces: one evaluation says four things, and errors grow from one to another."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from flowlab.core.diffusion.face_results import FaceMaps, faces_of
from flowlab.core.diffusion.settings import DENOISED, FACES, NOISE, SCORE, VELOCITY
from flowlab.core.document.document import Document
from flowlab.core.estimates import plain
from flowlab.scene.base.style import Theme
from flowlab.scene.diffusion.faces import SYMBOLS
from flowlab.ui.base.widgets import heading
from flowlab.ui.diffusion.level_figures import LevelFigures
from flowlab.ui.plots.chart import Chart, Curve
from flowlab.ui.room.figures import (
    NONE,
    Figures,
    figure,
)
from flowlab.ui.room.story import say, words
from flowlab.ui.room.trained_story import TrainedStory

if TYPE_CHECKING:
    pass

READ = (
    "A noisy point is x = a x₁ + b x₀. Whoever knows the mean of the noise x₀ in it knows the mean "
    "of the data x₁ in it, too, and with both the score and the velocity. So the four pictures are "
    "one model. Arrows are drawn to the typical length at each level; the lines of the denoised "
    "point end where it lies. Blank is where hardly any noised data are."
)
GROWTH = (
    "An error doesn't stay what it is. Noise that is off by 1 puts the denoised point off by b/a, "
    "which is large where nearly all is noise, and the score by 1/b, where hardly any noise is "
    "left: in DDPM 1/√(1 − ᾱ). That is why a model of either is unstable at one end."
)
CHART = "An error of 1 in the chosen face as the others have it, against t; the line marks t"
_GROWN = "What an error of 1 in the chosen face is in this one, at this t"
_ERROR = "Learned minus exact, root mean square over noised data at this t, "
_UNIT = "in the units in which the noise is added"
NAMES = {name: title[0].lower() + title[1:] for name, title in FACES.items()}
GROWN = {name: (title, _GROWN) for name, title in NAMES.items()}
ERRORS = {name: (title, _ERROR + _UNIT) for name, title in NAMES.items()}
INKS = {NOISE: "source", DENOISED: "target", SCORE: "particle", VELOCITY: "learned"}
EXACT = "These are the exact ones."


class FacesStory(TrainedStory):
    """The level, the errors at t, and how they grow over all levels."""

    def __init__(self) -> None:
        super().__init__()
        self.read, self.why, self.growing = words(), words("dim"), words()
        self.level, self.errors, self.grown = LevelFigures(), Figures(ERRORS), Figures(GROWN)
        self.chart = Chart("error", "t", log_y=True, tip=CHART, height=130)
        self._drawn: tuple[object, str] | None = None
        for widget in (
            heading("One model, four faces"),
            self.read,
            heading("Noise level now"),
            self.level,
            heading("Off by, now"),
            self.errors,
            self.why,
            heading("How errors grow"),
            self.chart,
            self.grown,
            self.growing,
            heading("Training"),
            self.loss,
            self.training,
        ):
            self.column.addWidget(widget)
        say(self.read, READ)
        say(self.growing, GROWTH)

    def show_document(self, document: Document) -> None:
        """Draw the errors for the chosen face."""
        super().show_document(document)
        self.renew()

    def renew(self) -> None:
        """Show the level, the errors, and what they grow to at t."""
        maps, face = faces_of(self.bundle), self.document.diffusion.off_face
        if self._drawn is None or (self._drawn[0] is not maps or self._drawn[1] != face):
            self.chart.show_curves(*curves(maps, face))
            self._drawn = maps, face
        self.level.show_level(None if maps is None else maps.schedule, self.t)
        self.chart.mark(self.t)
        self.errors.show_values(**{**dict.fromkeys(FACES, NONE), **error_words(maps, self.t)})
        self.grown.show_values(**{**dict.fromkeys(FACES, NONE), **grown_words(maps, face, self.t)})
        say(self.why, "" if maps is None else EXACT if maps.exact else maps.why_unknown)

    def set_theme(self, theme: Theme) -> None:
        """Apply the theme's colours."""
        super().set_theme(theme)
        self.chart.set_theme(theme)


def error_words(maps: FaceMaps | None, t: float) -> dict[str, str]:
    """The errors of all faces at t; none where the exact field isn't known."""
    if maps is None or maps.errors is None:
        return {}
    return {name: figure(maps.error(name, t)) for name in maps.errors}


def grown_words(maps: FaceMaps | None, face: str, t: float) -> dict[str, str]:
    """What an error of 1 in a face is in each at t."""
    if maps is None:
        return {}
    a, b = (np.array([value]) for value in maps.weights(t))
    return {name: plain(float(value[0])) for name, value in maps.growth(face, a, b).items()}


def curves(maps: FaceMaps | None, face: str) -> list[Curve]:
    """What an error of 1 in a face is in the others, against t."""
    if maps is None:
        return []
    every = maps.schedule
    times, a, b = (np.array(row[:-1]) for row in (every.times, every.signal, every.noise))
    return [
        Curve(SYMBOLS[name], times, values, INKS[name], dashed=name == face)
        for name, values in maps.growth(face, a, b).items()
    ]
