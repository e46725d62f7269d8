"""Group `shapes`: every built-in shape and preset, on one core."""

from __future__ import annotations

from dataclasses import replace

from flowlab.bench.contenders import make_ours
from flowlab.bench.curves import marks, median_or_none
from flowlab.bench.effort import Effort
from flowlab.bench.quality import Judge
from flowlab.bench.race import Curve, both, race
from flowlab.bench.report import Row, Rows, at_most
from flowlab.bench.training import TARGETS
from flowlab.core.document.document import Document
from flowlab.core.document.gallery import GALLERY, preset, preset_names
from flowlab.core.document.shapes import Drawing

_FIRST = 0.1  # seconds


def rows(effort: Effort) -> Rows:
    """Seconds until sliced W2 and energy are within 1.5x of the floor, from a Gaussian if alone."""
    for title, document in documents().items():
        curves = [_curve(document, effort, number) for number in range(min(3, effort.rounds))]
        value = median_or_none([curve.reached(both, 1.5) for curve in curves])
        beyond = None if value is not None else curves[0].contender.seconds
        yield Row(f"{title}: W2+E 1.5x", value, "s", at_most(1.0), beyond=beyond)


def documents() -> dict[str, Document]:
    """Presets and shapes that the group `training` has not run."""
    seen = set(TARGETS.values())
    wanted = {f"preset {name}": preset(name) for name in preset_names() if name not in seen}
    aimed = {document.target for document in wanted.values()}
    aimed |= {preset(name).target for name in seen}
    base = preset("eight_gaussians")
    for title, shape in GALLERY.values():
        if shape not in aimed and not isinstance(shape, Drawing):  # an empty sheet
            wanted[title] = replace(base, target=shape)
    return wanted


def _curve(document: Document, effort: Effort, number: int) -> Curve:
    """One run that ends as soon as 1.5x is confirmed."""
    curve = Curve(make_ours(document, number), _FIRST, effort.ours)
    judge = Judge(document, effort.points, effort.pairs, number)
    race([curve], judge, marks(_FIRST, effort.ours, 1.4), stop=True)
    return curve
