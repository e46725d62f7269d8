"""Interpolants: x_t = alpha(t) x0 + beta(t) x1 + gamma(t) z, with z ~ N(0, I) for each pair.

Stochastic interpolants (Albergo, Boffi and Vanden-Eijnden 2023, arXiv:2303.08797); as there, alpha
is the coefficient of x0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor

from flowlab.core.distributions.checks import check_times, tensor_of
from flowlab.core.document.arguments import kind_of
from flowlab.core.document.limits import Invalid, shown
from flowlab.core.document.paths import Path
from flowlab.core.interpolants.schedules import schedules

Schedule = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class Interpolant:
    """Three schedules of t in [0, 1] and their derivatives; `Invalid` for a t outside.

    gamma' may be infinite at the ends of time; `gamma_gamma_dot`, gamma gamma' = (gamma^2)' / 2, is
    finite there, and exact fields use it. alpha' of sqrt(1 - t^2) is infinite at t = 1 in the same
    way.
    """

    name: str
    alpha: Schedule
    beta: Schedule
    alpha_dot: Schedule
    beta_dot: Schedule
    gamma: Schedule
    gamma_dot: Schedule
    gamma_gamma_dot: Schedule  # gamma gamma'
    noisy: bool  # True if gamma is not zero
    steep: bool = False  # True if a derivative is infinite at an end of time

    def point(self, x0: Tensor, x1: Tensor, t: Tensor, z: Tensor | None = None) -> Tensor:
        """x_t (n, 2) of pairs x0, x1 (n, 2) at t (n,); z (n, 2) if the path is noisy."""
        _check_rows(x0=x0, x1=x1, t=t, z=z)
        t = t[:, None]
        x = self.alpha(t) * x0 + self.beta(t) * x1
        return x if z is None else x + self.gamma(t) * z

    def velocity(self, x0: Tensor, x1: Tensor, t: Tensor, z: Tensor | None = None) -> Tensor:
        """dx_t/dt = I' + gamma' z, (n, 2): the conditional velocity, whose mean given x_t is b."""
        _check_rows(x0=x0, x1=x1, t=t, z=z)
        t = t[:, None]
        v = self.alpha_dot(t) * x0 + self.beta_dot(t) * x1
        return v if z is None else v + self.gamma_dot(t) * z


def _check_rows(**given: Tensor | None) -> None:
    """Raise `Invalid` unless all are tensors with as many rows, or one, and times are (n,)."""
    rows = {"x0": (2,), "x1": (2,), "z": (2,), "t": ()}
    counts = set()
    for name, value in given.items():
        if value is None and name == "z":
            continue
        shape = "(n,)" if name == "t" else "(n, 2)"
        if not isinstance(value, Tensor):
            raise Invalid(f"{name} must be a tensor {shape}, not {shown(value)}.")
        tensor_of(value, name)
        if not value.ndim or value.shape[1:] != rows[name]:
            raise Invalid(f"{name} must have the shape {shape}, not {tuple(value.shape)}.")
        counts.add(len(value))
    if len(counts - {1}) > 1:
        raise Invalid(f"x0, x1, t and z must have as many rows, not {sorted(counts)}.")


def _within(schedule: Schedule) -> Schedule:
    """The schedule, which refuses times outside [0, 1].

    On a GPU it doesn't look, as then the host would wait.
    """

    def at(t: Any) -> Tensor:
        if not isinstance(t, Tensor):
            t = tensor_of(t, "t").double()
        if t.device.type == "cpu":
            check_times(tensor_of(t, "t"))
        return schedule(t)

    return at


@_within
def _none(t: Tensor) -> Tensor:
    return torch.zeros_like(t)


# IADB's alpha-blend (arXiv:2305.03486), conditional OT and rectified flow share this path.
LINEAR = Interpolant(
    "linear",
    alpha=_within(lambda t: 1 - t),
    beta=_within(lambda t: t),
    alpha_dot=_within(lambda t: t.new_full((), -1.0)),
    beta_dot=_within(lambda t: t.new_full((), 1.0)),
    gamma=_none,
    gamma_dot=_none,
    gamma_gamma_dot=_none,
    noisy=False,
)


def interpolant_of(path: Path) -> Interpolant:
    """The interpolant of a document's path."""
    return _interpolant_of(kind_of(path, Path, "The path", "a Path"))


@lru_cache(maxsize=256)
def _interpolant_of(path: Path) -> Interpolant:
    if (path.kind, path.noise, path.clock) == ("linear", "none", "even"):
        return LINEAR
    schedule = schedules(path, torch)
    return Interpolant(
        path.kind,
        alpha=_within(schedule.alpha.at),
        beta=_within(schedule.beta.at),
        alpha_dot=_within(schedule.alpha.dot),
        beta_dot=_within(schedule.beta.dot),
        gamma=_within(schedule.gamma.at),
        gamma_dot=_within(schedule.gamma.dot),
        gamma_gamma_dot=_within(schedule.gamma_gamma_dot),
        noisy=path.noisy,
        steep=path.noise == "brownian" or path.kind == "preserving",
    )
