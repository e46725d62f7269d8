"""The story of guidance between walls: what pushes at the walls, and what that does to the data."""

from __future__ import annotations

from flowlab.core.reflected.results import Guided, Way, Ways, guided_of
from flowlab.ui.base.widgets import heading
from flowlab.ui.room.figures import NONE, Figures
from flowlab.ui.room.story import Story, say, words

READ = (
    "Data are generated from the same starts by the same noise and scores. Guidance follows "
    "(w + 1) s of the class − w s of all, which for large w pushes at the walls. Thresholding "
    "clips the predicted mean, and dynamic thresholding the predicted data, so that noise added "
    "later leaks; projection leaves a share on the walls. Exact scores have no component normal to "
    "the walls, nor has their sum: the flow stays inside by itself, except for steps too long. "
    "Whoever leaves is folded back, and counted here."
)
SHARES = "At t = 1: particles within a thousandth of the walls’ size of a wall, on it, or outside"
BEYOND = "Share of all steps that reach beyond the walls, before anything keeps them inside"
_LEAVERS = "Particles of which some step of the flow reaches beyond the walls, before it is folded"
LEAVERS = {
    "exact": ("exact score", f"{_LEAVERS}, by the exact score"),
    "tangent": (
        "learned, tangent",
        f"{_LEAVERS}, by the learned score without its component normal to the walls, on them",
    ),
    "free": (
        "unconstrained",
        f"{_LEAVERS}, from the same starts by the score as the network says it. Training "
        "asks for the tangent one alone: on a wall nobody taught it the normal component",
    ),
}
NAMES = {
    "threshold": "threshold",
    "dynamic": "dynamic",
    "project": "project",
    "reflect": "reflect",
    "flow": "flow ODE",
}
SATURATED = {name: (title, SHARES) for name, title in NAMES.items()}
LEFT = {name: (title, BEYOND) for name, title in NAMES.items()}


class GuidanceStory(Story):
    """What guidance does, who leaves, how much is saturated, and which steps reach too far."""

    def __init__(self) -> None:
        super().__init__()
        self.read = words()
        self.leavers = Figures(LEAVERS)
        self.saturated, self.left = Figures(SATURATED), Figures(LEFT)
        say(self.read, READ)
        for widget in (
            heading("Guidance in walls"),
            self.read,
            heading("Who leaves by the flow"),
            self.leavers,
            heading("Saturated at the end"),
            self.saturated,
            heading("Steps beyond the walls"),
            self.left,
        ):
            self.column.addWidget(widget)

    def renew(self) -> None:
        """Show the shares, which don't depend on t."""
        ways = guided_of(self.bundle)
        self.leavers.show_values(**leavers_of(ways))
        self.saturated.show_values(**_values(ways, "saturated"))
        self.left.show_values(**_values(ways, "left"))


def leavers_of(guided: Guided | None) -> dict[str, str]:
    """Who leaves by the flow of each score, in words."""
    said = dict.fromkeys(LEAVERS, NONE)
    if guided is None:
        return said
    flow, n = guided.ways[-1], guided.bundles[-1].count
    known = {"exact" if guided.exact else "tangent": flow.leavers, "free": flow.free_leavers}
    return said | {name: f"{k:,} of {n:,}" for name, k in known.items() if k is not None}


def _values(ways: Ways | None, which: str) -> dict[str, str]:
    known: dict[str, Way] = {} if ways is None else {way.name: way for way in ways.ways}
    return {name: _percent(getattr(known.get(name), which, None)) for name in NAMES}


def _percent(share: float | None) -> str:
    return NONE if share is None else f"{100 * share:.2f} %"
