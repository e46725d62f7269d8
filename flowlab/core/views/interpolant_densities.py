"""The density p_t of x_t on a lattice at many times, in closed form."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch

from flowlab.core.array_types import Bools, Doubles, Floats
from flowlab.core.distributions.factory import build
from flowlab.core.document.document import Document
from flowlab.core.document.limits import Invalid
from flowlab.core.exact import MixtureOracle, Oracle, oracle_for
from flowlab.core.interpolants.paths import Interpolant, interpolant_of
from flowlab.core.solvers.ode import Cancelled
from flowlab.core.views.cache import LruCache
from flowlab.core.views.density_map import InterpolantDensity, InterpolantQuery

_TIMES = 201  # nearest ones are 1/400 apart from any t: particles move less than a cell meanwhile
_SIDE = 128  # cells; all times together are 13 MB
_MARGIN = 0.03  # of the extent, on each side
_TAIL = 4.5  # standard deviations of the path's noise that lie within the lattice
_LOST = 0.03  # of the mass, beyond which the cells are too coarse for p_t
_COMPONENTS = 400  # pairs of components, beyond which all times take longer than 20 s

_densities: LruCache[InterpolantDensity | None] = LruCache(3)


def interpolant_density(
    query: InterpolantQuery,
    cancelled: Callable[[], bool] = lambda: False,
    progress: Callable[[float], None] = lambda _: None,
) -> InterpolantDensity | None:
    """p_t of the query's ends and path, cached; None where no closed form is known, or a slow one.

    A grid oracle is no closed form: near t = 1 it is off by a tenth of the peak and more. Raises
    `Cancelled`.
    """
    return _densities.get(query, lambda: _computed(query, cancelled, progress))


def _computed(
    query: InterpolantQuery, cancelled: Callable[[], bool], progress: Callable[[float], None]
) -> InterpolantDensity | None:
    oracle = _closed_form(query)
    if oracle is None:
        return None
    times = np.linspace(0.0, 1.0, _TIMES)
    xs, ys = _axes(query, times)
    values = np.zeros((_TIMES, _SIDE, _SIDE), np.float32)
    for k, t in enumerate(times.tolist()):
        if cancelled():
            raise Cancelled
        values[k] = _on_lattice(oracle, xs[k], ys[k], t)
        progress((k + 1) / _TIMES)
    resolved = _resolved(values, xs)
    values[~resolved] = 0.0
    return InterpolantDensity(
        query=query,
        times=times,
        xs=xs.astype(np.float32),
        ys=ys.astype(np.float32),
        values=values,
        resolved=resolved,
    )


def _closed_form(query: InterpolantQuery) -> Oracle | None:
    """The oracle, if it is exact and quick enough."""
    document = Document(source=query.source, target=query.target, path=query.path)
    try:
        oracle = oracle_for(document)
    except Invalid:  # such as an empty drawing
        return None
    if oracle is None or not oracle.facts.exact:
        return None
    slow = isinstance(oracle, MixtureOracle) and oracle.components > _COMPONENTS
    return None if slow else oracle


def _axes(query: InterpolantQuery, times: Doubles) -> tuple[Doubles, Doubles]:
    """Centres (T, W), (T, H) of square cells over nearly all mass of x_t at each time."""
    path = interpolant_of(query.path)
    ends = (np.array(build(end).extent).reshape(2, 2) for end in (query.source, query.target))
    low, high = _extents(path, torch.from_numpy(times), *ends)
    side = (1 + 2 * _MARGIN) * np.maximum((high - low).max(1), 1e-6)
    steps = (np.arange(_SIDE) - (_SIDE - 1) / 2) / _SIDE
    centres = ((low + high) / 2)[..., None] + side[:, None, None] * steps
    return centres[:, 0], centres[:, 1]


def _extents(
    path: Interpolant, times: torch.Tensor, source: Doubles, target: Doubles
) -> tuple[Doubles, Doubles]:
    """Least and greatest coordinates (T, 2) of x_t, from those of the ends, (x or y, 2) each."""
    one = path.alpha(times).numpy()[:, None, None] * source
    other = path.beta(times).numpy()[:, None, None] * target
    noise = _TAIL * path.gamma(times).numpy()[:, None]
    return one.min(2) + other.min(2) - noise, one.max(2) + other.max(2) + noise


def _on_lattice(oracle: Oracle, xs: Doubles, ys: Doubles, t: float) -> Floats:
    """Density (H, W) at the cells' centres; NaN where it is undefined."""
    x, y = np.meshgrid(xs, ys)
    points = torch.from_numpy(np.stack([x, y], -1).reshape(-1, 2))
    return oracle.density(points, t).numpy().reshape(len(ys), len(xs)).astype(np.float32)


def _resolved(values: Floats, xs: Doubles) -> Bools:
    """True (T,) where the cells' sum is the whole mass."""
    mass = values.sum((1, 2), dtype=np.float64) * (xs[:, 1] - xs[:, 0]) ** 2
    with np.errstate(invalid="ignore"):
        whole: Bools = np.abs(mass - 1) <= _LOST  # False for NaN
    return whole
