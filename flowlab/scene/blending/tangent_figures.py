"""A tangent field in numbers: its errors at one alpha, and its values under a point."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from flowlab.core.array_types import Floats
from flowlab.core.blending.settings import Blending
from flowlab.core.blending.tangent.results import Tangents, tangents_of
from flowlab.core.views.bundle import FieldFrames
from flowlab.scene.base.stage import Stage
from flowlab.scene.base.style import Colour
from flowlab.scene.blending.tangent_slice import between

UNTRAINED = "Nothing has been learned yet: press Train."
UNKNOWN = "The exact field of these shapes is not known, so there is nothing to compare with."


class Vector(NamedTuple):
    """A velocity at one place."""

    x: float
    y: float

    @property
    def speed(self) -> float:
        """Its length, in units of the plane per unit of alpha."""
        return math.hypot(self.x, self.y)

    @property
    def degrees(self) -> float:
        """Its polar angle atan2(y, x), above -180 and up to 180."""
        return math.degrees(math.atan2(self.y, self.x))


@dataclass(frozen=True)
class Reading:
    """Values of one cell at one alpha; None where a field is blank or unknown."""

    x: float  # centre of the cell
    y: float
    count: int  # number of pairs that fell into it
    estimate: Vector | None
    stderr: float | None  # standard error of the estimate, as a length
    exact: Vector | None
    learned: Vector | None
    density: float | None


def tangent_at(tangents: Tangents, t: float, x: float, y: float) -> Reading | None:
    """The cell that contains (x, y) at `t`, linear between alphas; None outside the grid."""
    grid = tangents.estimate
    i, j = _cell(grid.xs, x), _cell(grid.ys, y)
    if i is None or j is None:
        return None

    def vector(frames: FieldFrames | None) -> Vector | None:
        if frames is None:
            return None
        u, v = between(frames.times, frames.values[:, j, i], t).tolist()
        return Vector(u, v) if math.isfinite(u + v) else None

    def number(values: Floats | None) -> float | None:
        if values is None:
            return None
        value = float(between(grid.times, values[:, j, i], t))
        return value if math.isfinite(value) else None

    return Reading(
        x=float(grid.xs[i]),
        y=float(grid.ys[j]),
        count=round(number(tangents.count) or 0.0),
        estimate=vector(grid),
        stderr=number(tangents.stderr),
        exact=vector(tangents.exact),
        learned=vector(tangents.learned),
        density=number(tangents.density),
    )


def _cell(centres: Floats, value: float) -> int | None:
    """Index of the evenly spaced cell that contains a value; None outside all of them."""
    pitch = float(centres[1] - centres[0])
    index = math.floor((value - float(centres[0])) / pitch + 0.5)
    return index if 0 <= index < len(centres) else None


def card_says_note(tangents: Tangents, blending: Blending) -> bool:
    """True if the picture's card says how the exact field is known, or why it isn't."""
    blank = tangents.shown(blending.field) is None and blending.field != "learned"
    return blank or (blending.show_error and tangents.shown(blending.field) is not None)


def tangent_lines(stage: Stage) -> list[tuple[str, Colour]]:
    """The card's lines about the field: its error at t, or why it is blank."""
    bundle, blending, theme = stage.frame.bundle, stage.frame.document.blending, stage.theme
    tangents = tangents_of(bundle)
    if bundle is None or tangents is None:
        return []
    if tangents.shown(blending.field) is None:
        why = UNTRAINED if blending.field == "learned" else tangents.note or UNKNOWN
        return [(why, theme.text)]
    if not blending.show_error:
        return []
    head = (f"Against the exact field, α = {stage.frame.t:.2f}", theme.text)
    if tangents.exact is None:
        return [head, (tangents.note or UNKNOWN, theme.dim)]
    lines = [head, *_errors(stage, tangents, bundle.step > 0)]
    if blending.field == "exact":
        lines.append(("The exact field itself is shown: it has no map of errors.", theme.dim))
    return [*lines, (tangents.note or bundle.exact_note, theme.dim)]


def _errors(stage: Stage, tangents: Tangents, trained: bool) -> list[tuple[str, Colour]]:
    """The errors of both fields at t, in length and in direction, and their cause."""

    def figure(known: dict[str, Floats] | None, name: str) -> float | None:
        return _at(tangents, known, name, stage.frame.t)

    plain, violet = stage.theme.particle, stage.theme.learned
    lines = []
    off, noise = (figure(tangents.errors, name) for name in ("estimate", "noise"))
    if off is not None:
        lines.append((f"grid average off by {100 * off:.1f} % of the rms speed", plain))
    if noise is not None:
        lines.append((f"(its standard error lets one expect {100 * noise:.1f} %)", plain))
    off, noise = (figure(tangents.angles, name) for name in ("estimate", "noise"))
    if off is not None:
        expected = "" if noise is None else f" ({noise:.1f}° expected)"
        lines.append((f"its median angle off by {off:.1f}°{expected}", plain))
    lines.append((_counts(tangents, stage.frame.t), plain))
    off, turned = (figure(known, "learned") for known in (tangents.errors, tangents.angles))
    if off is not None:
        degrees = "" if turned is None else f", angle {turned:.1f}°"
        what = "learned" if trained else "untrained"
        lines.append((f"{what} field off by {100 * off:.1f} %{degrees}", violet))
    return lines


def _counts(tangents: Tangents, t: float) -> str:
    """How many pairs the cells have."""
    counts = between(tangents.estimate.times, tangents.count, t)
    filled = counts[counts >= 0.5]
    if not filled.size:
        return "no pair fell into any cell"
    return f"{np.median(filled):,.0f} pairs in a cell (median)"


def _at(tangents: Tangents, known: dict[str, Floats] | None, name: str, t: float) -> float | None:
    """A figure at t, linear between alphas; None where it is unknown."""
    if known is None or name not in known:
        return None
    value = float(between(tangents.estimate.times, np.asarray(known[name]), t))
    return value if math.isfinite(value) else None
