"""The exact flow beside a learned one: the same particles, and how far apart the two are."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from flowlab.core.array_types import Floats
from flowlab.core.document.document import Document
from flowlab.core.estimates import mean_estimate, root_estimate
from flowlab.core.exact import Oracle, extended_field, oracle_for, why_none
from flowlab.core.solvers.field import Field
from flowlab.core.views.arrivals import arrivals_of
from flowlab.core.views.bundle import Bundle, FieldFrames, FlowError
from flowlab.core.views.cache import LruCache
from flowlab.core.views.carry import carried_for, with_lattice
from flowlab.core.views.field_frames import axes_over, field_frames
from flowlab.core.views.request import PlanOptions

_FRAMES, _COLUMNS = 17, 72  # times and columns of the lattice on which the fields are compared
_THIN = 2e-3  # share of the largest p_t, below which the comparison is blank
_COMPARED = 2000  # particles whose positions are compared
_CACHED = 3


@dataclass(frozen=True, eq=False)
class _Lattice:
    """The exact velocity on a lattice (NaN where it is blank) and the density there."""

    frames: FieldFrames
    density: Floats  # (T, H, W), zero where blank
    weight: Floats  # (T, H, W), the same over its largest value at each time
    speed: float  # root mean square of |v*| over all mass and times


_carried: LruCache[Bundle] = LruCache(_CACHED)
_lattices: LruCache[_Lattice] = LruCache(_CACHED)


def beside_exact(
    bundle: Bundle, document: Document, field: Field, x: Tensor, options: PlanOptions
) -> tuple[Bundle, float]:
    """The bundle with the exact flow of the same particles x (n, 2), and the error between both.

    Also returns the seconds spent on the exact flow. It doesn't depend on weights and is cached, so
    the next bundle doesn't need them. Without an exact flow, only the reason is added.
    """
    began = time.perf_counter()
    oracle = oracle_for(document)
    if oracle is None:
        return replace(bundle, exact_note=why_none(document)), 0.0
    key = (_without_weights(document), bundle.points.shape, options.coarse)
    exact = _carried.get(key, lambda: _exact_flow(bundle, document, oracle, x, options))
    exact = replace(exact, labels=bundle.labels, source=bundle.source, target=bundle.target)
    exact = replace(exact, arrivals=arrivals_of(document, exact))
    lattice = _lattices.get(key[0], lambda: _exact_lattice(oracle, *axes_over(document, _COLUMNS)))
    cached = time.perf_counter() - began
    error = _flow_error(lattice, field, _distances(bundle, exact, lattice.frames.times))
    return replace(bundle, exact=exact, flow_error=error, exact_note=oracle.facts.note), cached


def _without_weights(document: Document) -> Document:
    """The parts of the document that an exact flow depends on; the rest is default."""
    return Document(
        source=document.source,
        target=document.target,
        path=document.path,
        coupling=document.coupling,
        solver=document.solver,
        seed=document.seed,
    )


def _exact_flow(
    bundle: Bundle, document: Document, oracle: Oracle, x: Tensor, options: PlanOptions
) -> Bundle:
    """The same particles by the same solver; unless coarse, all that a layer may ask for later."""
    exact = carried_for(document, extended_field(oracle), x, options)
    if options.coarse:
        return exact
    exact = with_lattice(exact, document, oracle, options)
    between = replace(exact, source=bundle.source, target=bundle.target)
    return replace(exact, field=field_frames(document, oracle, between))


def _exact_lattice(oracle: Oracle, xs: Floats, ys: Floats) -> _Lattice:
    times = np.linspace(0.0, 1.0, _FRAMES, dtype=np.float32)
    x, y = np.meshgrid(xs, ys)
    points = torch.from_numpy(np.stack([x, y], -1).reshape(-1, 2)).double()
    values = np.full((_FRAMES, len(ys), len(xs), 2), np.nan, np.float32)
    density = np.zeros(values.shape[:3], np.float32)
    for k, t in enumerate(times.tolist()):
        p = oracle.density(points, t).nan_to_num(0.0, 0.0, 0.0)
        v = oracle.velocity(points, t)
        dense = (p > _THIN * p.max()) & v.isfinite().all(1)
        values[k].reshape(-1, 2)[dense.numpy()] = v[dense].float().numpy()
        density[k].reshape(-1)[dense.numpy()] = p[dense].float().numpy()
    share = density / np.maximum(density.sum((1, 2), keepdims=True), 1e-30)
    square = np.nan_to_num(np.square(values).sum(-1))
    power = (share * square).sum((1, 2))
    speed = max(float(np.sqrt(np.trapezoid(power, times))), 1e-9)
    weight = density / np.maximum(density.max((1, 2), keepdims=True), 1e-30)
    weight.setflags(write=False)
    frames = FieldFrames(times=times, xs=xs, ys=ys, values=values)
    return _Lattice(frames, density, weight, speed)


def _flow_error(lattice: _Lattice, field: Field, places: tuple[Floats, Floats]) -> FlowError:
    """Learned minus exact velocity wherever there is mass; errors weighted by p_t, over `speed`."""
    exact, known = lattice.frames, np.isfinite(lattice.frames.values[..., 0])
    values, errors = np.full_like(exact.values, np.nan), np.full(_FRAMES, np.nan, np.float32)
    x, y = np.meshgrid(exact.xs, exact.ys)
    points = np.stack([x, y], -1).astype(np.float32)
    for k, t in enumerate(exact.times.tolist()):
        at = known[k]
        if not at.any():
            continue
        learned = field.velocity(torch.from_numpy(points[at]), t).float().numpy()
        off, p = learned - exact.values[k][at], lattice.density[k][at]
        values[k][at] = off
        errors[k] = np.sqrt((p * np.square(off).sum(1)).sum() / p.sum()) / lattice.speed
    frames = replace(exact, values=values)
    return FlowError(
        frames=frames, weight=lattice.weight, speed=lattice.speed, velocity=errors,
        places=places[0], places_error=places[1],
    )  # fmt: skip


def _distances(bundle: Bundle, exact: Bundle, times: Floats) -> tuple[Floats, Floats]:
    """RMS distance (T,) between the same particles in both flows, relative to the shapes' radius.

    And its standard error (T,).
    Particles that aren't finite in both are left out; NaN without any, or for shapes of radius 0.
    """
    index = np.arange(min(_COMPARED, bundle.points.shape[1]))
    learned, true = bundle.select(index), exact.select(index)
    radius = max(_radius(bundle.source), _radius(bundle.target))
    off = [_distance(learned.at(t), true.at(t)) for t in times.tolist()]
    shares = np.array(off, np.float32).T / (radius if radius > 0 else np.nan)
    return shares[0], shares[1]


def _radius(cloud: Floats) -> float:
    """rms distance from the mean."""
    return float(np.sqrt(np.square(cloud - cloud.mean(0)).sum(1).mean())) if len(cloud) else 0.0


def _distance(x: Floats, true: Floats) -> tuple[float, float]:
    """RMS distance of points that are finite in both, and its standard error; NaN without any."""
    there = np.isfinite(x).all(1) & np.isfinite(true).all(1)
    if not there.any():
        return np.nan, np.nan
    root = root_estimate(mean_estimate(np.square(x - true)[there].sum(1)))
    return float(root), root.error
