"""How good a conditional flow is: the velocity error of each class, and where its points end."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from scipy.spatial import cKDTree
from torch import Tensor

from flowlab.core.array_types import Ints
from flowlab.core.distributions.factory import build
from flowlab.core.document.arguments import is_whole, numbers_of, seed_of, whole
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid, shown
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.estimates import Estimate, root_estimate
from flowlab.core.exact import oracle_for
from flowlab.core.exact.strata import ratio
from flowlab.core.interpolants.parameterization import velocity_parameterization
from flowlab.core.interpolants.paths import interpolant_of
from flowlab.core.learning.conditioning import conditions_of, of_class
from flowlab.core.learning.field import LearnedVelocity
from flowlab.core.metrics.arguments import objects_checked
from flowlab.core.metrics.clouds import Cloud, checked
from flowlab.core.metrics.learned import blended

_STRATA, _CLUSTERS = 4, 4  # strata of time of each class, and times in each; see `exact.strata`
_TIMES = _STRATA * _CLUSTERS  # few, since some oracles compute each time anew
_WEIGHED = 20_000  # samples that estimate the classes' masses


@dataclass(frozen=True, eq=False)
class ClassDraws:
    """Points x_t ~ p_t(. | c) of all classes c, with the exact velocity of class c there."""

    x: Tensor  # (n, 2)
    t: Tensor  # (n,)
    condition: Tensor  # (n,) int64
    exact: Tensor  # (n, 2)
    stratum: Tensor  # (n,) int64, of time and class
    cluster: Tensor  # (n,) int64, which of the stratum's times

    def error(self, field: LearnedVelocity, k: int | None = None) -> Estimate:
        """rms|v - v*| / rms|v*| over all classes in proportion to their mass, or of class k.

        A float with its standard error. Raises `Invalid` for a class that has no points.
        """
        rows = slice(None) if k is None else self.condition == k
        x, t, c, exact = (v[rows] for v in (self.x, self.t, self.condition, self.exact))
        if not len(x):
            raise Invalid(f"There is no class {shown(k)}; try {self._classes()}.")
        off = (field.velocity(x.float(), t.float(), c).to(exact) - exact).square().sum(1)
        size = exact.square().sum(1)
        places = self.stratum[rows].numpy(), self.cluster[rows].numpy()
        shape = int(self.stratum.max()) + 1, _CLUSTERS
        share = ratio(off.double().numpy(), size.double().numpy(), *places, shape)
        return root_estimate(share)

    def _classes(self) -> str:
        return ", ".join(str(k) for k in torch.unique(self.condition).tolist())


@objects_checked
def class_draws(document: Document, n: int = 4000, seed: int = 0) -> ClassDraws | None:
    """About `n` such points; None if the exact field of a class is unknown.

    Raises `Invalid` if the document's network cannot be conditional.
    """
    whole(n, "The number of points")
    rng = torch_rng(seed_of(seed), Stream.CLASS_POINTS)
    parts = []
    for i, (k, share) in enumerate(class_shares(document, seed).items()):
        class_document = of_class(document, k)
        oracle = None if class_document is None else oracle_for(class_document)
        if class_document is None or oracle is None:
            return None
        count = max(1, round(share * n / _TIMES))
        stratum = torch.arange(_TIMES) // _CLUSTERS
        t = (stratum + torch.rand(_TIMES, generator=rng)) / _STRATA
        t = velocity_parameterization(interpolant_of(document.path)).times(t)
        x = blended(class_document, t.repeat_interleave(count), rng).double()
        exact = [
            oracle.velocity(part, float(s))
            for part, s in zip(torch.split(x, count), t, strict=True)
        ]
        places = i * _STRATA + stratum, torch.arange(_TIMES) % _CLUSTERS
        columns = (column.repeat_interleave(count) for column in (t, *places))
        t, stratum, cluster = columns
        parts.append((x, t, torch.full((len(x),), k), torch.cat(exact), stratum, cluster))
    made = [torch.cat(column) for column in zip(*parts, strict=True)]
    finite = made[3].isfinite().all(1)
    return ClassDraws(*(column[finite] for column in made))


@objects_checked
def class_shares(document: Document, seed: int = 0) -> dict[int, float]:
    """Approximate share of the target's mass of each class, by ascending class."""
    classes = conditions_of(document)
    rng = torch_rng(seed_of(seed), Stream.CLASS_SHARES)
    drawn = build(document.target).sample_labelled(_WEIGHED, rng)[1]
    assert drawn is not None
    return {k: max(1, int((drawn == k).sum())) / _WEIGHED for k in classes}


@objects_checked
def class_accuracy(
    arrived: Cloud,
    condition: int | ArrayLike | Tensor,
    target: Cloud,
    classes: ArrayLike | Tensor,
) -> Estimate:
    """Share of the end points (n, 2) whose nearest target point is of their own class.

    `condition` is the class of all, or of each (n,); `classes` (m,) are those of `target` (m, 2).
    A float with its binomial standard error. Raises `Invalid` for bad clouds, or classes that
    aren't one for each point.
    """
    x, y = (cloud.double().cpu().numpy() for cloud in checked(arrived, target))
    known, wanted = _classes_of(classes, len(y)), condition
    if not is_whole(condition, -(1 << 62)):
        wanted = _classes_of(condition, len(x))
    hit = known[cKDTree(y).query(x)[1]] == wanted
    share, n = float(np.mean(hit)), len(x)
    return Estimate(share, math.sqrt(share * (1 - share) / n), n)


def _classes_of(given: Any, n: int) -> Ints:
    """Whole numbers (n,); raises `Invalid` for anything else."""
    try:
        values = numbers_of(given, "Classes")
    except Invalid:
        values = np.array(0.0)
    if values.dtype.kind not in "iu" or values.shape != (n,):
        raise Invalid(f"Classes must be whole numbers, one for each of the {n:,} points.")
    return values
