"""The results of the diffusion room's views; imports no torch."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from flowlab.core.array_types import Doubles, Floats
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.marginals import Marginals
from flowlab.core.views.projected_density import ProjectedDensity

TWIN = "twin"  # the picture with IADB and DDIM


@dataclass(frozen=True, eq=False, kw_only=True)
class Twin:
    """The same particles by another sampler, drawn as rings around those of the picture."""

    bundle: Bundle
    apart: float  # the largest distance of two that belong together, at any time

    def compact(self) -> Twin:
        """The same with 16 bits for each coordinate."""
        return replace(self, bundle=self.bundle.compact())

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""
        return self.bundle.nbytes


@dataclass(frozen=True, eq=False, kw_only=True)
class Pane:
    """One of the pictures side by side: the same starts, carried by one sampler."""

    kind: str  # a key of `settings.PROCESSES`, or TWIN
    bundle: Bundle  # of TWIN its `extra` is a `Twin`
    marginals: Marginals | None = None  # its own p_t; None while only a few particles are shown

    def compact(self) -> Pane:
        """The same with 16 bits for each number."""
        return replace(self, bundle=self.bundle.compact())

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""
        return self.bundle.nbytes


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """What the captions tell of the levels that are visited."""

    T: int
    steps: int
    bar: float  # the square of the data's weight at the noisiest level, abar_T where variance stays
    left: float  # of the data there, over the noise; 0 where the start is the marginal
    times: tuple[float, ...]  # (K + 1,) from noise to data
    signal: tuple[float, ...]  # (K + 1,), a
    noise: tuple[float, ...]  # (K + 1,), b
    size: float = 1.0  # the spread of the data over that of the noise, if they are brought to it

    def k(self, t: float) -> int:
        """The noise level at t, of T."""
        return round(self.T * (1 - t))


@dataclass(frozen=True, eq=False, kw_only=True)
class Denoising:
    """The same noise by several samplers."""

    panes: tuple[Pane, ...]
    schedule: Schedule | None = None  # None where nothing can be had
    exact: bool = False  # True if the exact noise and score carry the particles
    refused: tuple[tuple[str, str], ...] = ()  # samplers that can't be had, and why

    def has(self, kind: str) -> bool:
        """True if there is a picture of that sampler."""
        return any(pane.kind == kind for pane in self.panes)

    def compact(self) -> Self:
        """The same with 16 bits for each coordinate of the paths."""
        return replace(self, panes=tuple(pane.compact() for pane in self.panes))

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""
        known = {id(p.marginals): p.marginals.nbytes for p in self.panes if p.marginals is not None}
        return sum(known.values()) + sum(pane.nbytes for pane in self.panes)


@dataclass(frozen=True, eq=False, kw_only=True)
class DenoisingPlane(Denoising):
    """The same, and the density of the marginal along any direction."""

    density: ProjectedDensity | None = None

    @property
    def nbytes(self) -> int:
        """Memory in bytes, with what the density is computed from."""
        return super().nbytes + (0 if self.density is None else self.density.nbytes)


@dataclass(frozen=True, eq=False, kw_only=True)
class Jump:
    """The law of a noised point given its data, in closed form at any t."""

    times: Doubles  # (K + 1,)
    weights: Doubles  # (2, K + 1) of noise and data there, as drawn
    mean: Doubles  # (2,) of the noise
    root: Doubles  # (2, 2), the symmetric root of its covariance

    def at(self, x1: Floats, t: float) -> tuple[Doubles, Doubles]:
        """Mean (..., 2) and symmetric root (2, 2) of the covariance, given the data x1 (..., 2)."""
        b, a = (float(np.interp(t, self.times, row)) for row in self.weights)
        return a * np.asarray(x1, np.float64) + b * self.mean, b * self.root

    def compact(self) -> Jump:
        """Itself, which is small."""
        return self

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""
        return self.times.nbytes + self.weights.nbytes


@dataclass(frozen=True, eq=False, kw_only=True)
class Strips:
    """Data that are noised step by step, and noise that is carried back, at the same levels."""

    forward: Bundle  # of t ascending, as all bundles; its `extra` is a `Jump`
    backward: Bundle
    times: Floats  # (P,) of the pictures, ascending
    schedule: Schedule
    process: str  # a key of `settings.PROCESSES`, of the way back
    exact: bool = False

    def compact(self) -> Strips:
        """The same with 16 bits for each coordinate of the paths."""
        return replace(self, forward=self.forward.compact(), backward=self.backward.compact())

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""
        return self.forward.nbytes + self.backward.nbytes


def denoising_of(bundle: Bundle | None) -> Denoising | None:
    """The samplers' results that a bundle holds, or None."""
    extra = None if bundle is None else bundle.extra
    return extra if isinstance(extra, Denoising) else None


def plane_of(bundle: Bundle | None) -> DenoisingPlane | None:
    """The same with their density, or None."""
    extra = None if bundle is None else bundle.extra
    return extra if isinstance(extra, DenoisingPlane) else None


def strips_of(bundle: Bundle | None) -> Strips | None:
    """The strips that a bundle holds, or None."""
    extra = None if bundle is None else bundle.extra
    return extra if isinstance(extra, Strips) else None


def twin_of(bundle: Bundle | None) -> Twin | None:
    """The other sampler's particles that a bundle holds, or None."""
    extra = None if bundle is None else bundle.extra
    return extra if isinstance(extra, Twin) else None


def jump_of(bundle: Bundle | None) -> Jump | None:
    """The law of noised points that a bundle holds, or None."""
    extra = None if bundle is None else bundle.extra
    return extra if isinstance(extra, Jump) else None
