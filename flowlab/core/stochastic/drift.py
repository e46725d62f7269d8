"""The drift of the SDEs that have the same marginals as a flow: b + eps s forwards, b - eps s back.

Stochastic interpolants (Albergo, Boffi and Vanden-Eijnden 2023, arXiv:2303.08797, section 2.3).
The score s of p_t follows from the velocity only where the source is one Gaussian N(m, C) drawn
independently of the target. Then

    alpha s = -C^-1 (E[x0 | x] - m)

is bounded, and so is the drift if eps(t) falls as fast as alpha(t) does. Along a path with latent
noise gamma z, s = -E[z | x] / gamma under any coupling. It may be infinite at both ends of time,
but with eps(t) = eps gamma(t) the drift is b - eps E[z | x]: a network learns E[z | x] beside b.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol, TypeGuard, runtime_checkable

import torch
from torch import Tensor

from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.exact import oracle_for
from flowlab.core.exact.mixture import MixtureOracle
from flowlab.core.interpolants.conversions import Conversion
from flowlab.core.interpolants.document_parameterization import known_source
from flowlab.core.interpolants.parameterization import Normal
from flowlab.core.interpolants.paths import LINEAR, Interpolant, interpolant_of
from flowlab.core.solvers.field import Field
from flowlab.core.stochastic.noise import ShapedNoise, noise_of
from flowlab.core.stochastic.possible import (
    NO_EXACT_SCORE,
    takes_exact_score,
    why_no_exact_score,
)
from flowlab.core.views.cache import LruCache

Velocity = Callable[..., Tensor]  # b(x, t), and of the points' classes for a conditional network

NO_SCORE = (
    "An SDE needs the score, which follows from the velocity only where the source is one Gaussian "
    "drawn independently of the target: choose such a source and independent pairs, or an ODE. "
    "Under any coupling, a path with latent noise has a score that a network learns if it predicts "
    "the velocity and the noise."
)
_STEEP = 1e-3  # distance of t from 0 and 1 if the velocity is infinite there


def drift_of(
    flow: Field,
    document: Document | None,
    noise: ShapedNoise,
    steps: int,
    direction: str = "forward",
    exact_score: bool = False,
) -> ScoredDrift:
    """The drift for a learned or an exact field; raises `Invalid` where no score is known.

    With a shape other than "alpha" (or "gamma" of a path with latent noise) it may grow without
    bound towards t = 1, so that it is last evaluated half a step before. With a learned noise it
    may do so at both ends. With `exact_score` the score is that of the document's exact field.
    """
    drift = _drift(flow, document, noise, steps, direction, exact_score)
    if isinstance(drift, GaussianSourceDrift) and noise.eps:
        return drift.prepared([i / steps for i in range(steps + 1)])
    return drift


def _drift(
    flow: Field,
    document: Document | None,
    noise: ShapedNoise,
    steps: int,
    direction: str,
    exact_score: bool,
) -> ScoredDrift:
    path, source = path_of(document), None if document is None else known_source(document)
    sign = 1 if direction == "forward" else -1
    bounds = _bounds(path, noise, steps, getattr(flow, "edge", 0.0))
    oracle = _exact(document) if exact_score else getattr(flow, "oracle", None)
    if (source is None or exact_score) and _has_score(oracle):
        last = min(bounds[1], 1 - 0.5 / steps)  # where some mixtures are concentrated at points
        return ScoreDrift(flow.velocity, oracle.score, noise, (bounds[0], last), sign)
    if _learns_noise(flow) and (source is None or noise.shape == "gamma"):
        if noise.eps and noise.shape != "gamma":
            inner = max(bounds[0], 0.5 / steps)
            bounds = inner, min(bounds[1], 1 - inner)
        return LearnedNoiseDrift(flow, path, noise, bounds, sign)
    if source is not None:
        return GaussianSourceDrift(flow.velocity, path, source, noise, bounds, sign)
    if noise.eps == 0:
        return Noiseless(flow.velocity, bounds)
    raise Invalid(NO_SCORE)


def _has_score(oracle: object) -> TypeGuard[MixtureOracle]:
    return isinstance(oracle, MixtureOracle) and oracle.is_defined_everywhere


def _learns_noise(flow: object) -> TypeGuard[LearnsNoise]:
    return isinstance(flow, LearnsNoise) and flow.has_noise


def _exact(document: Document | None) -> MixtureOracle:
    """The oracle of the document's exact score; raises `Invalid` where there is none."""
    why = "" if document is None else why_no_exact_score(document)
    oracle = None if document is None or why else oracle_for(document)
    if not _has_score(oracle):
        raise Invalid(why or NO_EXACT_SCORE)
    return oracle


