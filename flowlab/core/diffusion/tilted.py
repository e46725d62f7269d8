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
from flowlab.core.diffusion.class_shapes import class_shape, is_bare_curve
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
    "The tilted law needs the density of each class: choose Gaussians, a checkerboard, text, a "
    "drawing, or curves or points without noise."
)


@lru_cache(maxsize=16)
def tilted_shape(target: Shape, label: int, gamma: float, cells: int = CELLS) -> Shape:
    """The tilted law of a class as a shape: on a grid, but for gamma 0 and 1.

    Classes of bare points and lines don't overlap, so that theirs is the class itself. Raises
    `Invalid` where densities aren't known.
    """
    if not is_number(gamma, 0.0, MOST_GUIDANCE):
        raise Invalid(f"gamma must be from 0 to {MOST_GUIDANCE:g}, not {shown(gamma)}.")
    if label not in classes_of(target):
        raise Invalid(f"This target has no class {shown(label)}.")
    if gamma == 0:
        return target
    one = class_shape(target, label)
    assert one is not None
    bare = isinstance(target, Points) and target.noise == 0
    if gamma == 1 or bare or is_bare_curve(target):
        return one
    whole, doubt = _on_grid(target, label, cells)
    logs = whole + gamma * doubt
    mass: Doubles = np.exp(logs - logs.max())
    return Grid(density=Array(mass), extent=build(target).extent)


@lru_cache(maxsize=4)
def _on_grid(target: Shape, label: int, cells: int) -> tuple[Doubles, Doubles]:
    """log p(x) and log p(y | x) at cells (cells, cells), whatever gamma; -inf and 0 off all."""
    x0, x1, y0, y1 = build(target).extent
    x, y = (
        low + (high - low) * (np.arange(cells) + 0.5) / cells for low, high in ((x0, x1), (y0, y1))
    )
    places = np.stack(np.meshgrid(x, y), -1).reshape(-1, 2)
    parts = [_logs(target, label, rows) for rows in torch.split(torch.from_numpy(places), _ROWS)]
    whole, doubt = (
        torch.cat(part).reshape(cells, cells).numpy() for part in zip(*parts, strict=True)
    )
    return whole, doubt


def tilted_law(target: Shape, label: int, gamma: float, cells: int = CELLS) -> Distribution:
    """The same as a distribution, of which samples can be drawn."""
    return build(tilted_shape(target, label, gamma, cells))


def log_tilted(target: Shape, label: int, gamma: float, x: Tensor) -> Tensor:
    """log p(x) + gamma log p(y | x), (n,) float64, at x (n, 2): up to a constant, its logarithm.

    -inf where there is no mass.
    """
    parts = [_logs(target, label, rows) for rows in torch.split(x.double(), _ROWS)]
    return torch.cat([whole + gamma * doubt if gamma else whole for whole, doubt in parts])


def _logs(target: Shape, label: int, x: Tensor) -> tuple[Tensor, Tensor]:
    """log p(x) and log p(y | x), (n,) each, at x (n, 2); -inf and 0 where there is no mass."""
    joint = log_joint(target, x)
    whole = joint.logsumexp(1)
    own = joint[:, list(shares_of(target)).index(label)]
    doubt = torch.where(whole > -torch.inf, own - whole, 0.0)
    return whole.nan_to_num(-torch.inf, neginf=-torch.inf), doubt


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
