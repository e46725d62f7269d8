"""The plan of the view `tangent_field`: estimate, exact and learned field on one grid."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np
import torch

from flowlab.core.array_types import Floats
from flowlab.core.blending.tangent import errors
from flowlab.core.blending.tangent.averages import Average, paired
from flowlab.core.blending.tangent.cells import Cells
from flowlab.core.blending.tangent.draws import Draws, Scattered
from flowlab.core.blending.tangent.estimate import (
    average,
    binned_if_cheaper,
    coefficients_of,
    columns_of,
)
from flowlab.core.blending.tangent.exact import SECONDS, Exact, exact_field
from flowlab.core.blending.tangent.learned import learned_field
from flowlab.core.blending.tangent.results import Tangents
from flowlab.core.distributions.factory import build
from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.paths import Path
from flowlab.core.document.shapes import Shape
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.exact import oracle_for, why_none
from flowlab.core.interpolants.couplings import coupler_of
from flowlab.core.interpolants.paths import interpolant_of
from flowlab.core.learning.conditioning import one_class_at_a_time
from flowlab.core.solvers.field import Field
from flowlab.core.solvers.ode import Cancelled
from flowlab.core.views.bundle import Bundle, FieldFrames
from flowlab.core.views.cache import LruCache
from flowlab.core.views.request import PlanOptions
from flowlab.core.views.samples import ends_of

_STREAMS = (Stream.TANGENT_SOURCE, Stream.TANGENT_TARGET)
_TIMES, _FEWER, _SMALL = 65, 33, 64  # values of alpha; fewer for more than _SMALL cells
_COARSE_CELLS, _COARSE_TIMES, _COARSE_SAMPLES = 32, 17, 20_000  # in a first quick answer
_COARSE_SECONDS = 0.2
_COARSE_ERRORS = 2  # lattice points along a cell for its standard errors
MATCHED = 4096  # pairs of a coupling: matching more of them takes too long


@dataclass(frozen=True)
class _FieldKey:
    """What the estimate and the exact field depend on: the key of their caches."""

    source: Shape
    target: Shape
    path: Path
    coupling: Coupling
    cells: int
    times: int
    samples: int
    seed: int
    lattice: int | None = None  # points along a cell for errors; None: those of the average

    @classmethod
    def of(cls, document: Document, coarse: bool) -> _FieldKey:
        blending = document.blending
        cells, samples = blending.cells, blending.samples
        times = _TIMES if cells <= _SMALL else _FEWER
        if coarse:
            cells, times = min(cells, _COARSE_CELLS), _COARSE_TIMES
            samples = min(samples, _COARSE_SAMPLES)
        ends = document.source, document.target, document.path, document.coupling
        lattice = _COARSE_ERRORS if coarse else None
        return cls(*ends, cells, times, samples, document.seed, lattice)

    @property
    def alphas(self) -> Floats:
        return np.linspace(0.0, 1.0, self.times, dtype=np.float32)

    @property
    def grid(self) -> Cells:
        return Cells.over([build(self.source).extent, build(self.target).extent], self.cells)

    @property
    def independent(self) -> bool:
        return self.coupling.kind == "independent"

    @property
    def for_exact(self) -> _FieldKey:
        """The key of the exact field, which depends on no samples."""
        return dataclasses.replace(self, samples=0, seed=0, lattice=None)


@dataclass(frozen=True, eq=False)
class _Estimate:
    frames: FieldFrames
    count: Floats
    stderr: Floats
    pairs: int


@dataclass(frozen=True, eq=False)
class _Figures:
    """`errors` and `angles` of `Tangents`, for the estimate and its sampling noise."""

    errors: dict[str, Floats]
    angles: dict[str, Floats]


_estimates: LruCache[_Estimate] = LruCache(3)
_figures: LruCache[_Figures] = LruCache(6)
_exacts: LruCache[Exact | None] = LruCache(3)


@one_class_at_a_time
def tangent_field(document: Document, field: Field, options: PlanOptions) -> Bundle:
    """D(x, alpha) = E[x1 - x0 | x_alpha = x] on a grid: averaged from samples, exact, and learned.

    Estimate and exact field don't depend on weights and are cached, so new weights only recompute
    the learned field. The estimate and its standard errors are those of `grid_field`: errors on a
    coarser lattice would save half of a second or two, once for two shapes, and be off by half at
    the edge. A coarse answer has fewer cells and alphas and such errors, unless the fine one is
    cached.
    Raises `Cancelled`, or `Invalid` where an end or a coupling cannot be built.
    Heitz, Belcour and Chambon 2023, arXiv:2305.03486.
    """
    began = time.perf_counter()
    check = partial(_check, options.cancelled)
    key = _FieldKey.of(document, coarse=options.coarse and is_new(document))
    estimate = _estimates.get(key, lambda: _estimated(key, document, check))
    exact = _exacts.get(key.for_exact, lambda: _exact(key, document, check))
    figures = _figures.get(key, lambda: _figures_of(estimate, exact))
    cached = time.perf_counter() - began  # without what is cached for the next bundle
    mask = estimate.count > 0 if exact is None else exact.known
    learned = learned_field(field, key.alphas, key.grid, mask, check)
    note = _note(document, key, estimate, exact)
    return Bundle(
        times=np.array([0.0, 1.0], np.float32),
        points=np.zeros((2, 0, 2), np.float32),
        extra=_tangents(key, estimate, exact, learned, figures, note),
        exact_note=why_none(document) if exact is None else "",
        **ends_of(document, options),
        seconds=time.perf_counter() - began - cached,
    )


def is_new(document: Document) -> bool:
    """True if what depends on no weights isn't cached; then a coarse answer should come first."""
    key = _FieldKey.of(document, coarse=False)
    return not (key in _estimates and key.for_exact in _exacts)


