"""The story of conditions: the network's input, its generations, and its training."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowlab.core.blending.generations import Generations, generations_of
from flowlab.core.estimates import as_good_as_fresh, error_of
from flowlab.ui.base.widgets import heading
from flowlab.ui.room.figures import (
    AS_GOOD,
    FRESH,
    NONE,
    Figures,
    figure,
    percent,
)
from flowlab.ui.room.story import say, words
from flowlab.ui.room.trained_story import TrainedStory

if TYPE_CHECKING:
    pass

LEARNS = (
    "The class c of the target point is a further input of the network. So it learns "
    "D(x, α, c) = E[x₁ − x₀ | x<sub>α</sub> = x, c], "
    "whose flow carries the source to the target's class c alone."
)
FIGURES = {
    "right": (
        "nearest to class",
        "Share of the points whose nearest of 4,000 labelled target points is of their own class",
    ),
    "fresh": ("fresh points", "The same share of the target's own points of the class"),
    "w2": ("sliced W₂ to class", "From where a generation ends to fresh points of the class"),
    "floor": (FRESH, "The same distance of other fresh points of the class to the same ones"),
    "error": (
        "field error",
        "Learned minus exact velocity of the class, relative; where the exact one is known",
    ),
}


class ConditionsStory(TrainedStory):
    """The equation, the figures of the generations, and the loss."""

    def __init__(self) -> None:
        super().__init__()
        self.learns, self.note = words(), words("warn")
        self.figures = Figures(FIGURES)
        say(self.learns, LEARNS)
        self.note.hide()
        for widget in (
            heading("What is learned"),
            self.learns,
            heading("Generations"),
            self.figures,
            self.note,
            heading("Training"),
        ):
            self.column.addWidget(widget)
        self.column.addWidget(self.loss)
        self.column.addWidget(self.training)

    def renew(self) -> None:
        """Show the figures of the newest generations; what to do better, the picture says."""
        generations = generations_of(self.bundle)
        self.figures.show_values(**figure_words(generations))
        self.figures.explain(**figure_notes(generations))
        known = self.bundle is None or generations is None or generations.exact
        say(self.note, "" if known or self.bundle is None else self.bundle.exact_note)


def figure_words(generations: Generations | None) -> dict[str, str]:
    """The figures, each as the mean over all generations."""
    if generations is None:
        return dict.fromkeys(FIGURES, NONE)
    right, error = generations.mean_accuracy, generations.error
    return {
        "right": percent(right, error_of(right)),
        "fresh": percent(generations.accuracy, error_of(generations.accuracy)),
        "w2": figure(generations.distance),
        "floor": figure(generations.floor),
        "error": percent(error, error_of(error)),
    }


def figure_notes(generations: Generations | None) -> dict[str, str]:
    """Whether the distance is as good as that of fresh samples."""
    good = generations is not None and as_good_as_fresh(
        generations.distance, generations.floor, generations.spread
    )
    return {"w2": f"{AS_GOOD.capitalize()}: less than two deviations above them." if good else ""}