def shown_drift(document: Document, flow: Field) -> ScoredDrift:
    """The drift of the document's SDE, without anything computed for single times."""
    settings = document.stochastic
    noise = noise_of(settings.eps, settings.level_shape, path_of(document))
    exact, direction = takes_exact_score(document), document.solver.direction
    return _drift(flow, document, noise, settings.steps, direction, exact)


def why_no_sde(document: Document, flow: Field) -> str:
    """Why the document has no SDE with the marginals of the flow, in a sentence; empty if it has.

    Without noise it is the ODE, which needs no score.
    """
    return _why_not(lambda: shown_drift(document, flow))


def why_no_level(document: Document) -> str:
    """Why the path cannot have noise of the document's shape, in a sentence; empty if it can."""
    settings = document.stochastic
    return _why_not(lambda: noise_of(settings.eps, settings.level_shape, path_of(document)))


def has_score(
    flow: Field, document: Document | None, noise: ShapedNoise, exact_score: bool = False
) -> bool:
    """True if `drift_of` knows a drift with the score."""
    return not _why_not(lambda: _drift(flow, document, noise, 1, "forward", exact_score))


def _why_not(make: Callable[[], object]) -> str:
    try:
        make()
    except Invalid as reason:
        return str(reason)
    return ""


def plain_drift(
    flow: Field, document: Document | None, noise: ShapedNoise, steps: int
) -> PlainDrift:
    """The velocity alone, evaluated between the times at which that of the SDE would be."""
    bounds = _bounds(path_of(document), noise, steps, getattr(flow, "edge", 0.0))
    return PlainDrift(flow.velocity, bounds)


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
class Noiseless(PlainDrift):
    """The drift of an SDE without noise: there the velocity alone keeps the marginals."""

    score_from: ClassVar[str] = ""

    def of_velocity(self, b: Tensor, _x: Tensor, _t: float) -> Tensor:
        """The drift at x, where the velocity is b."""
        return b


@dataclass(frozen=True, eq=False)
class BesidePlain:
    """The first half by a drift with the score, the other by the velocity alone, in one go."""

    scored: ScoredDrift

    def __call__(self, x: Tensor, t: float, **condition: Any) -> Tensor:
        """The drift (2 n, 2) at x (2 n, 2)."""
        scored, half = self.scored, len(x) // 2
        if isinstance(scored, LearnedNoiseDrift):
            return scored.of_first_half(x, t)
        b = scored.velocity(x, _inside(t, scored.bounds), **condition)
        return torch.cat([scored.of_velocity(b[:half], x[:half], t), b[half:]])


@dataclass(frozen=True, eq=False)
class ScoreDrift:
    """b + eps s from a velocity and a score, each a function of x and t."""

    velocity: Velocity
    score: Callable[[Tensor, float], Tensor]
    noise: ShapedNoise
    bounds: tuple[float, float]
    sign: int  # 1 forwards in time, -1 backwards
    score_from: ClassVar[str] = "exact"

    def __call__(self, x: Tensor, t: float) -> Tensor:
        """The drift (n, 2) at x (n, 2)."""
        return self.of_velocity(self.velocity(x, _inside(t, self.bounds)), x, t)

    def of_velocity(self, b: Tensor, x: Tensor, t: float) -> Tensor:
        """The drift at x, where the velocity is b."""
        t = _inside(t, self.bounds)
        eps = self.sign * self.noise.level(t)
        return b + eps * self.score(x, t).to(b) if eps else b


@runtime_checkable
class LearnsNoise(Protocol):
    """A field whose network may predict E[z | x] beside the velocity."""

    @property
    def has_noise(self) -> bool:
        """True if it does."""

    def velocity(self, x: Tensor, t: float | Tensor) -> Tensor:
        """Velocity (n, 2) at x (n, 2) and t."""

    def velocity_and_noise(self, x: Tensor, t: float) -> tuple[Tensor, Tensor]:
        """Velocity and E[z | x], each (n, 2), at x (n, 2) and one t."""


