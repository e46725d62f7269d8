"""The plan of the view `divergence`: curl and divergence of the learned and the exact velocity."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from flowlab.core.array_types import Bools, Floats
from flowlab.core.document.coupling import Coupling
from flowlab.core.document.document import Document
from flowlab.core.document.paths import Path
from flowlab.core.document.shapes import Shape
from flowlab.core.document.streams import Stream, torch_rng
from flowlab.core.estimates import Estimate, mean_estimate, root_estimate
from flowlab.core.exact import Oracle, oracle_for, why_none
from flowlab.core.learning.conditioning import class_shown, one_class_at_a_time
from flowlab.core.metrics.divergence import jacobian
from flowlab.core.metrics.learned import blended
from flowlab.core.solvers.field import Field
from flowlab.core.solvers.ode import Cancelled
from flowlab.core.stochastic.curl import curl_facts
from flowlab.core.stochastic.derivative_results import DIFFERENCE, EXACT, LEARNED, Derivatives
from flowlab.core.stochastic.settings import DERIVATIVES
from flowlab.core.views.bundle import Bundle
from flowlab.core.views.cache import LruCache
from flowlab.core.views.field_frames import axes_over, occupied_cells
from flowlab.core.views.request import PlanOptions
from flowlab.core.views.samples import ends_of

_THIN = 2e-3  # share of the largest p_t, below which the maps are blank
_KNOWN = 0.98  # share of the samples at which a field must be known for its rms
_PRECISION = 200  # samples by which the error of differences is estimated
_MIDDLE = 0.5  # the time at which it is


@dataclass(frozen=True)
class _Size:
    columns: int
    times: int
    samples: int  # of p_t at each time


_FULL, _COARSE = _Size(64, 33, 1000), _Size(32, 9, 200)


@dataclass(frozen=True)
class _Key:
    """What all that doesn't depend on weights depends on."""

    source: Shape
    target: Shape
    path: Path
    coupling: Coupling
    seed: int
    size: _Size

    @classmethod
    def of(cls, document: Document, size: _Size) -> _Key:
        ends = document.source, document.target, document.path, document.coupling
        return cls(*ends, document.seed, size)


@dataclass(frozen=True, eq=False)
class _Places:
    """Where the fields are evaluated at each time, and the exact derivatives there."""

    times: Floats
    xs: Floats
    ys: Floats
    masks: Bools  # (T, H, W), cells that aren't blank
    points: tuple[Tensor, ...]  # the cells' centres, then the samples of p_t: (n, 2) float64
    exact: tuple[Floats, ...] | None  # curl and divergence (2, n) at these points
    precision: float  # relative change of the exact derivatives with half the step


_places: LruCache[_Places] = LruCache(4)


@one_class_at_a_time
def derivatives(document: Document, field: Field, options: PlanOptions) -> Bundle:
    """Curl dv_y/dx - dv_x/dy and divergence of the learned and the exact velocity on a grid.

    The exact ones don't depend on weights and are cached. A coarse answer has larger cells and
    fewer times, unless the fine one is cached. Raises `Cancelled`.
    """
    began = time.perf_counter()
    size = _COARSE if options.coarse and is_new(document) else _FULL
    places = _places.get(_Key.of(document, size), lambda: _placed(document, size, options))
    cached = time.perf_counter() - began
    learned = [
        _both(*_derivatives(field, x, t, options))
        for x, t in zip(places.points, places.times.tolist(), strict=True)
    ]
    return Bundle(
        times=np.array([0.0, 1.0], np.float32),
        points=np.zeros((2, 0, 2), np.float32),
        extra=replace(_result(document, places, learned, size), condition=class_shown(field)),
        seconds=time.perf_counter() - began - cached,
        **ends_of(document, options),
    )


def is_new(document: Document) -> bool:
    """True if the exact derivatives aren't cached; then a coarse answer should come first."""
    return _Key.of(document, _FULL) not in _places


def difference_of(document: Document, flow: Field) -> float:
    """The step of differences for a field: half a cell where it is interpolated on a grid."""
    oracle = getattr(flow, "oracle", flow)
    resolution = getattr(oracle, "resolution", None)
    if resolution is None:
        return 0.0  # chosen for rounding errors alone
    xs, ys = axes_over(document, 2 * resolution)
    return max(float(xs[-1] - xs[0]), float(ys[-1] - ys[0])) / (2 * int(resolution))


def _derivatives(
    field: Field, x: Tensor, t: float, options: PlanOptions, step: float = 0.0
) -> tuple[Tensor, Tensor]:
    if options.cancelled is not None and options.cancelled():
        raise Cancelled
    return jacobian(field, x, t, step)


def _both(_v: Tensor, j: Tensor) -> Floats:
    """Divergence and curl (2, n), in the order of `DERIVATIVES`, of Jacobians (n, 2, 2)."""
    both = torch.stack([j[:, 0, 0] + j[:, 1, 1], j[:, 1, 0] - j[:, 0, 1]])
    values: Floats = both.numpy()
    return values


