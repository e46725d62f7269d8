"""Group `exact`: training on the zero-variance target against training on pairs."""

from __future__ import annotations

from dataclasses import replace
from statistics import median

from flowlab.bench.contenders import make_ours
from flowlab.bench.effort import Effort
from flowlab.bench.quality import Judge
from flowlab.bench.report import Row, Rows, at_most
from flowlab.core.document.gallery import preset

_MARKS = (0.2, 0.5, 1.0)  # seconds
_TARGETS = {"pairs": "x1 - x0 of pairs", "exact": "zero-variance target"}
_GOALS = {("exact", 0.2): at_most(0.04), ("exact", 1.0): at_most(0.01)}


def rows(effort: Effort) -> Rows:
    """Velocity error on 8 Gaussians, trained on pairs and on E[x1 - x0 | x], which has no noise."""
    document = preset("eight_gaussians")
    judge = Judge(document, 100, 1)
    errors: dict[tuple[str, float], list[float]] = {}
    for number in range(effort.rounds):
        kinds = {
            kind: make_ours(
                replace(document, training=replace(document.training, target=kind)), number
            )
            for kind in _TARGETS
        }
        for mark in _MARKS:
            for kind, contender in kinds.items():
                contender.train_until(mark)
                errors.setdefault((kind, mark), []).append(judge.error(contender.loop.field))
    for (kind, mark), values in errors.items():
        name = f"8 Gaussians, {_TARGETS[kind]}: velocity error at {mark:g} s"
        yield Row(name, median(values), goal=_GOALS.get((kind, mark)))
