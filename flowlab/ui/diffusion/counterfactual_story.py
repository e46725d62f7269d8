"""The story of counterfactuals: what is kept of a point, and what its difference shows."""

from __future__ import annotations

import math

from flowlab.core.diffusion.counterfactual_results import CounterfactualRun, counterfactual_of
from flowlab.core.estimates import plain
from flowlab.ui.base.widgets import heading
from flowlab.ui.room.figures import NONE, Figures, figure
from flowlab.ui.room.story import say, words
from flowlab.ui.room.trained_story import TrainedStory

READ = (
    "Points are noised up to step L, without being told their class, and led to one class on the "
    "way back. The less noise, the more of each point is left; the difference is what would have "
    "to change. Points that are of the class already hardly move: for pictures, whose class is "
    "“healthy”, this is a map of anomalies."
)
POINT = "Click in a picture, or drag, to choose the point in the ring."
OF_POINT = {
    "from": ("from", "Where the chosen point lies"),
    "to": ("to", "Where it is led"),
    "far": ("length of its difference", "The distance of both"),
}
OF_ALL = {
    "class": ("samples of class y", "Mean length of the differences of points of the class"),
    "others": ("samples of other classes", "The same of all other points: each class on average"),
    "purity": ("arrived in the class", "Share of points whose most likely class is now y"),
}


class CounterfactualStory(TrainedStory):
    """The chosen point's difference, and those of all others by class."""

    def __init__(self) -> None:
        super().__init__()
        self.read, self.hint = words(), words("dim")
        self.point, self.every = Figures(OF_POINT), Figures(OF_ALL)
        for widget in (
            heading("The point"),
            self.point,
            self.hint,
            heading("Mean difference"),
            self.every,
            heading("Led to another class"),
            self.read,
            heading("Training"),
            self.loss,
            self.training,
        ):
            self.column.addWidget(widget)
        say(self.read, READ)
        say(self.hint, POINT)

    def renew(self) -> None:
        """Show the differences, which don't depend on t."""
        run = counterfactual_of(self.bundle)
        self.point.show_values(**{**dict.fromkeys(OF_POINT, NONE), **point_words(run)})
        known = all_words(run)
        self.every.show_values(**{**dict.fromkeys(OF_ALL, NONE), **known})


def point_words(run: CounterfactualRun | None) -> dict[str, str]:
    """Where the chosen point lies and is led, in words."""
    if run is None or not run.forth.count:
        return {}
    begin, end = (each.at(1.0)[0].tolist() for each in (run.forth, run.back))
    return {"from": _place(begin), "to": _place(end), "far": plain(math.dist(begin, end))}


def _place(point: list[float]) -> str:
    x, y = (f"{value:.2f}".replace("-", "−") for value in point)
    return f"({x}, {y})"


def all_words(run: CounterfactualRun | None) -> dict[str, str]:
    """The mean differences of the class's own samples and of others, and how many arrive."""
    if run is None:
        return {}
    own = dict(run.moved).get(run.label)
    known = {"class": own, "others": run.others, "purity": run.purity}
    return {name: figure(value) for name, value in known.items() if value is not None}
