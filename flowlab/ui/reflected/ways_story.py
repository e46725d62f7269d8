"""The story of the ways to stay between walls: what leaks, what sticks, and what does neither."""

from __future__ import annotations

from flowlab.core.reflected.results import Way, Ways, ways_of
from flowlab.scene.reflected.held import held
from flowlab.ui.base.widgets import heading
from flowlab.ui.room.figures import NONE, Figures
from flowlab.ui.room.story import Story, say, words

READ = (
    "The same starts and the same noise in every picture. Projecting the mean that a model "
    "predicts and then adding the noise leaks by as much as a step reaches beyond the wall. "
    "Projecting the whole step keeps everything inside, but leaves a share exactly on the walls. "
    "Reflecting does neither: the uniform law stays uniform for any step."
)
TIP = "Share of the particles at this t"
ROWS = {
    f"{name}_{which}": (f"{title}: {words_}", TIP)
    for name, title in (("threshold", "mean"), ("project", "step"), ("reflect", "reflected"))
    for which, words_ in (("leaked", "outside"), ("on_walls", "on walls"))
}
EXPECTED = {
    "expected": (
        "in the long run",
        "On the walls if steps are projected, beyond them if only the mean is: for Brownian "
        "motion on [0, L] by steps of deviation h L, (h/√2) / (1 + 1.165 h) for each wall, "
        "to 1 %",
    )
}
UNKNOWN = (
    "What is expected in the long run is known for Brownian motion in a square or a rectangle."
)


class WaysStory(Story):
    """What each way does to the law, and the shares at t."""

    def __init__(self) -> None:
        super().__init__()
        self.read, self.shares, self.expected = words(), Figures(ROWS), Figures(EXPECTED)
        self.unknown = words("dim")
        say(self.read, READ)
        for widget in (
            heading("Ways to stay inside"),
            self.read,
            heading("Now"),
            self.shares,
            heading("Expected"),
            self.expected,
            self.unknown,
        ):
            self.column.addWidget(widget)

    def renew(self) -> None:
        """Show the shares at t."""
        ways = ways_of(self.bundle)
        if ways is None:
            self.shares.show_values(**dict.fromkeys(ROWS, NONE))
            self.expected.show_values(expected=NONE)
            say(self.unknown, "")
            return
        self.shares.show_values(**_shares(ways, self.t))
        known = {way.name: way for way in ways.ways}["project"].expected
        self.expected.show_values(expected=NONE if known is None else f"{100 * known:.2f} %")
        say(self.unknown, UNKNOWN if known is None else "")


def _shares(ways: Ways, t: float) -> dict[str, str]:
    return {
        f"{way.name}_{which}": _percent(ways, way, t, which)
        for way in ways.ways
        for which in ("leaked", "on_walls")
    }


def _percent(ways: Ways, way: Way, t: float, which: str) -> str:
    bundle = ways.bundles[0]
    return f"{100 * way.at(bundle.times, held(bundle, t), which):.2f} %"
