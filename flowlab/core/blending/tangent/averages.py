"""Averages of dx_t/dt over all pairs of two sets of samples, cell by cell, in two ways.

`direct` visits every pair. `convolved` visits none: it deposits the samples of each end on a
lattice, and the number of pairs in each cell and their sums are convolutions of the two lattices,
at the same cost for any number of samples. The position of a sample is rounded to a fraction of a
cell, so a pair that close to a cell's edge may be counted in the neighbouring cell. Nothing else
is approximated, and counts are whole numbers.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import torch
from scipy.fft import next_fast_len
from torch import Tensor

from flowlab.core.array_types import Floats, Ints
from flowlab.core.blending.tangent.cells import Cells
from flowlab.core.blending.tangent.draws import Coefficients, Deposit, Draws, Scattered
from flowlab.core.blending.tangent.spread import Clusters, clusters, convolved_error, standard_error

FINE = 256  # least number of lattice points along the grid; there are at least two in a cell
_PAIRS = 1 << 18  # pairs visited at once
_SUMS = 1 << 20  # numbers in one table of sums


class Average(NamedTuple):
    """Number, mean and standard error over the pairs in each cell."""

    count: Floats  # type: ignore[assignment]  # (H, W), whole numbers
    mean: Floats  # (H, W, 2); NaN where there is none
    stderr: Floats  # (H, W), of the mean's length; NaN where it is unknown


def convolved(
    source: Draws,
    target: Draws,
    coefficients: tuple[Coefficients, Coefficients],
    cells: Cells,
    errors: int | None = None,
) -> Average:
    """The average of dx_t/dt over all pairs, by convolution.

    Errors are computed on the same lattice, or on one of `errors` points along a cell: fewer are
    faster, but few pairs at the edge of the support then get errors that are off by half.
    """
    source, target = (
        _near(source, target, coefficients, cells),
        _near(target, source, coefficients[::-1], cells),
    )
    if not source.total * target.total:
        return _average(cells, np.zeros((4, cells.count + 1)), np.full(cells.count, np.nan))
    fold = max(2, math.ceil(FINE / max(cells.rows, cells.columns)))
    one, other = _deposits(source, target, coefficients, cells, fold)
    shape = [a + b - 1 for a, b in zip(one.sums.shape[1:], other.sums.shape[1:], strict=True)]
    size = [next_fast_len(n, real=True) for n in shape]
    a, b = (torch.fft.rfft2(torch.from_numpy(d.sums[:3]), s=size) for d in (one, other))
    product: Tensor = a[:1] * b
    product[1:] += a[1:] * b[:1]
    fine_sums = torch.fft.irfft2(product, s=size)[:, : shape[0], : shape[1]].numpy()
    sums = cells.cropped(*_folded(fine_sums, one.first + other.first, fold))
    count = np.rint(sums[0])
    stderr = np.full(count.shape, np.nan)
    if errors is None or errors > 0:
        if errors is not None and errors < fold:
            fold = errors
            one, other = _deposits(source, target, coefficients, cells, fold)
        values, first = convolved_error(one.sums, other.sums, one.first + other.first, fold)
        stderr = cells.cropped(values[None], first, np.nan)[0]
        stderr[count < 1] = np.nan
    return Average(count, _mean(count, sums[1:]), stderr)


def _near(end: Draws, other: Draws, coefficients: tuple[Coefficients, ...], cells: Cells) -> Draws:
    """The samples of an end that have a pair in some cell; this bounds the lattice."""
    middle, reach = other.about(coefficients[1])
    size = cells.h * np.array([cells.columns, cells.rows])
    low = cells.corner - middle - reach - cells.h
    return end.within(coefficients[0], low, low + size + 2 * (reach + cells.h))


def _deposits(
    source: Draws,
    target: Draws,
    coefficients: tuple[Coefficients, Coefficients],
    cells: Cells,
    fold: int,
) -> tuple[Deposit, Deposit]:
    """Deposit both ends on a lattice of `fold` steps per cell, without bias in the position.

    The end of smaller extent is rounded to the nearest lattice point around its middle, the other
    one down from the grid's corner. Where the first is a single point, as at alpha = 0 and 1, all
    pairs fall into exactly the right cell.
    """
    step = cells.h / fold
    abouts = source.about(coefficients[0]), target.about(coefficients[1])
    narrow = int(abouts[1][1] < abouts[0][1])
    ends, (middle, _) = (source, target), abouts[narrow]
    near = ends[narrow].deposit(coefficients[narrow], middle, step, 0.5)
    far = ends[1 - narrow].deposit(coefficients[1 - narrow], cells.corner - middle, step, 0.0)
    return near, far


def _folded(values: Floats, first: Ints, fold: int) -> tuple[Floats, Ints]:
    """Sum values (C, h, w), which begin at lattice point `first`, by cell; also the first cell."""
    cell = np.floor_divide(first, fold)
    left, below = first - cell * fold
    rows, columns = (
        -(-(n + pad) // fold) for n, pad in zip(values.shape[1:], (below, left), strict=True)
    )
    padded = np.zeros((len(values), rows * fold, columns * fold))
    padded[:, below : below + values.shape[1], left : left + values.shape[2]] = values
    return padded.reshape(len(values), rows, fold, columns, fold).sum((2, 4)), cell


def direct(
    source: Scattered,
    target: Scattered,
    coefficients: tuple[Coefficients, Coefficients],
    cells: Cells,
    errors: bool = True,
) -> Average:
    """The average of dx_t/dt over all pairs, visiting each; memory is bounded."""
    one, other = source.places(coefficients[0]), target.places(coefficients[1])
    total = np.zeros((4, cells.count + 1))
    rows = max(1, _PAIRS // target.total)
    for first in range(0, source.total, rows):
        x, v = (
            (a[:, first : first + rows, None] + b[:, None]).reshape(2, -1)
            for a, b in zip(one, other, strict=True)
        )
        total += _sums(cells.of(x), v, cells.count + 1)
    stderr = np.full(cells.count, np.nan)
    if errors:
        both = _clusters(one, other, cells), _clusters(other, one, cells)
        stderr = standard_error(total[:, :-1], *both)
    return _average(cells, total, stderr)


def paired(places: Floats, values: Floats, cells: Cells) -> Average:
    """The average of `values` (2, n) over independent pairs at `places` (2, n)."""
    total = _sums(cells.of(places), values, cells.count + 1)
    count, squares = total[0, :-1], total[3, :-1]
    each = Clusters(squares, total[1:3, :-1], count)  # every pair is a cluster of its own
    return _average(cells, total, standard_error(total[:, :-1], each, each))


def _average(cells: Cells, total: Floats, stderr: Floats) -> Average:
    shape = cells.rows, cells.columns
    total = total[:, :-1].reshape(4, *shape)
    return Average(total[0], _mean(total[0], total[1:3]), stderr.reshape(shape))


def _mean(count: Floats, sums: Floats) -> Floats:
    mean = np.full((*count.shape, 2), np.nan)
    seen = count > 0
    mean[seen] = (sums[:, seen] / count[seen]).T
    return mean


def _sums(index: Ints, v: Floats, length: int) -> Floats:
    """Number, sum (2) and sum of squares of the values v (2, m), for each index: (4, length)."""
    weights = (None, v[0], v[1], v[0] * v[0] + v[1] * v[1])
    return np.stack([np.bincount(index, w, length) for w in weights])


def _clusters(one: tuple[Floats, Floats], other: tuple[Floats, Floats], cells: Cells) -> Clusters:
    """Sums over the pairs of each sample of one end, squared and summed over that end's samples."""
    bins = cells.count + 1
    rows = max(1, min(_SUMS // bins, _PAIRS // other[0].shape[1]))
    total = Clusters(np.zeros(bins), np.zeros((2, bins)), np.zeros(bins))
    for first in range(0, one[0].shape[1], rows):
        x, v = (a[:, first : first + rows, None] + b[:, None]
                for a, b in zip(one, other, strict=True))  # fmt: skip
        index = cells.of(x) + bins * np.arange(x.shape[1])[:, None]
        sums = _sums(index.reshape(-1), v.reshape(2, -1), bins * x.shape[1])
        total = total.plus(clusters(sums.reshape(4, -1, bins)))
    return Clusters(total.squares[:-1], total.products[:, :-1], total.counts[:-1])
