"""Clouds of points as arguments of distances: tensors, arrays or lists, checked once."""

from __future__ import annotations

import functools

import torch
from numpy.typing import ArrayLike
from torch import Tensor

from flowlab.core.document.limits import Invalid

Cloud = ArrayLike | Tensor

CELLS = 1 << 22  # matrix entries at once


def checked(*clouds: Cloud) -> tuple[Tensor, ...]:
    """The clouds as tensors of one floating dtype on one device; raises `Invalid`."""
    tensors = [torch.as_tensor(cloud).detach() for cloud in clouds]
    dtype = functools.reduce(torch.promote_types, (x.dtype for x in tensors), torch.float32)
    return tuple(_finite(x.to(tensors[0].device, dtype)) for x in tensors)


def _finite(x: Tensor) -> Tensor:
    if x.ndim != 2 or x.shape[1] != 2 or not len(x):
        raise Invalid("A distance needs two clouds (n, 2) of at least one point each.")
    if not bool(x.isfinite().all()):
        raise Invalid("A distance needs finite positions: some particles have left the plane.")
    return x
