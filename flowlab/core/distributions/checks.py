"""Checks of scripts' arguments: whole numbers, points of the plane, generators."""

from __future__ import annotations

import math
from numbers import Integral, Real
from typing import Any

import numpy as np
import torch
from torch import Tensor

from flowlab.core.document.limits import Invalid


def is_whole(value: Any, least: int = 1, most: int | None = None) -> bool:
    """True for a whole number of any type within the limits; False for a bool."""
    if isinstance(value, bool) or not isinstance(value, Integral):
        return False
    return least <= int(value) and (most is None or int(value) <= most)


def is_number(value: Any, least: float = -math.inf, most: float = math.inf) -> bool:
    """True for one finite real number within the limits."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return False
    return math.isfinite(value) and least <= float(value) <= most


def whole(value: Any, name: str, least: int = 1, most: int | None = None) -> int:
    """The value as an int; raises `Invalid` unless it is a whole number within the limits."""
    if not is_whole(value, least, most):
        raise Invalid(f"{name} must be a whole number of at least {least}, not {value!r}.")
    return int(value)


def seed_of(value: Any) -> int:
    """The value as the seed of a named stream of random numbers; raises `Invalid`."""
    return whole(value, "The seed", 0)


def time_of(value: Any) -> float:
    """The value as one time; raises `Invalid` unless it is a number from 0 to 1."""
    if isinstance(value, Tensor | np.ndarray) and value.ndim == 0:
        value = value.item()
    if not is_number(value, 0.0, 1.0):
        raise Invalid(f"The time must be a number between 0 and 1, not {value!r}.")
    return float(value)


def generator_of(given: Any) -> torch.Generator:
    """The generator, or torch's default for None; raises `Invalid` for anything else."""
    if given is None:
        return torch.default_generator
    if not isinstance(given, torch.Generator):
        raise Invalid("Give a torch.Generator, as torch.Generator().manual_seed(0), or none.")
    return given


def check_plane(x: Tensor, name: str = "Points") -> None:
    """Raise `Invalid` unless x has the shape (n, 2)."""
    if x.ndim != 2 or x.shape[1] != 2:
        raise Invalid(f"{name} must have the shape (n, 2), not {tuple(x.shape)}.")


def points_of(x: Any) -> tuple[Tensor, Tensor]:
    """Points (n, 2) as a tensor, and an empty tensor of the dtype and device of the result.

    Raises `Invalid` for another shape, or for anything but numbers.
    """
    try:
        points = torch.as_tensor(x).detach()
    except (TypeError, ValueError, RuntimeError):
        raise Invalid("Points must be numbers, in rows x, y.") from None
    if points.is_complex():
        raise Invalid("Points must be real numbers, in rows x, y.")
    check_plane(points)
    return points, points[:0] if points.is_floating_point() else points[:0].double()
