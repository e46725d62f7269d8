"""From noise to pictures: the flow of a model, and DDIM between deterministic and DDPM.

Each sampler is a generator of `Look`s, from the noise to the picture, so that a first one is seen
early, and that nobody waits for a run that is cancelled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor

from flowlab.core.diffusion.ancestral import posterior_variance
from flowlab.core.diffusion.levels import Levels
from flowlab.core.document.arguments import name_of, whole
from flowlab.core.solvers.ode import euler, heun, rk4
from flowlab.images.methods import SOLVERS
from flowlab.images.model import Ends, PictureModel

MOST_STEPS = 4096

Guard = Callable[[Tensor], Tensor]  # what a denoised picture is replaced by


class Look(NamedTuple):
    """The pictures at one time."""

    t: float
    x: Tensor  # (n, c, h, w)
    data: Tensor | None  # what the network expected at the step before, None at the noise


def even_times(steps: int) -> list[float]:
    """The times of so many even steps from 0 to 1; raises `Invalid`."""
    count = whole(steps, "steps", 1, MOST_STEPS)
    return [k / count for k in range(count + 1)]


def flow(
    model: PictureModel,
    x: Tensor,
    times: list[float],
    *,
    solver: str = "heun",
    label: Tensor | None = None,
    guard: Guard | None = None,
) -> Iterator[Look]:
    """The linear path's flow from noise x (n, c, h, w) at times[0] = 0 to pictures at 1.

    Heun's and RK4's last evaluation is at the picture itself; where a network says nothing there
    (all but those of a velocity), the last step is Euler's. Raises `Invalid` for another solver.
    """
    name_of(solver, SOLVERS, "solver")
    steps = {"euler": euler, "heun": heun, "rk4": rk4}
    yield Look(times[0], x, None)
    for t, later in pairwise(times):
        read = _Reader(model, label, guard)
        known = later < 1 or "velocity" in model.predicts
        *_, x = steps[solver if known else "euler"](read, x, [t, later])
        yield Look(later, x, read.first)


class _Reader:
    """The velocity of one step, as solvers take it, which keeps the first denoised picture."""

    def __init__(self, model: PictureModel, label: Tensor | None, guard: Guard | None) -> None:
        self.model, self.label, self.guard = model, label, guard
        self.first: Tensor | None = None

    def __call__(self, x: Tensor, t: float) -> Tensor:
        data, noise = guarded(self.model, x, t, 1 - t, self.label, self.guard)
        if self.first is None:
            self.first = data
        return data - noise


def guarded(
    model: PictureModel, x: Tensor, a: float, b: float, label: Tensor | None, guard: Guard | None
) -> Ends:
    """The clean picture, guarded, and the noise that goes with it in x = a x1 + b x0."""
    ends = model.ends(x, a, b, label)
    if guard is None or b <= 0:
        return ends
    data = guard(ends.data)
    return Ends(data, (x - a * data) / b)


def ddim(
    model: PictureModel,
    x: Tensor,
    levels: Levels,
    *,
    eta: float = 0.0,
    rng: torch.Generator | None = None,
    label: Tensor | None = None,
    guard: Guard | None = None,
) -> Iterator[Look]:
    """DDIM's steps from noise x (n, c, h, w) down the levels; eta = 1 is DDPM with sigma-tilde.

    x' = a' x1 + sqrt(b'^2 - sigma^2) x0 + sigma z with sigma^2 = eta^2 sigma-tilde^2, nothing
    clipped (Song et al. 2021, arXiv:2010.02502, equation 12).
    """
    sigmas = eta * posterior_variance(levels).sqrt()
    a, b = levels.signal.tolist(), levels.noise.tolist()
    yield Look(levels.times[0], x, None)
    for k, sigma in enumerate(sigmas.tolist()):
        data, noise = guarded(model, x, a[k], b[k], label, guard)
        kept = max(b[k + 1] ** 2 - sigma**2, 0.0) ** 0.5
        x = a[k + 1] * data + kept * noise
        if sigma > 0:
            x = x + sigma * torch.randn(x.shape, generator=rng, dtype=x.dtype).to(x.device)
        yield Look(levels.times[k + 1], x, data)


def clipped(x: Tensor) -> Tensor:
    """Static thresholding: into [-1, 1]."""
    return x.clamp(-1, 1)


def dynamically_clipped(quantile: float = 0.995) -> Guard:
    """Dynamic thresholding: into +-s and divided by s, s the quantile of |x|, 1 at least.

    Saharia et al. 2022 (Imagen, arXiv:2205.11487, section 2.3).
    """

    def guard(x: Tensor) -> Tensor:
        s = x.flatten(1).abs().quantile(quantile, dim=1).clamp_min(1.0)[:, None, None, None]
        return torch.maximum(torch.minimum(x, s), -s) / s

    return guard
