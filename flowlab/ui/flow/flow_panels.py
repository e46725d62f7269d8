"""The panels of the Flow room."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flowlab.core.document.document import METHODS, Document
from flowlab.core.views.bundle import Bundle
from flowlab.ui.flow.left_panel import LeftPanel
from flowlab.ui.flow.right_panel import RightPanel
from flowlab.ui.room.cards import DistributionCard

if TYPE_CHECKING:
    from flowlab.scene.base.style import Theme
    from flowlab.work.status import Status

COMING = "on its way …"  # the picture of the view; another one may still be there


class FlowPanels:
    """Left what the experiment is, right what it is doing."""

    def __init__(self, document: Document) -> None:
        self.left, self.right = LeftPanel(document), RightPanel()

    def card(self, role: str) -> DistributionCard:
        """The card of "source" or "target"."""
        return self.left.source if role == "source" else self.left.target

    def show_document(self, document: Document) -> None:
        """Show what was chosen."""
        self.left.show_document(document)

    def show_bundle(self, bundle: Bundle) -> None:
        """Show both clouds, and what the paths cost."""
        self.left.source.show_points(bundle.source)
        self.left.target.show_points(bundle.target)
        self.right.show_bundle(bundle)

    def show_status(self, status: Status, training: bool) -> None:
        """Show what the engine is doing."""
        self.right.show_status(status)
        self.left.coupling.show_status(status)
        self.left.show_training(training)

    def show_particle(self, bundle: Bundle | None, index: int | None) -> None:
        """Show one particle's path in figures, or none."""
        self.right.show_particle(bundle, index)

    def show_t(self, t: float) -> None:
        """Mark this t in what is drawn against it."""
        self.right.metrics.show_t(t)

    def caption(self, document: Document, bundle: Bundle) -> str:
        """How many particles, how they were carried, and by which velocity."""
        return flow_caption(document, bundle) if is_flow(bundle) else COMING

    def step(self, by: int) -> bool:  # noqa: ARG002
        """Time has no steps of the room's own."""
        return False

    def take_click(self, index: int) -> bool:  # noqa: ARG002
        """A click pins."""
        return False

    def engine_ready(self) -> None:
        """The loss can be drawn."""
        self.right.add_plot()

    def set_theme(self, theme: Theme) -> None:
        """Take the theme's colours."""
        self.left.set_theme(theme)
        self.right.set_theme(theme)


def is_flow(bundle: Bundle) -> bool:
    """Whether particles are carried by a velocity there."""
    return bundle.kind == "flow" and bundle.tangents is None


def flow_caption(document: Document, bundle: Bundle) -> str:
    """What a picture of a flow is: its particles, the solver, and whose velocity."""
    name, shows = METHODS.get(bundle.method, bundle.method), document.view.shows
    steps = document.solver.steps
    one = f"{name}, {steps} step{'' if steps == 1 else 's'}"
    how = name if bundle.method == "dopri5" else one
    what = "untrained" if bundle.step == 0 else f"training step {bundle.step:,}"
    if shows == "exact" and bundle.exact is not None:
        what = bundle.truth or "exact velocity"
    elif shows != "learned" and bundle.exact is None and bundle.truth:
        what = f"{what} · {bundle.truth}"
    return f"{counted(bundle.points.shape[1], 'particle')} · {how} · {what}"


def counted(count: int, word: str) -> str:
    """ "1 particle", "2,000 particles"."""
    return f"{count:,} {word}{'' if count == 1 else 's'}"
