"""Group `drawing`: how long a frame takes to paint."""

from __future__ import annotations

from flowlab.bench.effort import Effort
from flowlab.bench.report import Row, Rows, at_most

_GOALS = {100_000: at_most(1000 / 60), 1_000_000: at_most(1000 / 30)}


def rows(effort: Effort) -> Rows:
    """Median ms of one whole frame of 850 x 720 at changing t, with trails and without."""
    from flowlab.bench.painting import measure_drawing

    counts = (5_000, 100_000) if effort.quick else (5_000, 20_000, 100_000, 1_000_000)
    frames = 5 if effort.quick else 15
    for trails in (False, True):
        for row in measure_drawing(counts, frames=frames, trails=trails):
            name = f"drawing {row.particles:,} particles{', with trails' * trails}"
            yield Row(name, row.milliseconds, "ms", _GOALS.get(row.particles))
    yield from _blending_rows(20 if effort.quick else 120)
    yield from _tangent_rows(20 if effort.quick else 120)


def _blending_rows(frames: int) -> Rows:
    """Median ms of a frame of each view of the (de)blending room, side by side, at rising t."""
    from flowlab.bench.blending.painting import measure_blending

    for name, milliseconds in measure_blending(frames):
        yield Row(f"drawing {name}", milliseconds, "ms", at_most(1000 / 60))


def _tangent_rows(frames: int) -> Rows:
    """Median ms of a frame of a tangent field on 64 x 64 cells, at 1280 x 800."""
    from flowlab.bench.blending.painting_fields import measure_tangents

    for name, milliseconds in measure_tangents(frames):
        yield Row(f"drawing a tangent field: {name}", milliseconds, "ms", at_most(1000 / 60))
