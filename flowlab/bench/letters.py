"""Group `letters`: how sharp typed text becomes, which sliced W2 does not see."""

from __future__ import annotations

from dataclasses import replace
from statistics import median

from flowlab.bench.contenders import make_ours
from flowlab.bench.effort import Effort
from flowlab.bench.quality import Strokes
from flowlab.bench.report import Row, Rows, at_most
from flowlab.core.document.document import Document
from flowlab.core.document.gallery import preset
from flowlab.core.document.shapes import Text

PEN = 0.03  # deviation of the blur around the ink
_LETTER = 4.6  # width of an S that is 6 high
_GOALS = {2.0: at_most(1.0)}


def rows(effort: Effort) -> Rows:
    """A letter 6 high and a word 8 wide, written with a pen of 0.03, against the ink itself.

    A quick run leaves the word out.

    Off the stroke: share farther than 4 deviations of the pen from the ink. Distance: the mean one
    to the ink, over that of fresh samples.
    """
    word = preset("flow").target
    shapes = {"letter S": Text(text="S", width=_LETTER), "word flow": word}
    for title, target in list(shapes.items())[: 1 if effort.quick else 2]:
        document = replace(preset("flow"), target=replace(target, noise=PEN))
        yield from _rows(title, document, effort)


def _rows(title: str, document: Document, effort: Effort) -> Rows:
    strokes = Strokes(document, min(effort.points, 5000), PEN)
    verdicts: dict[float, list[tuple[float, float]]] = {}
    for number in range(effort.rounds):
        contender = make_ours(document, number)
        for mark in (0.5, 1.0, 2.0) if effort.quick else (0.5, 1.0, 2.0, 4.0):
            contender.train_until(mark)
            verdicts.setdefault(mark, []).append(strokes.judge(contender.loop.field))
    for mark, seen in verdicts.items():
        off, distance = (median(values) for values in zip(*seen, strict=True))
        yield Row(f"{title}: off the stroke at {mark:g} s", 100 * off, "%", _GOALS.get(mark))
        yield Row(f"{title}: distance to the ink at {mark:g} s", distance, "x fresh")
