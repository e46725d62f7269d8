"""Group `letters`: how sharp typed text becomes, which sliced W2 does not see."""

from __future__ import annotations

from dataclasses import replace
from statistics import median

from flowlab.bench.contenders import make_ours
from flowlab.bench.effort import Effort
from flowlab.bench.quality import Strokes
from flowlab.bench.report import Row, Rows, at_most
from flowlab.core.gallery import preset

PEN = 0.03  # deviation of the blur around the ink, of a word 8 wide
_GOALS = {2.0: at_most(1.0)}


def rows(effort: Effort) -> Rows:
    """Samples of the word "flow", written with a pen of 0.03, against its ink without the blur.

    Off the stroke: share farther than 4 deviations of the pen from the ink. Distance: the mean one
    to the ink, over that of fresh samples.
    """
    document = preset("flow")
    document = replace(document, target=replace(document.target, noise=PEN))
    strokes = Strokes(document, min(effort.points, 5000), PEN)
    found: dict[float, list[tuple[float, float]]] = {}
    for number in range(effort.rounds):
        contender = make_ours(document, number)
        for mark in (0.5, 1.0, 2.0) if effort.quick else (0.5, 1.0, 2.0, 4.0):
            contender.train_until(mark)
            found.setdefault(mark, []).append(strokes.judge(contender.loop.field))
    for mark, seen in found.items():
        off, distance = (median(values) for values in zip(*seen, strict=True))
        yield Row(f"typed text: off the stroke at {mark:g} s", 100 * off, "%", _GOALS.get(mark))
        yield Row(f"typed text: distance to the ink at {mark:g} s", distance, "x fresh")
