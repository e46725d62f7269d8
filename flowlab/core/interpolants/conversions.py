"""Velocity, score, denoiser and noise converted into each other wherever one determines the other.

At x and t let E0 = E[x0 | x], E1 = E[x1 | x], Ez = E[z | x], and s the score. They satisfy linear
equations:

    alpha E0 + beta E1 + gamma Ez = x             the path itself
    Ez + gamma s = 0                              Robbins, Tweedie; arXiv:2303.08797, eq. 2.15
    E0 + alpha C s = m                            the same for an independent source N(m, C)
    alpha' E0 + beta' E1 + gamma' Ez = velocity   if the velocity is given, or a similar one

A quantity can be computed if it is a linear combination of these. So the score does not follow from
the velocity if the source is not Gaussian and there is no latent noise.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import torch
from torch import Tensor

from flowlab.core.document.arguments import name_of
from flowlab.core.document.limits import Invalid
from flowlab.core.interpolants.parameterization import Normal, Parameterization
from flowlab.core.interpolants.paths import Interpolant

NAMES = {
    "velocity": "velocity",
    "score": "score",
    "denoiser": "denoiser E[x₁ | x]",
    "source": "mean source point E[x₀ | x]",
    "noise": "noise E[z | x]",
}
_PROBES = (0.13, 0.37, 0.61, 0.83)  # times at which it is checked; a path's two halves may differ
_SLACK = 1e-6


@dataclass(frozen=True, eq=False)
class Affine:
    """wanted = of_value @ given + of_x @ x + constant, at times (n,)."""

    of_value: Tensor  # (n, 2, 2)
    of_x: Tensor  # (n, 2, 2)
    constant: Tensor  # (n, 2)

    def __call__(self, value: Tensor, x: Tensor) -> Tensor:
        """The wanted quantity (n, 2), from the given one (n, 2) at x (n, 2)."""
        both = self.of_value @ value[..., None] + self.of_x @ x[..., None]
        return both[..., 0] + self.constant


class Conversion:
    """Converts one quantity, or what a network predicts, into another along a path.

    `given` is a `Parameterization` or a key of `NAMES`, `wanted` a key. Without latent noise,
    "noise" means that of a Gaussian source, C^(-1/2) (x0 - m). Raises `Invalid` if the given
    quantity does not determine the wanted one; gives NaN at single times where it does not.
    Computed in float64.
    """

    def __init__(
        self,
        path: Interpolant,
        given: Parameterization | str,
        wanted: str,
        source: Normal | None = None,
    ) -> None:
        for name in (wanted, *([] if isinstance(given, Parameterization) else [given])):
            name_of(name, NAMES, "quantity")
        self.path, self.given, self.wanted = path, given, wanted
        one = torch.ones(1, dtype=torch.float64)
        self._mean = torch.zeros(2, dtype=torch.float64) if source is None else source.mean
        self._gaussian = source is not None
        self._variances, self._axes = one, torch.eye(2, dtype=torch.float64)
        if source is not None:  # along its principal axes every matrix is diagonal
            self._variances, self._axes = torch.linalg.eigh(source.cov)
        needs_source = not path.noisy and "noise" in (given, wanted)
        if needs_source and not self._gaussian:
            raise Invalid(self._refusal())
        if not bool(self._combination(torch.tensor(_PROBES, dtype=torch.float64))[1].all()):
            raise Invalid(self._refusal())

    def at(self, t: Tensor) -> Affine:
        """The conversion at times t (n,), an affine function of the given value and of x."""
        t = t.detach().double().cpu()
        weights, determined = self._combination(t)
        weights = torch.where(determined[:, None, None], weights, torch.nan)
        mean = self._offset(self.wanted, t) - weights[..., 1] * self._offset(self.given, t)
        if self._gaussian:
            mean = mean + weights[..., 3]
        return Affine(
            self._in_plane(weights[..., 1]),
            self._in_plane(weights[..., 0]),
            self._in_plane(mean) @ self._mean,
        )

    def __call__(self, value: Tensor, x: Tensor, t: Tensor) -> Tensor:
        """The wanted quantity (n, 2), from `value` (n, 2) at x (n, 2) and t (n,) or (1,)."""
        return self.at(t)(value.double().cpu(), x.double().cpu()).to(value)

    def _combination(self, t: Tensor) -> tuple[Tensor, Tensor]:
        """Weights (n, a, k) of the equations that sum to the wanted one; True (n,) if they do."""
        equations, wanted = self._equations(t), self._coefficients(self.wanted, t)
        size = equations.norm(dim=-2, keepdim=True).clamp_min(1e-300)
        inverse = torch.linalg.pinv(equations / size, rtol=1e-11)
        weights = (inverse @ wanted[..., None]) / size.mT
        residual = ((equations @ weights)[..., 0] - wanted).abs().amax((1, 2))
        return weights[..., 0], residual <= _SLACK * (1 + wanted.abs().amax((1, 2)))

    def _equations(self, t: Tensor) -> Tensor:
        """Columns (n, a, 4, k): path, given quantity, latent noise and, if Gaussian, source."""
        path, zero = self.path, torch.zeros_like(t)
        alpha, gamma = path.alpha(t), path.gamma(t)
        rows = [
            self._equation(alpha, path.beta(t), gamma, zero),
            self._coefficients(self.given, t),
            self._equation(zero, zero, zero + 1, gamma),
        ]
        if self._gaussian:
            score_part = alpha[:, None] * self._variances
            none = torch.zeros_like(score_part)
            rows.append(torch.stack([none + 1, none, none, score_part], -1))
        return torch.stack(rows, -1)

    def _coefficients(self, what: Parameterization | str, t: Tensor) -> Tensor:
        """A quantity as coefficients (n, a, 4) of E0, E1, Ez and s."""
        zero, path = torch.zeros_like(t), self.path
        if isinstance(what, Parameterization):
            return self._equation(what.p(t) + zero, what.q(t) + zero, what.r(t) + zero, zero)
        if what == "velocity":
            return self._equation(path.alpha_dot(t), path.beta_dot(t), path.gamma_dot(t), zero)
        if what == "noise" and not path.noisy:
            scale = self._variances.rsqrt().expand(len(t), -1)
            return torch.stack([scale, *[torch.zeros_like(scale)] * 3], -1)
        place = ("source", "denoiser", "noise", "score").index(what)
        return self._equation(*(zero + float(k == place) for k in range(4)))

    def _offset(self, what: Parameterization | str, t: Tensor) -> Tensor:
        """The constant part of a quantity, as a factor (n, a) of the source's mean."""
        none = torch.zeros(len(t), len(self._variances), dtype=torch.float64)
        source_noise = what == "noise" and not self.path.noisy
        return none - self._variances.rsqrt() if source_noise else none

    def _equation(self, *parts: Tensor) -> Tensor:
        row = torch.stack([part + 0 * parts[-1] for part in parts], -1)
        return row[:, None].expand(-1, len(self._variances), -1)

    def _in_plane(self, along: Tensor) -> Tensor:
        """Factors (n, a) along the source's principal axes as matrices (n, 2, 2)."""
        return (self._axes * along[:, None]) @ self._axes.T

    def _refusal(self) -> str:
        """What would have to be different; nothing is advised that would be refused as well."""
        given = self.given.name if isinstance(self.given, Parameterization) else self.given
        ways = {
            "a path with noise": not self.path.noisy
            and _follows(_with_noise(self.path), given, self.wanted, None),
            "one Gaussian as source, drawn independently of the target": not self._gaussian
            and _follows(self.path, given, self.wanted, _STANDARD),
        }
        needs = " or ".join(way for way, helps in ways.items() if helps)
        advice = f": that would need {needs}" if needs else ""
        return f"The {NAMES[self.wanted]} does not follow from the {NAMES[given]} here{advice}."


_STANDARD = Normal(torch.zeros(2, dtype=torch.float64), torch.eye(2, dtype=torch.float64))


def _with_noise(path: Interpolant) -> Interpolant:
    """The path with latent noise t (1 - t)."""
    return dataclasses.replace(
        path,
        gamma=lambda t: t * (1 - t),
        gamma_dot=lambda t: 1 - 2 * t,
        gamma_gamma_dot=lambda t: t * (1 - t) * (1 - 2 * t),
        noisy=True,
    )


def _follows(path: Interpolant, given: str, wanted: str, source: Normal | None) -> bool:
    """True if the given quantity determines the wanted one there."""
    try:
        Conversion(path, given, wanted, source)
    except Invalid:
        return False
    return True


def convert(
    value: Tensor,
    x: Tensor,
    t: Tensor,
    path: Interpolant,
    given: str,
    wanted: str,
    source: Normal | None = None,
) -> Tensor:
    """One quantity (n, 2) at x (n, 2) and t (n,) computed from another; see `Conversion`."""
    return Conversion(path, given, wanted, source)(value, x, t)
