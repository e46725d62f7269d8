"""The story of memorisation: how near samples are to training points, and what that says."""

from __future__ import annotations

import math

import numpy as np

from flowlab.core.array_types import Doubles
from flowlab.core.diffusion.memorisation_results import (
    EMPIRICAL,
    LEARNED,
    Memories,
    MemoryPane,
    memories_of,
)
from flowlab.core.estimates import to_percent, typeset
from flowlab.scene.base.style import DARK, Theme
from flowlab.scene.diffusion.memorisation import ink_of
from flowlab.ui.base.widgets import heading
from flowlab.ui.diffusion.level_figures import LevelFigures
from flowlab.ui.plots.chart import Chart, Curve
from flowlab.ui.room.figures import NONE, Figures, figure
from flowlab.ui.room.story import say, words
from flowlab.ui.room.trained_story import TrainedStory

READ = (
    "The loss on a finite training set has an exact minimum, the empirical field at the left: it "
    "expects the data at the training points and nowhere else, and its samples are copies of them. "
    "At high noise both fields agree; they part where the noise is smaller than the distance of "
    "neighbouring points. With more points that is later, when the data are nearly there."
)
WHOLE = (
    "The field at the left is the exact one of these points. The network at the right learns from "
    "fresh samples of the whole target instead: that it is as far from these points as unseen ones "
    "are says nothing of how it would learn from few. Take them as the target, and train, to see."
)
THESE = (
    "The field at the left is the exact one of these points. The network at the right learns from "
    "these points alone, and copies them more the longer it is trained and the larger it is."
)
BOTH = "Both fields are exact: that of these points, and that of the whole target."
SAME = "Both fields are exact, and the same: the target is these points."
BARE = (
    "The target is points without a law that is known, so that there are no fresh samples. Beside "
    "samples stands each training point and its nearest other one, which is as far as a fresh "
    "sample would be."
)
CHART = (
    "Share of the samples at t = 1 that are nearer to a training point than this distance; further "
    "left is nearer. Dashed: fresh samples"
)
MEDIAN = "Median distance at t = 1 to the nearest training point, its error from order statistics"
COPY = (
    "A copy is three times as near to one training point as to any other. Some unseen points are, "
    "by chance."
)
COPIED = (
    "Share of the samples that are three times as near to one training point as to any other. Some "
    "fresh ones are, by chance"
)
FRESH, OTHERS = "fresh samples", "training points, to others"
NAMES = {EMPIRICAL: "field of the points", LEARNED: "network", "fresh": "unseen points"}
DISTANCES = {name: (title, MEDIAN) for name, title in NAMES.items()}
COPIES = {name: (title, COPIED) for name, title in NAMES.items()}
MOST, LEAST = 200, 1e-2  # points of a curve; the least distance on the axis, of the median


class MemorisationStory(TrainedStory):
    """Distances to the training points as curves and medians, copies, and what is exact."""

    def __init__(self) -> None:
        super().__init__()
        self.read, self.who, self.bare = words(), words(), words("dim")
        self.copy = words("dim")
        self.level = LevelFigures()
        self.distances, self.copies = Figures(DISTANCES), Figures(COPIES)
        self.chart = Chart("share", "distance", log_x=True, tip=CHART, height=190, legend=False)
        self._drawn: Memories | None = None
        self._theme = DARK
        for widget in (
            heading("Distance, at t = 1"),
            self.chart,
            self.distances,
            self.bare,
            heading("Copies"),
            self.copies,
            self.copy,
            heading("Memorisation"),
            self.who,
            self.read,
            heading("Noise level now"),
            self.level,
            heading("Training"),
            self.loss,
            self.training,
        ):
            self.column.addWidget(widget)
        say(self.read, READ)
        say(self.copy, COPY)
        for empty in (self.who, self.bare):
            say(empty, "")
        self._dot(None)

    def renew(self) -> None:
        """Show the level at t, and all else once for each bundle."""
        memories = memories_of(self.bundle)
        if memories is not self._drawn:
            self._drawn = memories
            self.chart.show_curves(*curves(memories))
            self.distances.show_values(**{**dict.fromkeys(NAMES, NONE), **medians(memories)})
            self.copies.show_values(**{**dict.fromkeys(NAMES, NONE), **copies(memories)})
            self._dot(memories)
            say(self.who, "" if memories is None else who_words(memories))
            say(self.bare, BARE if memories is not None and memories.bare else "")
        self.level.show_level(None if memories is None else memories.schedule, self.t)

    def set_theme(self, theme: Theme) -> None:
        """Apply the theme's colours."""
        super().set_theme(theme)
        self._theme = theme
        self.chart.set_theme(theme)
        self._dot(self._drawn)

    def _dot(self, memories: Memories | None) -> None:
        """Mark the figures with the colours of their curves."""
        exact = memories is not None and memories.exact
        inks = {kind: ink_of(kind, exact=exact) for kind in (EMPIRICAL, LEARNED)}
        dots = {name: getattr(self._theme, ink) for name, ink in inks.items()}
        self.distances.set_dots(**dots, fresh=self._theme.text)


def who_words(memories: Memories) -> str:
    """What is exact, what is learned, and from what."""
    if memories.exact:
        return SAME if memories.trained_on_these else BOTH
    return THESE if memories.trained_on_these else WHOLE


def medians(memories: Memories | None) -> dict[str, str]:
    """The median distances in words."""
    if memories is None:
        return {}
    known = {pane.kind: pane.measured.median for pane in memories.panes}
    every = {**known, "fresh": memories.panes[0].measured.median_fresh}
    return {name: typeset(figure(value)) for name, value in every.items()}


def copies(memories: Memories | None) -> dict[str, str]:
    """The shares of copies in words, with their binomial errors."""
    if memories is None:
        return {}
    known = {pane.kind: _share(pane.measured.copied, pane) for pane in memories.panes}
    first = memories.panes[0].measured
    return {**known, "fresh": _percent(first.copied_fresh, len(first.fresh))}


def _share(share: float, pane: MemoryPane) -> str:
    return _percent(share, len(pane.measured.generated))


def _percent(share: float, count: int) -> str:
    return to_percent(share, math.sqrt(max(share * (1 - share), 0.0) / max(count, 1)))


def curves(memories: Memories | None) -> list[Curve]:
    """The share of samples within each distance, of both fields and of fresh ones."""
    if memories is None:
        return []
    fresh = memories.panes[0].measured
    least = LEAST * float(fresh.median_fresh)
    made = [
        _within(
            memories.panes[k].measured.generated,
            least,
            NAMES[kind],
            ink_of(kind, exact=memories.exact),
        )
        for k, kind in enumerate((EMPIRICAL, LEARNED))
    ]
    name = OTHERS if memories.bare else FRESH
    return [*made, _within(fresh.fresh, least, name, "text", dashed=True)]


def _within(
    distances: Doubles, least: float, name: str, ink: str, *, dashed: bool = False
) -> Curve:
    """The cumulative curve of distances; those below the least are shown at it."""
    ordered, n = np.sort(np.maximum(distances, least)), len(distances)
    rows = np.unique(np.linspace(0, n - 1, min(n, MOST)).round().astype(int))
    return Curve(name, ordered[rows], (rows + 1) / n, ink, dashed=dashed)
