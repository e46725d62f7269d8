"""The content of a plot, curves, dots or bars: its place on the axes, and its numbers as text."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from flowlab.core.array_types import Floats, Ints
from flowlab.ui.base.ticks import MINUS, short

Span = tuple[float, float]

DRAWN = 240  # points of a curve: more than one a pixel can't be seen


@dataclass(frozen=True, eq=False)
class Curve:
    """Points (S,) by (S,) in one of the theme's colours; a NaN leaves a gap."""

    name: str  # shown in the legend, the read-out and the copied table
    xs: Floats  # (S,), or edges (S + 1,) for bars
    ys: Floats
    ink: str = "text"  # one of the theme's colours
    errors: Floats | None = None  # (S,) standard errors, drawn as whiskers
    dotted: bool = False  # dots instead of a line
    dashed: bool = False
    bars: bool = False
    faint: bool = False  # one pixel wide and paler
    shaded: bool = False  # filled down to the bottom
    width: float = 2.0
    level: bool = False  # one value everywhere
    marked: bool = False  # a dot on each point of the line

    @property
    def centres(self) -> Floats:
        """The places of the values on the horizontal axis."""
        return (self.xs[1:] + self.xs[:-1]) / 2 if self.bars else self.xs

    def words(self, i: int) -> str:
        """Return one value in words, with its error if it has one."""
        error = math.nan if self.errors is None else float(self.errors[i])
        return number(float(self.ys[i])) + (f" ± {_error(error)}" if math.isfinite(error) else "")


def places(values: Floats, *, log: bool) -> Floats:
    """Values as places on an axis; NaN for values that a logarithmic axis can't show."""
    array = np.asarray(values, float)
    if not log:
        return array
    with np.errstate(divide="ignore", invalid="ignore"):
        logs: Floats = np.where(array > 0, np.log10(array), np.nan)
    return logs


def span(values: list[Floats], *, log: bool, floor: bool = False) -> Span:
    """The range of an axis with some margin, from 0 if it has a `floor`; logarithms if `log`."""
    finite = places(np.concatenate(values), log=log) if values else np.zeros(0)
    finite = finite[np.isfinite(finite)]
    if not len(finite):
        return 0.0, 1.0
    low, high = float(finite.min()), float(finite.max())
    if floor:
        return min(low, 0.0), (1.1 * high if high > 0 else 1.0)
    room = 0.05 * max(high - low, 0.2 if log else 1e-9 * max(1.0, abs(high), abs(low)))
    return low - room, high + room


def reach(curve: Curve) -> Floats:
    """The values that must fit on the vertical axis."""
    return curve.ys if curve.errors is None else np.append(curve.ys, curve.ys + curve.errors)


def thinned(count: int, most: int = DRAWN) -> Ints:
    """At most `most` evenly spaced indices below `count`, the first and the last among them."""
    if count <= most:
        return np.arange(count)
    return np.linspace(0, count - 1, most).astype(np.intp)


def nearest(xs: Floats, x: float) -> int | None:
    """Index of the finite place nearest to x."""
    away = np.abs(xs - x)
    return int(np.nanargmin(away)) if np.isfinite(away).any() else None


def number(value: float) -> str:
    """A number with up to four significant digits; thousands and whole numbers in full."""
    if not math.isfinite(value):
        return "–"
    whole = value.is_integer() and abs(value) < 1e9
    words = f"{value:,.0f}" if whole or 1e3 <= abs(value) < 1e7 else f"{value:.4g}"
    return words.replace("-", MINUS)


def sentences(title: str, curves: tuple[Curve, ...]) -> str:
    """Curves of a few points in words, for screen readers."""
    return "; ".join(
        f"{c.name or title}: "
        + ", ".join(
            f"{short(float(x))} → {_three(y)}" for x, y in zip(c.centres, c.ys, strict=True)
        )
        for c in curves
        if len(c.ys) <= 16
    )


def _three(value: float) -> str:
    return f"{value:.3g}".replace("-", MINUS)


def _error(value: float) -> str:
    return number(float(f"{value:.1g}"))


# the copied table


def table(title: str, across: str, curves: tuple[Curve, ...]) -> str:
    """All numbers as text separated by tabs, below one line of names."""
    head, columns = _stretches(across, curves) or _points(across, curves)
    for curve in curves:
        name = curve.name or title or "value"
        head.append(name)
        columns.append(_on(columns[0], curve, curve.ys))
        if curve.errors is not None:
            head.append(f"{name}, standard error")
            columns.append(_on(columns[0], curve, curve.errors))
    rows = ["\t".join(map(_exact, row)) for row in zip(*columns, strict=True)]
    return "\n".join(["\t".join(head), *rows]) + "\n"


def _stretches(across: str, curves: tuple[Curve, ...]) -> tuple[list[str], list[Floats]] | None:
    bars = next((c for c in curves if c.bars), None)
    if bars is None:
        return None
    return [f"{across} from", f"{across} to"], [bars.xs[:-1], bars.xs[1:]]


def _points(across: str, curves: tuple[Curve, ...]) -> tuple[list[str], list[Floats]]:
    own = [c.xs for c in curves if not c.level] or [c.xs for c in curves]
    xs = np.unique(np.concatenate(own)) if own else np.zeros(0)
    return [across], [xs]


def _on(xs: Floats, curve: Curve, values: Floats) -> Floats:
    """Values in the rows of `xs`; NaN in rows where the curve has no point."""
    if curve.bars:
        return values
    if curve.level:
        return np.full(len(xs), values[0])
    column = np.full(len(xs), np.nan)
    column[np.searchsorted(xs, curve.xs)] = values
    return column


def _exact(value: float) -> str:
    if not math.isfinite(value):
        return ""
    if float(value).is_integer() and abs(value) < 1e15:
        return str(int(value))
    return f"{value:.0f}" if 1e7 <= abs(value) < 1e15 else f"{value:.7g}"
