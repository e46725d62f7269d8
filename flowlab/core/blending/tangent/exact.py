"""The exact tangent field E[dx_t/dt | x_t = x] on the cells, at a bounded cost."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from flowlab.core.array_types import Bools, Floats, Ints
from flowlab.core.blending.tangent.cells import Box, Cells
from flowlab.core.blending.tangent.estimate import clamped_time, coefficients_of
from flowlab.core.distributions.factory import build
from flowlab.core.document.document import Document
from flowlab.core.exact import oracle_for
from flowlab.core.exact.grid import GridOracle
from flowlab.core.exact.mixture import MixtureOracle
from flowlab.core.exact.outlines import outline_of
from flowlab.core.exact.polygon import PolygonOracle
from flowlab.core.interpolants.paths import interpolant_of

if TYPE_CHECKING:
    from flowlab.core.exact import Oracle


THIN = 1e-4  # share of the largest p_t, below which the field is blank
SECONDS = 1.2  # for all times together, estimated by `_PRICES`
_FEWEST = 9  # least number of times at which the field is computed, whatever that costs
_PRICES = {"polygon": (1e-6, 1e-7), "mixture": (1e-6, 6e-9)}  # seconds per place, and per part
_NOISE = 4.5  # standard deviations of the latent noise that the support's box includes


@dataclass(frozen=True, eq=False)
class Exact:
    """E[dx_t/dt | x_t = x] at the middles of cells."""

    values: Floats  # (T, H, W, 2); NaN outside the support
    density: Floats  # (T, H, W), of x_t; 0 there
    speed: float  # rms of the field over all mass and times
    asked: int  # number of the T times that were computed; the others are interpolated

    @cached_property
    def known(self) -> Bools:
        """True where the field is known, (T, H, W): M places."""
        known: Bools = self.density > 0
        return known

    @cached_property
    def ends(self) -> Ints:
        """(T + 1,): the places ends[k] to ends[k + 1] belong to time k."""
        return np.concatenate([[0], np.cumsum(self.known.sum((1, 2)))])

    @cached_property
    def v(self) -> Floats:
        """The field at those places, (M, 2)."""
        return self.values[self.known]

    @cached_property
    def p(self) -> Floats:
        """The density p_t at those places, (M,)."""
        return self.density[self.known]


def exact_field(
    document: Document,
    times: Floats,
    cells: Cells,
    check: Callable[[], None],
    seconds: float = SECONDS,
) -> Exact | None:
    """The exact field at each of the times (T,); None where no exact field is known.

    Where that would take more than about `seconds`, it is computed at evenly spaced times and
    interpolated between them. `check` is called before each time and may raise `Cancelled`.
    """
    oracle, path = oracle_for(document), interpolant_of(document.path)
    if oracle is None:
        return None
    boxes = [_within(_support(document, float(t)), cells) for t in times]
    places = sum(_length(rows) * _length(columns) for rows, columns in boxes)
    stride = _stride(places * _price(oracle, document) / seconds, len(times))
    values = np.full((len(times), cells.rows, cells.columns, 2), np.nan, np.float32)
    density = np.zeros(values.shape[:3], np.float32)
    for k in range(0, len(times), stride):
        check()
        rows, columns = boxes[k]
        if not _length(rows) * _length(columns):
            continue  # the support is smaller than a cell
        t = clamped_time(path, float(times[k]))
        density_and_velocity = _asked(oracle, t, cells.xs[columns], cells.ys[rows])
        density[k, rows, columns], values[k, rows, columns] = density_and_velocity
    if stride > 1:
        _fill(values, density, stride)
    asked = len(range(0, len(times), stride))
    return Exact(values, density, rms_speed(values, density, times), asked)


def _asked(oracle: Oracle, t: float, xs: Floats, ys: Floats) -> tuple[Floats, Floats]:
    """Density (H, W) and velocity (H, W, 2) on a lattice; 0 and NaN where the density is thin."""
    if isinstance(oracle, GridOracle):
        p, v = (array.numpy() for array in oracle.field(t, xs, ys))
    else:
        x = torch.from_numpy(np.stack(np.meshgrid(xs, ys), -1).reshape(-1, 2))
        both = oracle.both if isinstance(oracle, PolygonOracle) else partial(_both, oracle)
        p, v = (array.numpy() for array in both(x, t))
        p, v = np.nan_to_num(p).reshape(len(ys), len(xs)), v.reshape(len(ys), len(xs), 2)
    dense = (p > THIN * p.max(initial=0.0)) & np.isfinite(v).all(-1)
    return np.where(dense, p, 0.0), np.where(dense[..., None], v, np.nan)


def _both(oracle: Oracle, x: Tensor, t: float) -> tuple[Tensor, Tensor]:
    """Density (n,), and velocity (n, 2), NaN where the density is thin."""
    p, v = oracle.density(x, t).nan_to_num(0.0, 0.0, 0.0), torch.full_like(x, math.nan)
    dense = p > THIN * p.max()
    v[dense] = oracle.velocity(x[dense], t)
    return p, v


def _support(document: Document, t: float) -> Box:
    """A box that holds nearly all of p_t."""
    source, target = coefficients_of(interpolant_of(document.path), t)
    sides: list[float] = []
    for i in (0, 2):
        ends = [
            sorted(coefficients.weight * edge for edge in build(shape).extent[i : i + 2])
            for coefficients, shape in ((source, document.source), (target, document.target))
        ]
        margin = _NOISE * abs(source.noise)
        sides += [ends[0][0] + ends[1][0] - margin, ends[0][1] + ends[1][1] + margin]
    return sides[0], sides[1], sides[2], sides[3]


def _within(box: Box, cells: Cells) -> tuple[slice, slice]:
    """Rows and columns of the cells whose middles lie in the box."""
    x0, x1, y0, y1 = box
    columns = np.flatnonzero((cells.xs >= x0) & (cells.xs <= x1))
    rows = np.flatnonzero((cells.ys >= y0) & (cells.ys <= y1))
    return _span(rows), _span(columns)


def _span(index: Ints) -> slice:
    return slice(int(index[0]), int(index[-1]) + 1) if len(index) else slice(0, 0)


def _length(part: slice) -> int:
    return int(part.stop - part.start)


def _price(oracle: Oracle, document: Document) -> float:
    """Seconds for one place by a fixed rule, so that results don't depend on the machine."""
    if isinstance(oracle, MixtureOracle):
        base, each = _PRICES["mixture"]
        return base + each * oracle.components
    outlines = outline_of(document.source), outline_of(document.target)
    if oracle.facts.kind != "polygon" or outlines[0] is None or outlines[1] is None:
        return 0.0  # a grid, whose cost depends on its rows and columns, not on places
    base, each = _PRICES["polygon"]
    return base + each * len(outlines[0].corners) * len(outlines[1].corners)


