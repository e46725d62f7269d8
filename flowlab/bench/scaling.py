"""Group `scaling`: whether cost is proportional to particles and to steps."""

from __future__ import annotations

from flowlab.bench.curves import slope
from flowlab.bench.effort import Effort
from flowlab.bench.report import Goal, Row, Rows
from flowlab.bench.sampling import bundle_seconds, trained_run

_COUNTS = (10_000, 20_000, 50_000, 100_000, 200_000, 500_000, 1_000_000)
_STEPS = (4, 8, 16, 32, 64)
_PARTICLES = 20_000  # while steps grow
_LINEAR = Goal(0.9, 1.1)


def rows(effort: Effort) -> Rows:
    """Slopes of log time against log particles (8 steps) and against log steps (20,000 particles).

    1 is linear. On one thread, which other programs disturb least. `--plot FILE.png` draws both.
    """
    counts = [n for n in _COUNTS if n <= (50_000 if effort.quick else 1_000_000)]
    steps = [n for n in _STEPS if n <= (16 if effort.quick else 64)]
    run, repeats = trained_run(), 2 if effort.quick else 3
    by_count = [bundle_seconds(run, n, 1, repeats, 8) for n in counts]
    by_steps = [bundle_seconds(run, _PARTICLES, 1, repeats, n) for n in steps]
    for what, x, y in (("particles", counts, by_count), ("steps", steps, by_steps)):
        yield Row(f"cost against {what}: slope", slope(x, y), "", _LINEAR)
    if effort.plot is not None:
        from flowlab.bench.plot import Series, draw

        draw(
            effort.plot,
            [
                Series("particles, 8 steps of RK4", counts, by_count),
                Series("steps of RK4, 20,000 particles", steps, by_steps),
            ],
        )
