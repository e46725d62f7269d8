"""Clouds of points as arguments of distances: tensors, arrays or lists, checked once."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from flowlab.core.distributions.checks import tensor_of
from flowlab.core.document.limits import Invalid
from flowlab.core.document.shapes import FURTHEST
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.estimates import GROUPS, Estimate, group_error

Cloud = ArrayLike | Tensor

CELLS = 1 << 22  # matrix entries at once


def checked(*clouds: Cloud) -> tuple[Tensor, ...]:
    """The clouds as tensors of one floating dtype on one device; raises `Invalid`."""
    tensors = [_tensor(cloud) for cloud in clouds]
    dtype = functools.reduce(torch.promote_types, (x.dtype for x in tensors), torch.float32)
    return tuple(_near(x.to(tensors[0].device, dtype)) for x in tensors)


def _tensor(cloud: Any) -> Tensor:
    try:
        # Of arrays a copy: torch warns of read-only ones, and takes none that is turned round.
        array = isinstance(cloud, np.ndarray)
        x = tensor_of(cloud, "A cloud") if array else torch.as_tensor(cloud).detach()
    except (Invalid, TypeError, ValueError, RuntimeError, OverflowError):
        x = None
    if (
        x is None
        or x.is_complex()
        or x.layout != torch.strided
        or x.ndim != 2
        or x.shape[1] != 2
        or not len(x)
    ):
        raise Invalid("A distance needs clouds of real numbers (n, 2), of at least one point each.")
    return x


def _near(x: Tensor) -> Tensor:
    if not bool(x.isfinite().all()):
        raise Invalid("A distance needs finite positions: some particles have left the plane.")
    if float(x.abs().max()) > FURTHEST:
        raise Invalid(f"A distance needs coordinates of at most {FURTHEST:.0e}.")
    return x


def with_error(distance: Callable[..., float], *clouds: Tensor, value: float) -> Estimate:
    """The distance `value` of clouds (n, 2), with its standard error.

    From the distances of eight groups of the points of each, see `group_error`: by how much other
    samples of the same distributions would change it. NaN for fewer than 16 points.
    """
    n = min(map(len, clouds))
    if n < 2 * GROUPS:
        return Estimate(value, math.nan, n)
    rng = torch_rng(0, Stream.ERROR_GROUPS)
    groups = (torch.tensor_split(c[torch.randperm(len(c), generator=rng)], GROUPS) for c in clouds)
    return Estimate(value, group_error([distance(*g) for g in zip(*groups, strict=True)]), n)