def _stride(excess: float, times: int) -> int:
    """The stride through the times, a power of two, for a cost of `excess` times the limit."""
    stride = 1
    while excess / stride > 1 and (times - 1) // (2 * stride) + 1 >= _FEWEST:
        stride *= 2
    return stride


def _fill(values: Floats, density: Floats, stride: int) -> None:
    """Interpolate linearly between computed times; blank where either neighbour is."""
    for k in range(len(values)):
        low = k - k % stride
        if low == k:
            continue
        high, share = low + stride, np.float32(k % stride / stride)
        values[k] = (1 - share) * values[low] + share * values[high]
        density[k] = (1 - share) * density[low] + share * density[high]
        density[k][~np.isfinite(values[k, ..., 0])] = 0


def rms_speed(values: Floats, density: Floats, times: Floats) -> float:
    """sqrt of the mean of |v|^2 under p_t, averaged over t; 0 where the field is nowhere known."""
    mass = density.sum((1, 2), dtype=np.float64)
    square = (density * np.nan_to_num(np.square(values).sum(-1))).sum((1, 2), dtype=np.float64)
    known = mass > 0
    if not known.any():
        return 0.0
    power = square[known] / mass[known]
    if len(power) == 1:
        return math.sqrt(power[0])
    span = float(times[known][-1] - times[known][0])
    return math.sqrt(float(np.trapezoid(power, times[known])) / span)
