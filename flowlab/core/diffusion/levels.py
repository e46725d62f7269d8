"""The noise levels of a diffusion model: x = a x1 + b x0 at each, from the noisiest to the data.

In the model's own literature time grows with the noise: step k of T lies at a = sqrt(abar_k), b =
sqrt(1 - abar_k), and abar_0 = 1 is the data (Ho et al. 2020, arXiv:2006.11239). Here levels descend
from k = T to 0, and t = 1 - k / T ascends from 0, the noise, to 1, the data.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from flowlab.core.diffusion.settings import KINDS, LEAST_SIGMA, MOST_STEPS, SCHEDULES
from flowlab.core.document.arguments import name_of, row_of, whole
from flowlab.core.document.limits import Invalid, shown

T_DEFAULT = 1000
SIGMAS = 0.01, 50.0  # of the variance exploding process
_BETAS = 1e-4, 0.02  # of the linear schedule, at any T, as in Ho et al. and in the text
_RATES = 0.1, 20.0  # beta(t) of the variance preserving SDE at both ends
_OFFSET, _MOST_BETA = 0.008, 0.999  # of the cosine schedule


@dataclass(frozen=True, eq=False)
class Levels:
    """K + 1 noise levels of a schedule of T steps, descending to the data: float64 on the CPU."""

    kind: str  # one of `KINDS`
    T: int
    k: Tensor  # (K + 1,) int64, descending to 0
    signal: Tensor  # (K + 1,), a
    noise: Tensor  # (K + 1,), b

    @property
    def times(self) -> list[float]:
        """t of each level, from 0 or later to 1."""
        return [1 - k / self.T for k in self.k.tolist()]

    @property
    def prior(self) -> float:
        """By what the noise of a start is multiplied: 1, but where its variance explodes."""
        return float(self.noise[0]) if self.kind == "ve" else 1.0

    @property
    def added(self) -> Tensor:
        """Variance (K,) of the noise that is added from each level's successor to it.

        That of x_k given x_k': b^2 - (a / a')^2 b'^2, of the variance preserving kind 1 - abar /
        abar', which is beta_k where no level is left out.
        """
        a, b = self.signal, self.noise
        return b[:-1] ** 2 - (a[:-1] / a[1:]) ** 2 * b[1:] ** 2

    def later(self, k: int) -> Levels:
        """The levels from step k down to the data; raises `Invalid` unless 1 <= k <= T."""
        at = slice(self.T - whole(k, "k, a step of the schedule,", 1, self.T), None)
        return replace(self, k=self.k[at], signal=self.signal[at], noise=self.noise[at])

    def visited(self, steps: int | None) -> Levels:
        """So many steps of all (None: all), as equal as can be; raises `Invalid` for more."""
        if steps is None:
            return self
        count = len(self.k) - 1
        steps = whole(steps, "steps, of the training schedule's T,", 1, count)
        at = torch.linspace(0, count, steps + 1, dtype=torch.float64).round().long()
        return replace(self, k=self.k[at], signal=self.signal[at], noise=self.noise[at])


def alpha_bars(schedule: str, T: int) -> Tensor:
    """abar_k (T + 1,) float64 for k = 0 ... T, with abar_0 = 1; raises `Invalid`.

    "linear" has betas from 1e-4 to 0.02 whatever T (Ho et al. 2020); "cosine" is that of Nichol and
    Dhariwal (2021, arXiv:2102.09672, eq. 17), its betas at most .999; "vp" the marginal of the SDE
    with beta(s) from 0.1 to 20 (Song et al. 2021, arXiv:2011.13456, eq. 33) at s = k / T.
    """
    name_of(schedule, SCHEDULES, "schedule")
    T = whole(T, "T, the steps of the training schedule,", 1, MOST_STEPS)
    s = torch.arange(T + 1, dtype=torch.float64) / T
    if schedule == "vp":
        low, high = _RATES
        return torch.exp(-(low * s + (high - low) * s**2 / 2))
    betas = torch.linspace(*_BETAS, T, dtype=torch.float64)
    if schedule == "cosine":
        f = torch.cos((s + _OFFSET) / (1 + _OFFSET) * math.pi / 2) ** 2
        betas = (1 - f[1:] / f[:-1]).clamp(max=_MOST_BETA)
    return torch.cat([torch.ones(1, dtype=torch.float64), (1 - betas).cumprod(0)])


def levels_of(
    kind: str = "vp",
    schedule: str = "linear",
    T: int = T_DEFAULT,
    sigmas: Any = SIGMAS,
) -> Levels:
    """All T + 1 levels of a kind; raises `Invalid`.

    "vp": a^2 = abar, b^2 = 1 - abar. "sub_vp": a^2 = abar, b = 1 - abar. "ve": a = 1 and b from the
    second of two `sigmas` to the first by equal factors, then 0; it has no schedule. "blend": b = k
    / T, a = 1 - b, the levels of iterative alpha-(de)blending, which have none either.
    """
    name_of(kind, KINDS, "kind of diffusion")
    bars = alpha_bars(schedule, T)
    k = torch.arange(len(bars) - 1, -1, -1)
    bars, share = bars[k], k.double() / (len(k) - 1)
    if kind == "ve":
        noise = torch.cat([_sigmas(len(k) - 1, sigmas), torch.zeros(1, dtype=torch.float64)])
        return Levels(kind, len(k) - 1, k, torch.ones_like(noise), noise)
    if kind == "blend":
        return Levels(kind, len(k) - 1, k, 1 - share, share)
    noise = (1 - bars).sqrt() if kind == "vp" else 1 - bars
    return Levels(kind, len(k) - 1, k, bars.sqrt(), noise)


def _sigmas(count: int, ends: Any) -> Tensor:
    """So many standard deviations by equal factors, the largest first."""
    low, high = row_of(ends, "sigmas of the variance exploding kind", 2)
    if not LEAST_SIGMA <= low < high <= 1 / LEAST_SIGMA:
        raise Invalid(
            "sigmas of the variance exploding kind must be the least and the largest, between "
            f"{LEAST_SIGMA:g} and {1 / LEAST_SIGMA:g}, not {shown(ends)}."
        )
    if count == 1:
        return torch.tensor([high], dtype=torch.float64)
    logs = torch.linspace(math.log(high), math.log(low), count, dtype=torch.float64)
    return logs.exp()
