"""The drift of the SDEs that have the same marginals as a flow: b + eps s forwards, b - eps s back.

Stochastic interpolants (Albergo, Boffi and Vanden-Eijnden 2023, arXiv:2303.08797, section 2.3).
The score s of p_t follows from the velocity only where the source is one Gaussian N(m, C) drawn
independently of the target. Then

    alpha s = -C^-1 (E[x0 | x] - m)

is bounded, and so is the drift if eps(t) falls as fast as alpha(t) does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.exact.mixture import MixtureOracle
from flowlab.core.interpolants.conversions import Affine as Conversions
from flowlab.core.interpolants.conversions import Conversion
from flowlab.core.interpolants.document_parameterization import known_source
from flowlab.core.interpolants.parameterization import Normal
from flowlab.core.interpolants.paths import LINEAR, Interpolant, interpolant_of
from flowlab.core.solvers.field import Field
from flowlab.core.stochastic.noise import ShapedNoise, noise_of

Velocity = Callable[..., Tensor]  # b(x, t), and of the points' classes for a conditional network

NO_SCORE = (
    "An SDE needs the score, which follows from the velocity only where the source is one Gaussian "
    "drawn independently of the target: choose such a source and independent pairs, or an ODE."
)
_STEEP = 1e-3  # distance of t from 0 and 1 if the velocity is infinite there


def drift_of(
    flow: Field,
    document: Document | None,
    noise: ShapedNoise,
    steps: int,
    direction: str = "forward",
) -> ScoreDrift | GaussianSourceDrift:
    """The drift for a learned or an exact field; raises `Invalid` where no score is known.

    With a shape other than "alpha" (or "gamma" of a path with latent noise) it may grow without
    bound towards t = 1, so that it is last evaluated half a step before.
    """
    path, source = path_of(document), None if document is None else known_source(document)
    sign = 1 if direction == "forward" else -1
    bounds = _bounds(path, noise, steps, getattr(flow, "edge", 0.0))
    oracle = getattr(flow, "oracle", None)
    if source is not None:
        drift = GaussianSourceDrift(flow.velocity, path, source, noise, bounds, sign)
        return drift.prepared([i / steps for i in range(steps + 1)]) if noise.eps else drift
    if isinstance(oracle, MixtureOracle) and oracle.is_defined_everywhere:
        last = min(bounds[1], 1 - 0.5 / steps)  # where some mixtures are concentrated at points
        return ScoreDrift(flow.velocity, oracle.score, noise, (bounds[0], last), sign)
    raise Invalid(NO_SCORE)


def last_of(document: Document, flow: Field) -> float:
    """The last t at which the drift of the document's SDE is evaluated."""
    settings, path = document.stochastic, path_of(document)
    noise = noise_of(settings.eps, settings.eps_shape, path)
    return _bounds(path, noise, settings.steps, getattr(flow, "edge", 0.0))[1]


def path_of(document: Document | None) -> Interpolant:
    """The path of a document; the linear one of an oracle that has none."""
    return LINEAR if document is None else interpolant_of(document.path)


def _bounds(path: Interpolant, noise: ShapedNoise, steps: int, edge: float) -> tuple[float, float]:
    """Between which times the drift is evaluated."""
    edge = max(edge, _STEEP if path.steep else 0.0)
    last = 0.0 if noise.eps == 0 or noise.shape in ("alpha", "gamma") else 0.5 / steps
    return edge, 1 - max(edge, last)


@dataclass(frozen=True, eq=False)
class PlainDrift:
    """The velocity alone: noise that is added to it changes the marginals."""

    velocity: Velocity
    bounds: tuple[float, float]

    def __call__(self, x: Tensor, t: float, **condition: Any) -> Tensor:
        """The drift (n, 2) at x (n, 2)."""
        return self.velocity(x, _inside(t, self.bounds), **condition)


@dataclass(frozen=True, eq=False)
class BesidePlain:
    """Even rows by a drift with the score, odd rows by the velocity alone, in one evaluation."""

    scored: ScoreDrift | GaussianSourceDrift

    def __call__(self, x: Tensor, t: float, **condition: Any) -> Tensor:
        """The drift (2 n, 2) at x (2 n, 2)."""
        scored = self.scored
        b = scored.velocity(x, _inside(t, scored.bounds), **condition)
        drift = b.clone()
        drift[::2] = scored.of_velocity(b[::2], x[::2], t)
        return drift


