"""The tilted law p(x) p(y | x)^gamma over its mass: what guidance is often said to sample.

At gamma 0 it is the target, at 1 the class; beyond, it leaves where the classifier doubts. Guided
samples follow it at these two only, so that it is here to be compared with them.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from flowlab.core.array_types import Doubles
from flowlab.core.diffusion.guidance_words import MOST_GUIDANCE
from flowlab.core.distributions.factory import Distribution, build
from flowlab.core.document.arguments import is_number
from flowlab.core.document.arrays import Array
from flowlab.core.document.classes import classes_of
from flowlab.core.document.limits import Invalid, shown
from flowlab.core.document.shapes import Grid, Points, Shape
from flowlab.core.learning.class_shares import shares_of
from flowlab.core.learning.conditioning import shape_of_class

CELLS = 512  # along each side
_ROWS = 1 << 16  # cells at a time
UNKNOWN = (
    "The tilted law needs the density of each class: choose Gaussians, a checkerboard, text or a "
    "drawing, without noise."
)


@lru_cache(maxsize=16)
def tilted_shape(target: Shape, label: int, gamma: float, cells: int = CELLS) -> Shape:
    """The tilted law of a class as a shape: on a grid, but for gamma 0 and 1 and for bare points.

    Classes of points don't overlap, so that theirs is the class itself. Raises `Invalid` where
    densities aren't known.
    """
    if not is_number(gamma, 0.0, MOST_GUIDANCE):
        raise Invalid(f"gamma must be from 0 to {MOST_GUIDANCE:g}, not {shown(gamma)}.")
    if label not in classes_of(target):
        raise Invalid(f"This target has no class {shown(label)}.")
    one = shape_of_class(target, label)
    if gamma == 0:
        return target
    if one is None:
        raise Invalid(UNKNOWN)
    if gamma == 1 or (isinstance(target, Points) and target.noise == 0):
        return one
    x0, x1, y0, y1 = extent = build(target).extent
    x, y = (
        low + (high - low) * (np.arange(cells) + 0.5) / cells for low, high in ((x0, x1), (y0, y1))
    )
    places = np.stack(np.meshgrid(x, y), -1).reshape(-1, 2)
    logs = log_tilted(target, label, gamma, torch.from_numpy(places)).reshape(cells, cells)
    mass: Doubles = (logs - logs.max()).exp().numpy()
    return Grid(density=Array(mass), extent=extent)


def tilted_law(target: Shape, label: int, gamma: float) -> Distribution:
    """The same as a distribution, of which samples can be drawn."""
    return build(tilted_shape(target, label, gamma))


def log_tilted(target: Shape, label: int, gamma: float, x: Tensor) -> Tensor:
    """log p(x) + gamma log p(y | x), (n,) float64, at x (n, 2): up to a constant, its logarithm.

    -inf where there is no mass.
    """
    parts = []
    for rows in torch.split(x.double(), _ROWS):
        joint = log_joint(target, rows)
        whole = joint.logsumexp(1)
        own = joint[:, list(shares_of(target)).index(label)]
        parts.append((whole + gamma * (own - whole)).nan_to_num(-torch.inf, neginf=-torch.inf))
    return torch.cat(parts)


def log_joint(target: Shape, x: Tensor) -> Tensor:
    """log p(x, y), (n, K) float64, of each class that has mass; raises `Invalid` if unknown."""
    logs = []
    for k, share in shares_of(target).items():
        shape = shape_of_class(target, k)
        one = None if shape is None else build(shape)
        if one is None or not one.has_log_prob:
            raise Invalid(UNKNOWN)
        logs.append(one.log_prob(x).double() + float(np.log(share)))
    return torch.stack(logs, 1)
