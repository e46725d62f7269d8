"""Group `rooms`: frames of the (de)blending room in the window."""

from __future__ import annotations

from flowlab.bench.effort import Effort
from flowlab.bench.report import Row, Rows, at_least

_GOALS = {"frames/s": at_least(59.0)}


def rows(effort: Effort) -> Rows:
    """Each view of the room played in the window: 60 frames a second while alpha goes.

    The first picture is from the choice to what is seen of it.
    """
    from flowlab.bench.blending.real_window import measure_views

    for preset in ("triangle_to_rhombus",) if effort.quick else ("triangle_to_rhombus", "moons"):
        for view, figures in measure_views(preset, effort.window, effort.quick).items():
            for name, value in figures.items():
                yield Row(f"{preset}, {view}: {name}", value, "", _GOALS.get(name))
