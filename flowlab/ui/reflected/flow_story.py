"""The story of flow matching between walls: why the exact flow stays inside, or why it can't."""

from __future__ import annotations

from flowlab.core.document.document import Document
from flowlab.core.document.exactness import why_none
from flowlab.core.estimates import Estimate, to_percent
from flowlab.core.reflected.flow_results import (
    EXACT,
    FREE,
    REFLECTED,
    FlowPane,
    StraightLines,
    WallFlow,
    wall_flow_of,
)
from flowlab.ui.base.widgets import heading
from flowlab.ui.reflected.wall_kind import wall_kind
from flowlab.ui.room.figures import FRESH, NONE, Figures, figure
from flowlab.ui.room.story import Story, say, words

CONVEX = (
    "The network learns from straight lines xₜ = (1 − t) x₀ + t x₁, which stay inside convex "
    "walls. At a wall the exact velocity is the mean of (x₁ − x)/(1 − t), and none of these points "
    "outwards: n·v ≤ 0. So the exact flow needs no walls. A learned velocity errs, and long steps "
    "reach too far: then each step is reflected, dx = v dt + dL."
)
NOT_CONVEX = (
    "These walls aren’t convex: the straight line between two points inside may pass outside. "
    "From such lines the network learns, so that the exact flow leaves too, and as many of its "
    "particles are outside as points xₜ = (1 − t) x₀ + t x₁ of the lines. Reflected particles stay "
    "inside, but no longer follow the distributions that were learned."
)
BENT = "The document’s path isn’t linear, so that xₜ need not lie on these straight lines."
CLIPPED = "The network has learned source and target as they are, not clipped to the walls."
W2 = (
    "Sliced Wasserstein-2 distance of the particles at t = 1 to fresh samples of the target "
    "between the walls, with its standard error"
)
ENERGY = "Energy distance of the same two sets"
OUTSIDE = "Share of the particles beyond the walls at this t"
STEPS = (
    "Share of all steps of all particles that leave the walls; of the reflected flow those that "
    "a wall turned"
)
_FRESH = "The same of other fresh samples: what remains if the flow is perfect"
KINDS = {FREE: "without walls", REFLECTED: "reflected", EXACT: "exact velocity"}
LINES = {
    "crossing": (
        "cross a wall",
        "Share of the straight lines between source and target, of 5,000 pairs, with its error",
    ),
    "beyond": (
        "time outside",
        "Share of the time that a point on such a line is beyond the walls, in the mean",
    ),
}


def _rows(tip: str) -> dict[str, tuple[str, str]]:
    return {kind: (title, tip) for kind, title in KINDS.items()}


class FlowStory(Story):
    """What leaves the walls and why, at t, and how near each flow comes to the target."""

    def __init__(self) -> None:
        super().__init__()
        self.read, self.notes = words(), words("dim")
        self.outside, self.steps = Figures(_rows(OUTSIDE)), Figures(_rows(STEPS))
        self.lines = Figures(LINES)
        self.w2 = Figures({**_rows(W2), "fresh": (FRESH, _FRESH)})
        self.energy = Figures({**_rows(ENERGY), "fresh": (FRESH, _FRESH)})
        for widget in (
            heading("Flow matching between walls"),
            self.read,
            self.notes,
            heading("Outside now"),
            self.outside,
            heading("Steps that leave"),
            self.steps,
            heading("Straight lines"),
            self.lines,
            heading("Sliced W₂ at t = 1"),
            self.w2,
            heading("Energy distance at t = 1"),
            self.energy,
        ):
            self.column.addWidget(widget)
        self.show_document(self.document)

    def show_document(self, document: Document) -> None:
        """Show what is to be said of the document's path and of clipping."""
        super().show_document(document)
        say(self.read, CONVEX if wall_kind(document.reflected).convex else NOT_CONVEX)
        bent = document.path.kind != "linear" or document.path.noise != "none"
        notes = [BENT] * bent + [CLIPPED] * document.reflected.clip
        say(self.notes, " ".join(notes))
        for figures in (self.outside, self.steps, self.w2, self.energy):
            figures.explain(exact=why_none(document))

    def renew(self) -> None:
        """Show the shares at t, and what doesn't depend on it."""
        flows = wall_flow_of(self.bundle)
        panes = {kind: None if flows is None else _pane(flows, kind) for kind in KINDS}
        self.outside.show_values(**{k: _outside(pane, self.t) for k, pane in panes.items()})
        self.steps.show_values(**{kind: _left(pane) for kind, pane in panes.items()})
        self.lines.show_values(**_lines(None if flows is None else flows.lines))
        self.w2.show_values(**_distances(flows, panes, "w2"))
        self.energy.show_values(**_distances(flows, panes, "energy"))


def _pane(flows: WallFlow, kind: str) -> FlowPane | None:
    """The pane of a kind; of the exact velocity the one without walls, if both follow that."""
    return flows.pane(FREE if kind == EXACT and flows.exact else kind)


def _outside(pane: FlowPane | None, t: float) -> str:
    return NONE if pane is None else f"{100 * pane.outside_at(t):.2f} %"


def _left(pane: FlowPane | None) -> str:
    return NONE if pane is None else f"{100 * pane.left:.2f} %"


def _lines(lines: StraightLines | None) -> dict[str, str]:
    if lines is None:
        return dict.fromkeys(LINES, NONE)
    return {"crossing": _share(lines.crossing), "beyond": _share(lines.beyond)}


def _share(share: Estimate) -> str:
    return to_percent(share, share.error or None)


def _distances(
    flows: WallFlow | None, panes: dict[str, FlowPane | None], which: str
) -> dict[str, str]:
    known = {**panes, "fresh": None if flows is None else flows.fresh}
    return {kind: figure(getattr(each, which, None)) for kind, each in known.items()}