@dataclass(frozen=True, eq=False)
class LearnedNoiseDrift:
    """b + eps s of a path with latent noise under any coupling, where s = -E[z | x] / gamma.

    One evaluation of the network gives b and E[z | x]. Of the shape "gamma" nothing is divided.
    """

    flow: LearnsNoise
    path: Interpolant
    noise: ShapedNoise
    bounds: tuple[float, float]
    sign: int  # 1 forwards in time, -1 backwards
    score_from: ClassVar[str] = "noise"

    @property
    def velocity(self) -> Velocity:
        """The velocity alone."""
        return self.flow.velocity

    def __call__(self, x: Tensor, t: float) -> Tensor:
        """The drift (n, 2) at x (n, 2)."""
        t = _inside(t, self.bounds)
        b, z = self.flow.velocity_and_noise(x, t)
        return b - self._rate(t) * z

    def of_first_half(self, x: Tensor, t: float) -> Tensor:
        """The drift at the first half of x (2 n, 2), and the velocity alone at the other."""
        t, half = _inside(t, self.bounds), len(x) // 2
        b, z = self.flow.velocity_and_noise(x, t)
        return torch.cat([b[:half] - self._rate(t) * z[:half], b[half:]])

    def inside(self, times: list[float]) -> list[float]:
        """The times at which the drift is evaluated in place of these."""
        return [_inside(t, self.bounds) for t in times]

    def parts(self, times: list[float]) -> Affine:
        """eps s at times, up to its sign, as a function of b and E[z | x]: (T, 4, 2), and zeros."""
        rates = torch.tensor([self._rate(t) for t in times], dtype=torch.float64)
        of_z = -rates[:, None, None] * torch.eye(2, dtype=torch.float64)
        zero = torch.zeros_like(of_z)
        return Affine(torch.cat([zero, of_z], 1), zero, zero[:, 0])

    def _rate(self, t: float) -> float:
        """eps(t) over gamma(t), up to its sign."""
        if self.noise.shape == "gamma" or self.noise.eps == 0:
            return self.sign * self.noise.eps
        gamma = float(self.path.gamma(t))  # type: ignore[arg-type]
        return self.sign * self.noise.level(t) / gamma


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
    score_from: ClassVar[str] = ""
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
        parts = self.parts(times)
        each = zip(parts.of_b, parts.of_x, parts.constant, strict=True)
        return [Affine(*of) for of in each]

    def inside(self, times: list[float]) -> list[float]:
        """The times at which the drift is evaluated in place of these."""
        return [_inside(t, self.bounds) for t in times]

    def parts(self, times: list[float]) -> Affine:
        """eps s at times, up to its sign, as functions of velocity and x: (T, 2, 2), (T, 2)."""
        gamma = self.noise.shape == "gamma"  # eps gamma s = -eps E[z | x]
        eps = [self.noise.eps if gamma else self._rate(t) for t in times]
        factor = -self.sign * torch.tensor(eps, dtype=torch.float64)[:, None]
        unit = _unit_parts(self.path, self.source, "noise" if gamma else "source", times)
        wide = factor[..., None]
        return Affine(wide * unit.of_b, wide * unit.of_x, factor * unit.constant)

    def _rate(self, t: float) -> float:
        """eps(t) over alpha(t)."""
        if self.noise.shape == "alpha":
            return self.noise.eps
        return self.noise.level(t) / float(self.path.alpha(t))  # type: ignore[arg-type]


@dataclass(frozen=True, eq=False)
class Affine:
    """A function of the velocity and of x, both rows."""

    of_b: Tensor  # (2, 2), or (4, 2) of the velocity and E[z | x]
    of_x: Tensor  # (2, 2)
    constant: Tensor  # (2,)

    def to(self, like: Tensor) -> Affine:
        """The same with the type and the device of a tensor."""
        return Affine(self.of_b.to(like), self.of_x.to(like), self.constant.to(like))

    def added(self, b: Tensor, x: Tensor) -> Tensor:
        """The velocity plus this."""
        return b + b @ self.of_b + x.to(b) @ self.of_x + self.constant


ScoredDrift = ScoreDrift | GaussianSourceDrift | LearnedNoiseDrift | Noiseless


_units: LruCache[Affine] = LruCache(8)  # which a change of eps leaves as they are


def _unit_parts(path: Interpolant, source: Normal, wanted: str, times: list[float]) -> Affine:
    """C^-1 (E[x0 | x] - m), or E[z | x] if "noise" is wanted, as functions of velocity and x."""
    mean, cov = source.mean.double(), source.cov.double()

    def solved() -> Affine:
        at = torch.tensor(times, dtype=torch.float64)
        found = Conversion(path, "velocity", wanted, source).at(at)
        if wanted == "noise":
            return Affine(found.of_value.mT, found.of_x.mT, found.constant)
        inverse = torch.linalg.inv(cov)
        of_b, of_x = (inverse @ part for part in (found.of_value, found.of_x))
        return Affine(of_b.mT, of_x.mT, (found.constant - mean) @ inverse.T)

    key = path, wanted, tuple(times), tuple(mean.tolist()), tuple(cov.flatten().tolist())
    return _units.get(key, solved)


def _inside(t: float, bounds: tuple[float, float]) -> float:
    return min(max(t, bounds[0]), bounds[1])