def _check(cancelled: Callable[[], bool] | None) -> None:
    if cancelled is not None and cancelled():
        raise Cancelled


def _tangents(
    key: _FieldKey,
    estimate: _Estimate,
    exact: Exact | None,
    learned: Floats,
    figures: _Figures,
    note: str,
) -> Tangents:
    tangents = Tangents(
        estimate=estimate.frames,
        count=estimate.count,
        stderr=estimate.stderr,
        learned=_frames(key, learned),
        note=note,
    )
    if exact is None:
        return tangents
    v = learned[exact.known]
    return dataclasses.replace(
        tangents,
        exact=_frames(key, exact.values),
        density=exact.density,
        errors=figures.errors | {"learned": errors.distance(v, exact)},
        angles=figures.angles | {"learned": errors.angle(v, exact)},
    )


def _exact(key: _FieldKey, document: Document, check: Callable[[], None]) -> Exact | None:
    seconds = SECONDS if key.times > _COARSE_TIMES else _COARSE_SECONDS
    return exact_field(document, key.alphas, key.grid, check, seconds)


def _figures_of(estimate: _Estimate, exact: Exact | None) -> _Figures:
    """Errors of the estimate against the exact field, and those expected from its noise."""
    if exact is None:
        return _Figures({}, {})
    v, stderr = estimate.frames.values[exact.known], estimate.stderr[exact.known]
    return _Figures(
        {"estimate": errors.distance(v, exact), "noise": errors.noise(stderr, exact)},
        {"estimate": errors.angle(v, exact), "noise": errors.noise_angle(stderr, exact)},
    )


def _frames(key: _FieldKey, values: Floats) -> FieldFrames:
    grid = key.grid
    xs, ys = grid.xs.astype(np.float32), grid.ys.astype(np.float32)
    values.setflags(write=False)
    return FieldFrames(times=key.alphas, xs=xs, ys=ys, values=values)


def _estimated(key: _FieldKey, document: Document, check: Callable[[], None]) -> _Estimate:
    """The average at every alpha."""
    grid = key.grid
    averaged, pairs = (_all_pairs if key.independent else _matched)(key, document)
    values = np.full((key.times, grid.rows, grid.columns, 2), np.nan, np.float32)
    count, stderr = np.zeros((2, *values.shape[:3]), np.float32)
    for k, alpha in enumerate(key.alphas.tolist()):
        check()
        count[k], values[k], stderr[k] = averaged(alpha)
    for array in (count, stderr):
        array.setflags(write=False)
    return _Estimate(_frames(key, values), count, stderr, pairs)


Averaged = Callable[[float], Average]


def _all_pairs(key: _FieldKey, document: Document) -> tuple[Averaged, int]:
    """A function of alpha that averages over all pairs of samples, and the number of pairs."""
    grid, path = key.grid, interpolant_of(document.path)
    x0, x1 = (
        _drawn(shape, key.samples, key.seed, stream)
        for shape, stream in zip((key.source, key.target), _STREAMS, strict=True)
    )
    z = _latent(key) if path.noisy else None
    ends: tuple[Draws, Draws] = (
        binned_if_cheaper(Scattered(x0, z), grid),
        binned_if_cheaper(Scattered(x1), grid),
    )
    return (
        lambda alpha: average(ends, coefficients_of(path, alpha), grid, errors=key.lattice),
        key.samples**2,
    )


def _matched(key: _FieldKey, document: Document) -> tuple[Averaged, int]:
    """A function of alpha that averages over the coupling's pairs, and the number of pairs."""
    grid, path = key.grid, interpolant_of(document.path)
    rng = torch_rng(key.seed, Stream.TANGENT_MATCHED)
    drawn = coupler_of(document).fresh(min(key.samples, MATCHED), rng)
    x0, x1 = (columns_of(x) for x in drawn)
    z = _latent(key)[:, : x0.shape[1]] if path.noisy else None

    def averaged(alpha: float) -> Average:
        source, target = coefficients_of(path, alpha)
        one, other = Scattered(x0, z).places(source), Scattered(x1).places(target)
        return paired(one[0] + other[0], one[1] + other[1], grid)

    return averaged, x0.shape[1]


def _latent(key: _FieldKey) -> Floats:
    rng = torch_rng(key.seed, Stream.TANGENT_LATENT)
    z: Floats = torch.randn(2, key.samples, dtype=torch.float64, generator=rng).numpy()
    return z


@lru_cache(maxsize=4)
def _drawn(shape: Shape, n: int, seed: int, stream: Stream) -> Floats:
    """Samples (2, n) float64, the same for the same seed."""
    rng = torch_rng(seed, stream)
    return columns_of(build(shape).sample(n, rng))


def _note(document: Document, key: _FieldKey, estimate: _Estimate, exact: Exact | None) -> str:
    """How the exact field is known or why it isn't, and what is averaged."""
    oracle = oracle_for(document)
    sentences = [why_none(document) if oracle is None else oracle.facts.note]
    if exact is not None and exact.asked < key.times:
        sentences.append(f"Computed at {exact.asked} values of α, and linear between them.")
    if interpolant_of(document.path).name != "linear":
        sentences.append(
            "This path is not the straight one: the mean of dx/dα is shown, not of x₁ − x₀."
        )
    if not key.independent:
        sentences.append(
            f"Averaged over {estimate.pairs:,} pairs of the coupling, each of them once."
        )
    return " ".join(sentences)
