"""Checks of a path; each refusal says in one sentence why the path makes no sense."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Protocol

import numpy as np

from flowlab.core.document.limits import Invalid
from flowlab.core.document.monotone import MonotoneCubic

Knots = tuple[tuple[float, float], ...]

MOST_KNOTS = 6
LEAST_GAP = 0.02  # in t, between two knots and from the ends
PEAKS = {"none": 0.0, "brownian": 0.5, "quadratic": 0.25, "sine": 1.0}  # max of gamma at level 1
_LOST = 0.02  # if alpha and beta are both smaller, almost nothing of a pair is left


class PathFields(Protocol):
    """The fields of a path that are checked together."""

    @property
    def kind(self) -> str:
        """Which schedules alpha and beta are."""

    @property
    def noise(self) -> str:
        """Which schedule gamma is."""

    @property
    def level(self) -> float:
        """What gamma is multiplied by."""

    @property
    def alpha_knots(self) -> Knots:
        """Knots of a drawn alpha."""

    @property
    def beta_knots(self) -> Knots:
        """Knots of a drawn beta."""


def check_path(path: PathFields) -> None:
    """Raise `Invalid` for a path whose parts do not go together."""
    if path.noise == "none" and path.kind in ("mirror", "encoding"):
        reason = {
            "mirror": "The mirror path is x₁ + γ z, which stands still without noise",
            "encoding": "The encoding–decoding path passes through pure noise at t = 1/2",
        }
        raise Invalid(f"{reason[path.kind]}: choose a noise with it.")
    highest = path.level * PEAKS[path.noise]
    if path.kind == "trigonometric" and highest >= 0.999:
        raise Invalid(
            "The trigonometric path shrinks both ends by √(1 − γ²), so γ must stay below 1: "
            f"choose a noise level below {1 / PEAKS[path.noise]:g}."
        )
    _check_knots("a", path.alpha_knots, (1.0, 0.0))
    _check_knots("b", path.beta_knots, (0.0, 1.0))
    if path.kind == "custom" and path.noise == "none":
        _check_presence(path)


def _check_knots(name: str, knots: Knots, ends: tuple[float, float]) -> None:
    if not (
        isinstance(knots, tuple)
        and 1 <= len(knots) <= MOST_KNOTS
        and all(isinstance(k, tuple) and len(k) == 2 for k in knots)
        and all(isinstance(c, (int, float)) and math.isfinite(c) for k in knots for c in k)
    ):
        raise Invalid(f"The curve of {name} needs 1 to {MOST_KNOTS} knots (t, {name}).")
    all_knots = ((0.0, ends[0]), *knots, (1.0, ends[1]))
    if any(s - t < LEAST_GAP - 1e-9 for (t, _), (s, _) in pairwise(all_knots)):
        raise Invalid(
            f"The knots of {name} must lie between t = 0 and 1, one after the other and at least "
            f"{LEAST_GAP:g} apart."
        )
    down = ends[0] > ends[1]
    if any((v > y) if down else (v < y) for (_, y), (_, v) in pairwise(all_knots)):
        way = "fall from 1 to 0 and never rise" if down else "rise from 0 to 1 and never fall"
        raise Invalid(f"{name} must {way}.")


def _check_presence(path: PathFields) -> None:
    """Raise `Invalid` where alpha and beta vanish at one t: every pair would be at the origin."""
    t = np.linspace(0, 1, 101)
    alpha = MonotoneCubic(((0.0, 1.0), *path.alpha_knots, (1.0, 0.0))).at(t)
    beta = MonotoneCubic(((0.0, 0.0), *path.beta_knots, (1.0, 1.0))).at(t)
    most = np.maximum(alpha, beta)
    if most.min() < _LOST:
        raise Invalid(
            f"At t = {t[most.argmin()]:g} both weights, a and b, are almost zero and all points "
            "would meet: raise one of them there, or add noise."
        )