@dataclass(frozen=True, eq=False)
class ScoreDrift:
    """b + eps s from a velocity and a score, each a function of x and t."""

    velocity: Velocity
    score: Callable[[Tensor, float], Tensor]
    noise: ShapedNoise
    bounds: tuple[float, float]
    sign: int  # 1 forwards in time, -1 backwards

    def __call__(self, x: Tensor, t: float) -> Tensor:
        """The drift (n, 2) at x (n, 2)."""
        return self.of_velocity(self.velocity(x, _inside(t, self.bounds)), x, t)

    def of_velocity(self, b: Tensor, x: Tensor, t: float) -> Tensor:
        """The drift at x, where the velocity is b."""
        t = _inside(t, self.bounds)
        eps = self.sign * self.noise.level(t)
        return b + eps * self.score(x, t).to(b) if eps else b


@dataclass(frozen=True, eq=False)
class GaussianSourceDrift:
    """b + eps s, where the score is an affine function of the velocity and of x.

    One evaluation of the velocity gives both.
    """

    velocity: Velocity
    path: Interpolant
    source: Normal
    noise: ShapedNoise
    bounds: tuple[float, float]
    sign: int  # 1 forwards in time, -1 backwards
    _known: dict[Any, Affine] = field(default_factory=dict, init=False)
    _parts: dict[float, Affine] = field(default_factory=dict, init=False)

    def __call__(self, x: Tensor, t: float, **condition: Any) -> Tensor:
        """The drift (n, 2) at x (n, 2); a conditional network also gets its condition."""
        return self.of_velocity(self.velocity(x, _inside(t, self.bounds), **condition), x, t)

    def of_velocity(self, b: Tensor, x: Tensor, t: float) -> Tensor:
        """The drift at x, where the velocity is b."""
        t = _inside(t, self.bounds)
        if self.noise.eps == 0:
            return b
        key = t, b.dtype, b.device
        if key not in self._known:
            self._known[key] = self._noise_part(t).to(b)
        return self._known[key].added(b, x)

    def prepared(self, times: list[float]) -> GaussianSourceDrift:
        """The same drift, with its noise part computed at all these times at once."""
        inside = sorted({_inside(t, self.bounds) for t in times})
        self._parts.update(zip(inside, self._noise_parts(inside), strict=True))
        return self

    def _noise_part(self, t: float) -> Affine:
        if t not in self._parts:
            self._parts[t] = self._noise_parts([t])[0]
        return self._parts[t]

    def _noise_parts(self, times: list[float]) -> list[Affine]:
        """eps s at times, up to its sign, as functions of velocity and x."""
        at = torch.tensor(times, dtype=torch.float64)
        if self.noise.shape == "gamma":  # eps gamma s = -eps E[z | x]
            wanted = Conversion(self.path, "velocity", "noise", self.source).at(at)
            factor = -self.sign * self.noise.eps * torch.eye(2)
            return [Affine.of(wanted, k, factor) for k in range(len(times))]
        e0 = Conversion(self.path, "velocity", "source", self.source).at(at)
        precision = torch.linalg.inv(self.source.cov)
        return [
            Affine.of(e0, k, -self.sign * self._rate(t) * precision, self.source.mean)
            for k, t in enumerate(times)
        ]

    def _rate(self, t: float) -> float:
        """eps(t) over alpha(t)."""
        if self.noise.shape == "alpha":
            return self.noise.eps
        return self.noise.level(t) / float(self.path.alpha(t))  # type: ignore[arg-type]


@dataclass(frozen=True, eq=False)
class Affine:
    """A function of the velocity and of x, both rows."""

    of_b: Tensor  # (2, 2)
    of_x: Tensor  # (2, 2)
    constant: Tensor  # (2,)

    @classmethod
    def of(cls, wanted: Conversions, k: int, factor: Tensor, less: Tensor | None = None) -> Affine:
        """`factor` times a quantity converted at the k-th time, less a constant."""
        factor, constant = factor.double(), wanted.constant[k] - (0.0 if less is None else less)
        of_b, of_x = (factor @ part[k] for part in (wanted.of_value, wanted.of_x))
        return cls(of_b.T, of_x.T, factor @ constant)

    def to(self, like: Tensor) -> Affine:
        """The same with the type and the device of a tensor."""
        return Affine(self.of_b.to(like), self.of_x.to(like), self.constant.to(like))

    def added(self, b: Tensor, x: Tensor) -> Tensor:
        """The velocity plus this."""
        return b + b @ self.of_b + x.to(b) @ self.of_x + self.constant


def _inside(t: float, bounds: tuple[float, float]) -> float:
    return min(max(t, bounds[0]), bounds[1])