def _placed(document: Document, size: _Size, options: PlanOptions) -> _Places:
    oracle = oracle_for(document)
    xs, ys = axes_over(document, size.columns)
    times = np.linspace(0.0, 1.0, size.times)
    masks, points, exact = [], [], []
    for k, t in enumerate(times.tolist()):
        samples = blended(document, torch.full((size.samples,), t), _rng(document, k)).double()
        mask, cells = _cells(oracle, xs, ys, samples, t)
        masks.append(mask)
        points.append(torch.cat([cells, samples]))
        if oracle is not None:
            step = difference_of(document, oracle)
            exact.append(_both(*_derivatives(oracle, points[-1], t, options, step)))
        if options.progress is not None:
            options.progress((k + 1) / len(times))
    return _Places(
        times=times,
        xs=xs,
        ys=ys,
        masks=np.stack(masks),
        points=tuple(points),
        exact=None if oracle is None else tuple(exact),
        precision=math.nan if oracle is None else _precision(document, oracle),
    )


def _rng(document: Document, k: int) -> torch.Generator:
    return torch_rng(document.seed, Stream.DERIVATIVES, k)


def _cells(
    oracle: Oracle | None, xs: Floats, ys: Floats, samples: Tensor, t: float
) -> tuple[Bools, Tensor]:
    """The cells (H, W) that have mass at t, and their centres (n, 2) float64."""
    x, y = np.meshgrid(xs, ys)
    centres = torch.from_numpy(np.stack([x, y], -1).reshape(-1, 2)).double()
    if oracle is None:
        mask = occupied_cells(samples.float().numpy(), xs, ys)
    else:
        p = oracle.density(centres, t).nan_to_num(0.0, 0.0, 0.0)
        mask = (p > _THIN * p.max()).reshape(len(ys), len(xs)).numpy()
    return mask, centres[torch.from_numpy(mask.reshape(-1))]


def _precision(document: Document, oracle: Oracle) -> float:
    """How much half the step of differences changes the exact derivatives, rms and relative."""
    x = blended(document, torch.full((_PRECISION,), _MIDDLE), _rng(document, _FULL.times)).double()
    h = difference_of(document, oracle) or 1e-5 * float(x.abs().max())
    whole, half = (jacobian(oracle, x, _MIDDLE, step)[1] for step in (h, h / 2))
    known = whole.isfinite() & half.isfinite()
    size = float(whole[known].square().mean().sqrt())
    return float((whole - half)[known].square().mean().sqrt()) / max(size, 1e-300)


def _result(document: Document, places: _Places, learned: list[Floats], size: _Size) -> Derivatives:
    curl_free, sentence = curl_facts(document)
    fields: dict[str, list[Floats]] = {LEARNED: learned}
    if places.exact is not None:
        exact = [_cleared(each) if curl_free else each for each in places.exact]
        fields[EXACT] = exact
        fields[DIFFERENCE] = [one - true for one, true in zip(learned, exact, strict=True)]
    maps, rms = {}, {}
    for which, values in fields.items():
        for row, quantity in enumerate(DERIVATIVES):
            maps[which, quantity] = _map(places, [each[row] for each in values])
            rms[which, quantity] = [_rms(each[row, -size.samples :]) for each in values]
    return Derivatives(
        times=places.times,
        xs=places.xs,
        ys=places.ys,
        maps=maps,
        rms=rms,
        samples=size.samples,
        curl_free=curl_free,
        curl_note=sentence,
        note=_note(document, places.precision),
    )


def _cleared(both: Floats) -> Floats:
    """The same with a curl of exactly 0, where that is known."""
    curl = np.where(np.isfinite(both[1]), 0.0, np.nan)
    return np.stack([both[0], curl])


def _map(places: _Places, values: list[Floats]) -> Floats:
    """The values (T, H, W) float32 in their cells, NaN elsewhere."""
    whole = np.full(places.masks.shape, np.nan, np.float32)
    for k, mask in enumerate(places.masks):
        found = values[k][: int(mask.sum())]
        whole[k][mask] = np.where(np.isfinite(found), found, np.nan)
    return whole


def _rms(values: Floats) -> Estimate | None:
    """Root mean square with its standard error; None where the field is unknown in some places.

    A few samples may lie so near the edge of the support that it is known there, but not around.
    """
    known = values[np.isfinite(values)]
    if len(known) < _KNOWN * len(values):
        return None
    return root_estimate(mean_estimate(np.square(known)))


def _note(document: Document, precision: float) -> str:
    if not math.isfinite(precision):
        return why_none(document)
    oracle = oracle_for(document)
    assert oracle is not None
    change = "less than 0.01 %" if precision < 1e-4 else f"{100 * precision:.1g} %"
    return (
        f"{oracle.facts.note} Its derivatives are central differences: half the step changes them "
        f"by {change}."
    )
