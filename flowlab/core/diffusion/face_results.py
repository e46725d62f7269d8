"""One model as noise, denoised point, score and velocity, at several levels; imports no torch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from flowlab.core.array_types import Doubles, Floats
from flowlab.core.diffusion.results import Schedule
from flowlab.core.diffusion.settings import DENOISED, FACES, NOISE, SCORE, VELOCITY
from flowlab.core.estimates import Estimate
from flowlab.core.views.bundle import Bundle, FieldFrames


@dataclass(frozen=True, eq=False, kw_only=True)
class FaceMaps:
    """All faces of a model on a lattice of drawn places, at some of a schedule's levels.

    Arrows are E[x0 | x] - m, grad log p and E[x1 - x0 | x]; from a place to its denoised point.
    """

    faces: dict[str, FieldFrames]  # by `FACES`; their times ascend from 0 to just before 1
    size: dict[str, Doubles]  # (T,) root mean square of the arrows over p_t
    errors: dict[str, tuple[Estimate, ...]] | None  # (T) rms of learned minus exact over p_t
    away: dict[str, Floats] | None  # (T, H, W) |learned minus exact|; NaN where no mass passes
    signal: Doubles  # (T,), a
    noise: Doubles  # (T,), b > 0
    score_of_noise: float  # root mean square of |C^-1 e| over unit vectors e
    noise_of_score: float  # the same of |C e|
    plain: bool  # True if the noise is N(0, I)
    schedule: Schedule
    why_unknown: str = ""  # why there are no errors
    exact: bool = False
    condition: int | None = None  # the class whose field it is

    @property
    def times(self) -> Doubles:
        """The times (T,)."""
        times: Doubles = self.faces[NOISE].times.astype(np.float64)
        return times

    def nearest(self, t: float) -> int:
        """The number of the level nearest to t."""
        return int(np.abs(self.times - t).argmin())

    def error(self, name: str, t: float) -> Estimate:
        """How far a face is off at t; between two levels what grows with them is known exactly.

        Only the error of the noise itself is read between levels, evenly in its logarithm.
        """
        assert self.errors is not None
        found, least = self.errors[name], np.finfo(float).tiny
        factors = self.growth(NOISE, self.signal, self.noise)[name]
        a, b = (np.array([weight]) for weight in self.weights(t))
        now = float(self.growth(NOISE, a, b)[name][0])
        values = np.array([float(each) for each in found])
        logs = np.log(np.maximum(values / factors, least))
        value = now * float(np.exp(np.interp(t, self.times, logs)))
        shares = np.array([each.error for each in found]) / np.maximum(values, least)
        return Estimate(value, value * float(np.interp(t, self.times, shares)))

    def weights(self, t: float) -> tuple[float, float]:
        """The weights a and b of data and noise at t, or where it is known last."""
        within = min(t, float(self.times[-1]))
        known = self.schedule
        a, b = (float(np.interp(within, known.times, row)) for row in (known.signal, known.noise))
        return a, b

    def growth(self, face: str, a: Doubles, b: Doubles) -> dict[str, Doubles]:
        """How large an error of 1 in one face is in each, at the weights a and b (K,)."""
        return grown(face, a, b, self.score_of_noise, self.noise_of_score)

    def compact(self) -> FaceMaps:
        """Itself, which is small."""
        return self

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""
        away = self.away or {}
        known = sum(frames.values.nbytes for frames in self.faces.values())
        return known + sum(maps.nbytes for maps in away.values())


def grown(
    face: str, a: Doubles, b: Doubles, score_of_noise: float = 1.0, noise_of_score: float = 1.0
) -> dict[str, Doubles]:
    """How large an error of 1 in one face at a x1 + b x0 is in each of `FACES`, (K,) each.

    All follow from x = a x1 + b x0: of noise off by e the denoised point is off by -b e / a, the
    score by -C^-1 e / b, and x1 - x0 by -(a + b) e / a. Errors are of one size in all directions.
    """
    to_noise = {NOISE: 1 + 0 * a, DENOISED: a / b, SCORE: b * noise_of_score, VELOCITY: a / (a + b)}
    of_noise = {NOISE: 1 + 0 * a, DENOISED: b / a, SCORE: score_of_noise / b, VELOCITY: (a + b) / a}
    same = {face: 1 + 0 * a}
    return {name: to_noise[face] * of_noise[name] for name in FACES} | same


@dataclass(frozen=True, eq=False, kw_only=True)
class FacePicture:
    """One face, as one of the pictures side by side shows it."""

    name: str  # a key of `FACES`
    maps: FaceMaps

    def compact(self) -> FacePicture:
        """Itself."""
        return self

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""
        return 0


def faces_of(bundle: Bundle | None) -> FaceMaps | None:
    """The faces that a bundle holds, or None."""
    extra = None if bundle is None else bundle.extra
    return extra if isinstance(extra, FaceMaps) else None
