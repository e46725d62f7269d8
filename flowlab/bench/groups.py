"""The groups of rows, in the order in which they run."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass

from flowlab.bench.effort import Effort
from flowlab.bench.report import Rows
from flowlab.core.document.limits import Invalid


@dataclass(frozen=True)
class Group:
    """Rows that are measured together: a function of a module, imported when it is wanted."""

    sentence: str
    module: str
    function: str = "rows"
    quick: bool = True  # part of a quick run?

    @property
    def rows(self) -> Callable[[Effort], Rows]:
        """The function that measures the rows; its docstring says what they mean."""
        rows_function: Callable[[Effort], Rows] = getattr(
            importlib.import_module(f"flowlab.bench.{self.module}"), self.function
        )
        return rows_function


# A new group of rows is one function and one line here.
GROUPS = {
    "start": Group("imports, and the window from launch", "window", "start_rows"),
    "steps": Group("training steps a second, FlowLab and peers in turn", "stepping"),
    "training": Group("seconds of training until samples are good, on six targets", "training"),
    "exact": Group("velocity error on the zero-variance target", "exact"),
    "fields": Group("what exact fields cost, and how exact the grid one is", "fields"),
    "harmonics": Group("numerical harmonics of walls: their time and error", "harmonics"),
    "pairs": Group("pairs through a point, from exact posteriors", "pairs"),
    "tangents": Group(
        "the tangent field averaged on a grid, beside the article's", "blending.tangents"
    ),
    "chains": Group("chains of (de)blending beside the article's loop", "blending.chains"),
    "couplings": Group("what matching costs training, and what it gives", "couplings"),
    "letters": Group("how sharp typed text becomes", "letters"),
    "tables": Group("reading files of points, beside numpy.loadtxt", "tables"),
    "responding": Group(
        "undo of a training, and the window while it reads", "responding", quick=False
    ),
    "sampling": Group("bundles: time, share of the ceiling, path error", "sampling"),
    "scaling": Group("cost against particles and steps", "scaling"),
    "walls": Group("particles reflected at drawn walls", "walls"),
    "stochastic": Group(
        "ODE and SDE side by side, beside their network alone", "stochastic.processes"
    ),
    "metrics": Group("the metrics panel: its cost and what it finds", "metrics"),
    "lens": Group("the lens, and the difference from the exact flow", "lens"),
    "truth": Group("the lens and the difference in the window", "lens", "window_rows", quick=False),
    "drawing": Group("ms a frame against particles", "drawing"),
    "exports": Group("a GIF against the frames that were painted", "exports"),
    "window": Group("frames, lateness, memory, training beside the window", "window"),
    "rooms": Group("the (de)blending room in the window", "blending.views", quick=False),
    "morphing": Group(
        "the ODE / SDE room in the window: eps dragged, three panes playing",
        "stochastic.processes",
        "window_rows",
        quick=False,
    ),
    "diffusion": Group("samplers of a diffusion model side by side", "diffusion.samplers"),
    "denoised": Group(
        "the default recipe in each formulation: seconds to the data", "diffusion.recipe"
    ),
    "denoising": Group(
        "the diffusion room in the window: eta dragged, three panes playing",
        "diffusion.samplers",
        "window_rows",
        quick=False,
    ),
    "reflected": Group("pictures of the room of walls", "reflected.views"),
    "learned_score": Group(
        "a learned score between walls: seconds to the data", "reflected.learned_score"
    ),
    "bouncing": Group(
        "the room of walls in the window: playing", "reflected.views", "window_rows", quick=False
    ),
    "moments": Group("looking back in training time", "looking_back"),
    "sharing": Group("the same in one process", "window", "one_process_rows", quick=False),
    "shapes": Group("every other built-in shape", "shapes", quick=False),
}


def chosen(names: str | None, quick: bool = False) -> dict[str, Group]:
    """The groups named, separated by commas, in the order of the table; for None all that suit.

    Raises `Invalid` for a name that no group has.
    """
    if names is None:
        return {name: group for name, group in GROUPS.items() if group.quick or not quick}
    wanted = {name.strip() for name in names.split(",")}
    unknown = sorted(wanted - GROUPS.keys())
    if unknown:
        raise Invalid(f"There is no group {unknown[0]!r}; try {', '.join(GROUPS)}.")
    return {name: group for name, group in GROUPS.items() if name in wanted}
