"""How good a conditional flow is: the error of its velocity class by class, and where it ends."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from scipy.spatial import cKDTree
from torch import Tensor

from flowlab.core.distributions.factory import build
from flowlab.core.document.document import Document
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.exact import oracle_for
from flowlab.core.interpolants.parameterization import velocity_parameterization
from flowlab.core.interpolants.paths import interpolant_of
from flowlab.core.learning.conditioning import conditions_of, of_class
from flowlab.core.learning.field import LearnedVelocity
from flowlab.core.metrics.clouds import Cloud, checked
from flowlab.core.metrics.learned import blended

_TIMES = 16  # of each class: an oracle that works time by time then works few times
_WEIGHED = 20_000  # samples that the classes' masses are told from


@dataclass(frozen=True, eq=False)
class ClassDraws:
    """Points x_t of p_t(. | c) with the exact velocity of class c there, for all classes."""

    x: Tensor  # (n, 2)
    t: Tensor  # (n,)
    condition: Tensor  # (n,) int64
    exact: Tensor  # (n, 2)

    def error(self, field: LearnedVelocity, k: int | None = None) -> float:
        """rms|v - v*| / rms|v*| over all classes in proportion to their mass, or of class k."""
        own = slice(None) if k is None else self.condition == k
        x, t, c, exact = (v[own] for v in (self.x, self.t, self.condition, self.exact))
        off = field.velocity(x.float(), t.float(), c).to(exact) - exact
        return float((off.square().sum() / exact.square().sum()).sqrt())


def class_draws(document: Document, n: int = 4000, seed: int = 0) -> ClassDraws | None:
    """About `n` such points; None where the exact field of a class is not known.

    Raises `Invalid` where the document's network cannot be conditional.
    """
    rng = torch_rng(seed, Stream.CLASS_POINTS)
    parts = []
    for k, share in class_shares(document, seed).items():
        one = of_class(document, k)
        oracle = None if one is None else oracle_for(one)
        if one is None or oracle is None:
            return None
        each = max(1, round(share * n / _TIMES))
        t = (torch.arange(_TIMES) + torch.rand(_TIMES, generator=rng)) / _TIMES
        t = velocity_parameterization(interpolant_of(document.path)).times(t)
        x = blended(one, t.repeat_interleave(each), rng).double()
        exact = [
            oracle.velocity(part, float(s)) for part, s in zip(torch.split(x, each), t, strict=True)
        ]
        parts.append((x, t.repeat_interleave(each), torch.full((len(x),), k), torch.cat(exact)))
    x, t, condition, v = (torch.cat(column) for column in zip(*parts, strict=True))
    known = v.isfinite().all(1)
    return ClassDraws(x[known], t[known], condition[known], v[known])


def class_shares(document: Document, seed: int = 0) -> dict[int, float]:
    """About which share of the target's mass each class has, by ascending class."""
    classes = conditions_of(document)
    rng = torch_rng(seed, Stream.CLASS_SHARES)
    drawn = build(document.target).sample_labelled(_WEIGHED, rng)[1]
    assert drawn is not None
    return {k: max(1, int((drawn == k).sum())) / _WEIGHED for k in classes}


def class_accuracy(
    arrived: Cloud, condition: int | Tensor, target: Cloud, classes: Tensor
) -> float:
    """Share of the points arrived (n, 2) whose nearest target point is of their own class.

    `condition` is the class of all, or of each (n,); `classes` (m,) those of `target` (m, 2).
    """
    x, y = (cloud.double().cpu().numpy() for cloud in checked(arrived, target))
    nearest = classes.cpu().numpy()[cKDTree(y).query(x)[1]]
    wanted = condition.cpu().numpy() if isinstance(condition, Tensor) else condition
    return float(np.mean(nearest == wanted))
