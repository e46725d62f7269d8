"""The groups of rows, in the order in which they run."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass

from flowlab.bench.effort import Effort
from flowlab.bench.report import Rows
from flowlab.core.limits import Invalid


@dataclass(frozen=True)
class Group:
    """Rows that are measured together: a function of a module, imported when it is wanted."""

    sentence: str
    module: str
    function: str = "rows"

    @property
    def rows(self) -> Callable[[Effort], Rows]:
        """The function; its docstring says what its rows mean."""
        found: Callable[[Effort], Rows] = getattr(
            importlib.import_module(f"flowlab.bench.{self.module}"), self.function
        )
        return found


# A new group of rows is one function and one line here.
GROUPS = {
    "start": Group("imports, and the window from launch", "window", "start_rows"),
    "steps": Group("training steps a second, FlowLab and peers in turn", "stepping"),
    "training": Group("seconds of training until samples are good, on six targets", "training"),
    "exact": Group("velocity error on the zero-variance target", "exact"),
    "letters": Group("how sharp typed text becomes", "letters"),
    "sampling": Group("bundles: time, share of the ceiling, path error", "sampling"),
    "scaling": Group("cost against particles and steps", "scaling"),
    "drawing": Group("ms a frame against particles", "drawing"),
    "window": Group("frames, lateness, memory, training beside the window", "window"),
    "sharing": Group("the same in one process (not in a quick run)", "window", "one_process_rows"),
    "shapes": Group("every other built-in shape (two in a quick run)", "shapes"),
}


def chosen(names: str | None) -> dict[str, Group]:
    """The groups named, separated by commas, in the order of the table; all for None."""
    if names is None:
        return dict(GROUPS)
    wanted = {name.strip() for name in names.split(",")}
    unknown = sorted(wanted - GROUPS.keys())
    if unknown:
        raise Invalid(f"There is no group {unknown[0]!r}; try {', '.join(GROUPS)}.")
    return {name: group for name, group in GROUPS.items() if name in wanted}
