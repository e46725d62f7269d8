"""Checks of scripts' arguments that become tensors: points of the plane, times, generators."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from flowlab.core.array_types import AnyArray
from flowlab.core.document.arguments import SLACK, is_real, numbers_of, outside, time_of
from flowlab.core.document.limits import Invalid, shown

FAR = 1e100  # beyond it every log density is -inf: those of all shapes fall as |x|^2 or are 0
_WIDE = 8  # bytes of a floating type that torch has


def generator_of(given: Any, device: str | None = None) -> torch.Generator:
    """The generator, or torch's default for None; raises `Invalid` for anything else.

    With `device`, that is the one on which its numbers are used.
    """
    if given is None:
        return torch.default_generator
    if not isinstance(given, torch.Generator):
        raise Invalid(
            "The generator must be a torch.Generator, as torch.Generator().manual_seed(0), or "
            f"None, not {shown(given)}."
        )
    if device is not None and given.device.type != device:
        raise Invalid(f"Draws are made on the {device} here: the generator must be one of it.")
    return given


def check_plane(x: Tensor, name: str = "Points") -> None:
    """Raise `Invalid` unless x has the shape (n, 2)."""
    if x.ndim != 2 or x.shape[1] != 2:
        raise Invalid(f"{name} must have the shape (n, 2), not {tuple(x.shape)}.")


def tensor_of(given: Any, name: str) -> Tensor:
    """Real numbers as a tensor without gradients; raises `Invalid` for anything else."""
    if isinstance(given, Tensor):
        if given.is_complex() or given.layout != torch.strided:
            raise Invalid(f"{name} must be real numbers, not {shown(given)}.")
        return given.detach()
    return torch.from_numpy(_of_torch(numbers_of(given, name)))


def _of_torch(array: AnyArray) -> AnyArray:
    """The array in a type and byte order that torch has."""
    if array.dtype.kind == "f" and array.dtype.itemsize > _WIDE:
        return array.astype("f8")
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def points_of(x: Any, name: str = "Points") -> tuple[Tensor, Tensor]:
    """Points (n, 2) as a tensor, and an empty tensor of the dtype and device of the result.

    Raises `Invalid` for another shape, or for anything but real numbers.
    """
    points = tensor_of(x, name)
    check_plane(points, name)
    return points, points[:0] if points.is_floating_point() else points[:0].double()


def near_of(x: Tensor) -> Tensor:
    """True (n,) where both coordinates of x (n, 2) are at most `FAR` in size; False for NaN."""
    return (x.double().abs() <= FAR).all(1)


def settled(logs: Tensor, x: Tensor) -> Tensor:
    """Log densities (n,) at x (n, 2): -inf at infinity and NaN at NaN, whatever was computed."""
    near = near_of(x)
    if bool(near.all()):
        return logs
    return torch.where(near, logs, torch.where(x.isnan().any(1), torch.nan, -torch.inf).to(logs))


def times_of(t: Any, n: int, like: Tensor) -> Tensor:
    """Times (1,), common to all, or (n,), of the dtype and device of `like`; raises `Invalid`."""
    if isinstance(t, float | int):
        return like.new_full((1,), time_of(t))
    times = _times(t)
    if times.shape not in ((), (1,), (n,)):
        raise Invalid(
            f"t must be one number, or one for each of the {n} points, not {shown(times)}."
        )
    return times.to(like).reshape(-1).clamp(0, 1)


def time_row(t: Any) -> Tensor:
    """Times (n,) of that many draws, float64 on the CPU; raises `Invalid`."""
    times = _times(t)
    if times.ndim > 1:
        raise Invalid(f"t must be a row of times, one for each draw, not {shown(times)}.")
    return times.reshape(-1).double().cpu().clamp(0, 1)


def _times(t: Any) -> Tensor:
    if isinstance(t, bool | str) or not (is_real(t) or hasattr(t, "__len__")):
        raise Invalid(f"t must be numbers from 0 to 1, not {shown(t)}.")
    times = tensor_of(t, "t")
    check_times(times)
    return times


def check_times(t: Tensor) -> None:
    """Raise `Invalid` unless all times are from 0 to 1, rounding aside."""
    if not t.numel():
        return
    low, high = (float(end) for end in t.detach().aminmax())
    if not -SLACK <= low <= high <= 1 + SLACK:  # NaN is not
        raise Invalid(outside(low if not low >= -SLACK else high))
