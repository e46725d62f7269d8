"""How good a conditional flow is: the velocity error of each class, and where its points end."""

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

_TIMES = 16  # per class: few, since some oracles compute each time anew
_WEIGHED = 20_000  # samples that estimate the classes' masses


@dataclass(frozen=True, eq=False)
class ClassDraws:
    """Points x_t ~ p_t(. | c) of all classes c, with the exact velocity of class c there."""

    x: Tensor  # (n, 2)
    t: Tensor  # (n,)
    condition: Tensor  # (n,) int64
    exact: Tensor  # (n, 2)

    def error(self, field: LearnedVelocity, k: int | None = None) -> float:
        """rms|v - v*| / rms|v*| over all classes in proportion to their mass, or of class k."""
        rows = slice(None) if k is None else self.condition == k
        x, t, c, exact = (v[rows] for v in (self.x, self.t, self.condition, self.exact))
        difference = field.velocity(x.float(), t.float(), c).to(exact) - exact
        return float((difference.square().sum() / exact.square().sum()).sqrt())


def class_draws(document: Document, n: int = 4000, seed: int = 0) -> ClassDraws | None:
    """About `n` such points; None if the exact field of a class is unknown.

    Raises `Invalid` if the document's network cannot be conditional.
    """
    rng = torch_rng(seed, Stream.CLASS_POINTS)
    parts = []
    for k, share in class_shares(document, seed).items():
        class_document = of_class(document, k)
        oracle = None if class_document is None else oracle_for(class_document)
        if class_document is None or oracle is None:
            return None
        count = max(1, round(share * n / _TIMES))
        t = (torch.arange(_TIMES) + torch.rand(_TIMES, generator=rng)) / _TIMES
        t = velocity_parameterization(interpolant_of(document.path)).times(t)
        x = blended(class_document, t.repeat_interleave(count), rng).double()
        exact = [
            oracle.velocity(part, float(s))
            for part, s in zip(torch.split(x, count), t, strict=True)
        ]
        parts.append((x, t.repeat_interleave(count), torch.full((len(x),), k), torch.cat(exact)))
    x, t, condition, v = (torch.cat(column) for column in zip(*parts, strict=True))
    finite = v.isfinite().all(1)
    return ClassDraws(x[finite], t[finite], condition[finite], v[finite])


def class_shares(document: Document, seed: int = 0) -> dict[int, float]:
    """Approximate share of the target's mass of each class, by ascending class."""
    classes = conditions_of(document)
    rng = torch_rng(seed, Stream.CLASS_SHARES)
    drawn = build(document.target).sample_labelled(_WEIGHED, rng)[1]
    assert drawn is not None
    return {k: max(1, int((drawn == k).sum())) / _WEIGHED for k in classes}


def class_accuracy(
    arrived: Cloud, condition: int | Tensor, target: Cloud, classes: Tensor
) -> float:
    """Share of the end points (n, 2) whose nearest target point is of their own class.

    `condition` is the class of all, or of each (n,); `classes` (m,) are those of `target` (m, 2).
    Raises `Invalid` for empty or non-finite clouds.
    """
    x, y = (cloud.double().cpu().numpy() for cloud in checked(arrived, target))
    nearest = classes.cpu().numpy()[cKDTree(y).query(x)[1]]
    wanted = condition.cpu().numpy() if isinstance(condition, Tensor) else condition
    return float(np.mean(nearest == wanted))
