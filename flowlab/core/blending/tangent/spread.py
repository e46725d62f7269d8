"""The standard error of an average over all pairs of two sets of samples.

The n0 n1 pairs are not independent: only n0 + n1 points were drawn. With residuals r_ij = v_ij - m
of the pairs in a cell, the variance of their sum is estimated without bias by
sum_i |sum_j r_ij|^2 + sum_j |sum_i r_ij|^2 - sum_ij |r_ij|^2: the covariance of pairs with a common
source point, plus that of pairs with a common target point, minus the pairs themselves, which are
counted in both (the variance of a two-sample U-statistic; known as two-way clustered errors,
Cameron, Gelbach and Miller 2011). It is a closed form, so it needs no bootstrap.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch
from scipy.fft import next_fast_len
from torch import Tensor

from flowlab.core.array_types import Floats, Ints

_FEWEST = 2 - 1e-6  # least effective number of samples of either end in a cell


class Clusters(NamedTuple):
    """Sums over the samples i of one end, which have K_i pairs with the sum of values S_i.

    For any m, sum_i |S_i - m K_i|^2 = squares - 2 m.products + |m|^2 counts.
    """

    squares: Floats  # (...), sum of |S_i|^2
    products: Floats  # (2, ...), sum of S_i K_i
    counts: Floats  # (...), sum of K_i^2

    def plus(self, more: Clusters) -> Clusters:
        """Both together."""
        return Clusters(*(a + b for a, b in zip(self, more, strict=True)))

    def about(self, mean: Floats) -> Floats:
        """sum_i |S_i - m K_i|^2 for m (2, ...)."""
        across = (mean * self.products).sum(0)
        squares: Floats = self.squares - 2 * across + np.square(mean).sum(0) * self.counts
        return squares


def clusters(sums: Floats) -> Clusters:
    """The clusters of sums (4, samples, ...): K_i, then both coordinates of S_i."""
    number, x, y = sums[:3]
    return Clusters(
        (x * x + y * y).sum(0), np.stack([(x * number).sum(0), (y * number).sum(0)]),
        (number * number).sum(0),
    )  # fmt: skip


def standard_error(total: Floats, source: Clusters, target: Clusters) -> Floats:
    """Standard error (...) of the mean of v, as a length, from sums (4, ...): number, v, |v|^2.

    A factor like Bessel's corrects for few samples. NaN where effectively fewer than two samples
    of either end reach the cell. Never smaller than for independent pairs.
    """
    count = total[0]
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = total[1:3] / count
        each = Clusters(total[3], total[1:3], count).about(mean)
        variance = source.about(mean) + target.about(mean) - each
        reached = count**2 / np.maximum(source.counts, target.counts)
        variance = np.maximum(variance, each) * reached / (reached - 1)
        error: Floats = np.sqrt(np.maximum(variance, 0.0)) / count
    error[~(reached >= _FEWEST)] = np.nan
    return error


def convolved_error(one: Floats, other: Floats, first: Ints, fold: int) -> tuple[Floats, Ints]:
    """`standard_error` (h, w) of the cells, and the first cell (column, row).

    From both ends' deposits (4, ., .) on a lattice of `fold` points per cell, by convolution. A
    sample at lattice point p has as many pairs in a cell as the other end has samples at the points
    q with p + q in that cell: a box of `fold` points a side. `first` is the index of p + q for the
    first points of both.
    """
    boxes = _boxed(one, fold), _boxed(other, fold)
    shape = [a + b - 1 for a, b in zip(one.shape[1:], boxes[1].shape[1:], strict=True)]
    size = [next_fast_len(n, real=True) for n in shape]
    a, b = (_spectra(sums, size) for sums in (one, other))
    aa, bb = (_spectra(_squared(box), size) for box in boxes)
    box = _spectra(boxes[1][:4], size)
    spectra = torch.cat([_joined(a, box), _shared(a, bb), _shared(b, aa)])
    low = np.floor_divide(first, fold)
    start = low * fold - first + fold - 1  # of the first cell, among the convolved values
    rows = slice(int(start[1]), shape[0], fold)
    columns = slice(int(start[0]), shape[1], fold)
    sums = torch.fft.irfft2(spectra, s=size)[:, rows, columns].numpy().copy()
    sums[0] = np.rint(sums[0])
    parts = (Clusters(f[0], f[1:3], np.rint(f[3])) for f in (sums[4:8], sums[8:12]))
    return standard_error(sums[:4], *parts), low


def _boxed(sums: Floats, fold: int) -> Floats:
    """Sums (C, h, w) over the box of `fold` points a side that begins at each point.

    The boxes begin `fold` - 1 points before the first, so that every box with a point in it counts.
    """
    for axis in (1, 2):
        pad = [(0, 0), (0, 0), (0, 0)]
        pad[axis] = (fold, fold - 1)
        total = np.pad(sums, pad).cumsum(axis)
        sums = np.take(total, range(fold, total.shape[axis]), axis) - np.take(
            total, range(total.shape[axis] - fold), axis
        )
    return sums


def _spectra(sums: Floats, size: list[int]) -> Tensor:
    spectra: Tensor = torch.fft.rfft2(torch.from_numpy(sums), s=size)
    return spectra


def _squared(sums: Floats) -> Floats:
    """K^2, S K (2), |S|^2 of deposits (4, ., .): number K, values S."""
    number, x, y = sums[:3]
    return np.stack([number * number, x * number, y * number, x * x + y * y])


def _joined(a: Tensor, b: Tensor) -> Tensor:
    """Spectra of the pairs' number, values (2) and squares; a pair's value is the sum of two."""
    across = a[1] * b[1] + a[2] * b[2]
    squares = a[3] * b[0] + a[0] * b[3] + 2 * across
    return torch.stack([a[0] * b[0], *(a[1:3] * b[0] + a[0] * b[1:3]), squares])


def _shared(a: Tensor, bb: Tensor) -> Tensor:
    """Spectra of squares, products (2) and counts of `Clusters` for the samples with spectra `a`.

    `bb` are the spectra of the other end's products. A sample of value u has S = S_other + u K.
    """
    squares = a[0] * bb[3] + 2 * (a[1] * bb[1] + a[2] * bb[2]) + a[3] * bb[0]
    return torch.stack([squares, *(a[0] * bb[1:3] + a[1:3] * bb[0]), a[0] * bb[0]])
